import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resultKey } from '../../src/contract/naming.ts';
import {
  COGS,
  keysOf,
  MANIFEST,
  openLab,
  putManifest,
  resultOf,
  rowsOf,
  SOURCES,
  type Lab,
} from '../worker/worker-lab.ts';
import { WorkerProgram } from '../worker/worker-program.ts';
import { run } from './lab/programs.ts';

/** More than the worker asks for, 2.4 times the source, and less than GDAL needs: its LZW does not get as far as ZSTD. */
const DISK_KIB = 11_500;

function canMount(): boolean {
  if (spawnSync('unshare', ['--mount', 'true']).status === 0) return true;
  const message = 'unshare --mount does not run (root needed): LEFT OUT: the worker on a full disk';
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`\n*** ${message} ***\n`);
  return false;
}

describe.runIf(canMount())('a scratch disk that GDAL fills', () => {
  let lab: Lab;
  let worker: WorkerProgram;

  beforeEach(async () => {
    lab = openLab();
    worker = new WorkerProgram(lab);
    const pixels = ['-ot', 'Float32', '-outsize', '2000', '2000', '-r', 'bilinear'];
    const packed = ['-co', 'COMPRESS=ZSTD', '-co', 'ZSTD_LEVEL=9', '-co', 'PREDICTOR=3'];
    const file = join(lab.folder, SOURCES, 'a.tif');
    run('gdal_translate', ['-q', ...pixels, ...packed, 'test/fixtures/rasters/olinda_dem_utm25s.tif', file]);
    await putManifest(lab.store, await rowsOf(lab.store));
  });
  afterEach(() => {
    lab.remove();
  });

  it('is told as such, shows no COG, and the next attempt with room does the rest', async () => {
    const size = `size=${String(DISK_KIB)}k`;
    const mounted = ['unshare', '--mount', 'sh', '-c', `mount -t tmpfs -o ${size} tmpfs "$0" && exec "$@"`];
    expect(await once(worker.start({}, 'ignore', [...mounted, worker.scratch]), 'exit')).toEqual([75, null]);
    expect(resultOf(lab)).toMatchObject({
      state: 'interrupted',
      files: [
        {
          outcome: 'failed',
          reason: { code: 'disk-full', message: expect.stringMatching(/space/) as string },
        },
      ],
    });
    expect(await keysOf(lab.store, COGS)).toEqual([MANIFEST, resultKey(MANIFEST)].sort());
    expect(await once(worker.start(), 'exit')).toEqual([0, null]);
    expect(resultOf(lab)).toMatchObject({ state: 'succeeded', attempt: 2 });
  });
});
