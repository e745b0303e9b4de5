import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { copyFile, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeManifests } from '../../src/bucket/manifests.ts';
import { encodeJob } from '../../src/contract/job-env.ts';
import { manifestKey } from '../../src/contract/naming.ts';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import { COGS, manifest, RUN } from '../fakes/runs.ts';

const WORKER = join(import.meta.dirname, '../../dist/worker.mjs');
const RASTER = join(import.meta.dirname, '../fixtures/rasters/lc.tif');
const TRY_AGAIN = 75;

let bucket: string;

beforeEach(async () => {
  bucket = await mkdtemp(join(tmpdir(), 'cogconv-orphan-'));
  await mkdir(join(bucket, 'src'));
  await copyFile(RASTER, join(bucket, 'src/a.tif'));
  const store = new DirectoryStore(bucket);
  const { sizeBytes = 0, etag = '' } = (await store.head('src/a.tif')) ?? {};
  const file = { source: 'src/a.tif', size: sizeBytes, etag, target: 'cogs/a_cog.tif' };
  await writeManifests(store, [manifest(1, [], { files: [file] })]);
});
afterEach(async () => {
  await rm(bucket, { recursive: true, force: true });
});

describe('worker without its CLI', () => {
  it('converts nothing when the CLI is gone before the worker has loaded', async () => {
    const job = encodeJob({ bucket, manifest: manifestKey(COGS, RUN, 1) });
    const env = { ...process.env, ...job, SCRATCH_DIR: join(bucket, 'scratch') };
    const worker = spawn(process.execPath, [WORKER], { env, stdio: ['ignore', 'ignore', 'ignore', 'ipc'] });
    worker.disconnect();
    expect(await once(worker, 'exit')).toEqual([TRY_AGAIN, null]);
    expect((await readdir(bucket, { recursive: true })).filter((name) => name.endsWith('_cog.tif'))).toEqual(
      [],
    );
  });
});
