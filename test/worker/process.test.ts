import { spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
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
} from './worker-lab.ts';
import { isRunning, REAL, translateThat, WorkerProgram } from './worker-program.ts';

const program = fileURLToPath(new URL('../../dist/worker.mjs', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));
const landsat = readFileSync(join(root, 'test/fixtures/rasters/L7_ETMs.tif'));

// many processes, on machines that do other things meanwhile
vi.setConfig({ testTimeout: 120_000 });

let lab: Lab;
let worker: WorkerProgram;

beforeEach(() => {
  lab = openLab();
  worker = new WorkerProgram(lab);
});

afterEach(() => {
  lab.remove();
});

async function put(name: string, content: Buffer = landsat): Promise<void> {
  writeFileSync(join(lab.folder, SOURCES, name), content);
  await putManifest(lab.store, await rowsOf(lab.store));
}

/** The worker, once its GDAL has written the file `started`. */
async function startedWorker(stdio: 'pipe' | 'ipc'): Promise<ChildProcess> {
  const channel = stdio === 'ipc' ? (['ipc'] as const) : [];
  const child = worker.start({}, ['ignore', 'ignore', 'ignore', ...channel]);
  await worker.made('started');
  return child;
}

const hangingPid = (): number => Number(readFileSync(join(lab.folder, 'started'), 'utf8'));

/** Stopped in the middle of a file: another attempt is asked for and nothing is left behind. */
async function expectTidy(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(75);
  expect(isRunning(hangingPid())).toBe(false);
  expect(resultOf(lab)).toMatchObject({ state: 'interrupted', files: [] });
  expect(readdirSync(worker.scratch)).toEqual([]);
}

describe('being stopped', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s ends GDAL, writes the result and asks for another attempt',
    async (signal) => {
      worker.standIn('gdal_translate', translateThat(worker.hanging));
      await put('a.tif');
      const child = await startedWorker('pipe');
      child.kill(signal);
      await expectTidy(child);
    },
  );

  it('stops when the CLI that started it is gone', async () => {
    worker.standIn('gdal_translate', translateThat(worker.hanging));
    await put('a.tif');
    const child = await startedWorker('ipc');
    child.disconnect();
    await expectTidy(child);
  });

  it('takes GDAL along when it is killed; the next one removes what it left, and does the job', async () => {
    worker.standIn('gdal_translate', translateThat(worker.hanging));
    await put('a.tif');
    const child = await startedWorker('pipe');
    child.kill('SIGKILL');
    await once(child, 'exit');
    await expect.poll(() => isRunning(hangingPid())).toBe(false);
    expect(readdirSync(worker.scratch)).toHaveLength(1);
    worker.standIn('gdal_translate', `exec ${REAL} "$@"`);
    expect(worker.run().status).toBe(0);
    expect(readdirSync(worker.scratch)).toEqual([]);
    expect(resultOf(lab)).toMatchObject({ attempt: 2, state: 'succeeded' });
  });
});

describe('an attempt that was believed to be lost', () => {
  it('leaves the result of the next one alone, also when it is told to stop', async () => {
    worker.standIn('gdal_translate', translateThat(worker.hanging));
    await put('a.tif');
    const zombie = await startedWorker('pipe');
    worker.standIn('gdal_translate', `exec ${REAL} "$@"`);
    expect(worker.run({ AWS_BATCH_JOB_ATTEMPT: '2', SCRATCH_DIR: lab.folder }).status).toBe(0);
    const theirs = resultOf(lab);
    zombie.kill('SIGTERM');
    expect(await once(zombie, 'exit')).toEqual([75, null]);
    expect(resultOf(lab)).toEqual(theirs);
    expect(theirs).toMatchObject({ attempt: 2, state: 'succeeded' });
  });
});

describe('a GDAL that does not do', () => {
  it('is named when it is missing, and the result is not touched', async () => {
    await put('a.tif');
    const { status, stderr } = worker.run({ PATH: worker.bin });
    expect(status).toBe(2);
    expect(stderr).toMatch(/gdal_translate was not found on the PATH; install GDAL 3\.1/);
    expect(existsSync(join(lab.folder, resultKey(MANIFEST)))).toBe(false);
  });

  it.each([
    [['gdal_translate', 'gdalsrsinfo'], 'gdalinfo'],
    [['gdal_translate', 'gdalinfo'], 'gdalsrsinfo'],
  ])('is named when of its programs only %j are there', async (there, missing) => {
    for (const name of there) worker.standIn(name, `exec ${REAL} "$@"`);
    await put('a.tif');
    const { status, stderr } = worker.run({ PATH: worker.bin });
    expect(status).toBe(2);
    expect(stderr).toMatch(new RegExp(`${missing} was not found on the PATH; install GDAL 3\\.1`));
    expect(existsSync(join(lab.folder, resultKey(MANIFEST)))).toBe(false);
  });

  it('is refused when it is too old', async () => {
    worker.standIn('gdal_translate', 'echo "GDAL 3.0.4, released 2020/01/28"');
    await put('a.tif');
    const { status, stderr } = worker.run();
    expect(status).toBe(2);
    expect(stderr).toContain('GDAL 3.0.4 is too old');
  });

  it('is ended when it hangs', async () => {
    worker.standIn('gdal_translate', translateThat(worker.hanging));
    await put('a.tif');
    await putManifest(lab.store, await rowsOf(lab.store), {
      fileTimeoutSeconds: 1,
      resampling: 'nearest',
      predictor: 'none',
    });
    expect(worker.run().status).toBe(3);
    expect(resultOf(lab).files[0]?.reason?.code).toBe('timeout');
    expect(isRunning(hangingPid())).toBe(false);
  });

  it('is ended when some bytes promise billions of pixels', async () => {
    const made = ['-of', 'GTiff', '-outsize', '60000', '60000', '-co', 'SPARSE_OK=TRUE', '-co', 'TILED=YES'];
    const place = ['-a_srs', 'EPSG:32633', '-a_ullr', '0', '60000', '60000', '0'];
    spawnSync('gdal_create', [...made, ...place, join(lab.folder, SOURCES, 'a.tif')]);
    await putManifest(lab.store, await rowsOf(lab.store), { fileTimeoutSeconds: 1 });
    expect(worker.run().status).toBe(3);
    expect(resultOf(lab).files[0]?.reason?.code).toBe('timeout');
    expect(await keysOf(lab.store, COGS)).toEqual([MANIFEST, resultKey(MANIFEST)].sort());
    expect(readdirSync(worker.scratch)).toEqual([]);
  });

  it.each([
    ['kill -KILL $$', 'out-of-memory', 3],
    ['kill -SEGV $$', 'gdal-failed', 3],
    ['echo "ERROR 3: cog.tif: No space left on device" >&2; exit 1', 'disk-full', 75],
    ['echo "ERROR 1: made up" >&2; exit 1', 'gdal-failed', 3],
    // so ended GDAL 3.6 for want of memory, and its COG lacked blocks of an overview
    [
      `${REAL} "$@"; echo "ERROR 1: ZSTDEncode:Error: Allocation error : not enough memory" >&2; exit 0`,
      'out-of-memory',
      3,
    ],
    [
      `echo "Warning 6: driver COG does not support creation option X" >&2; exec ${REAL} "$@"`,
      'gdal-failed',
      3,
    ],
  ])('%s is %s', async (script, code, status) => {
    worker.standIn('gdal_translate', translateThat(script));
    await put('a.tif');
    expect(worker.run().status).toBe(status);
    expect(resultOf(lab).files[0]?.reason?.code).toBe(code);
    expect(await keysOf(lab.store, COGS)).toEqual([MANIFEST, resultKey(MANIFEST)].sort());
    expect(readdirSync(worker.scratch)).toEqual([]);
  });
});

describe('a raster with an attribute table', () => {
  it('takes little of the memory of the worker itself, however many rows it has', async () => {
    const cells = Array.from(
      { length: 150_000 },
      (_, at) => `<Row index="${String(at)}"><F>${String(at)}</F></Row>`,
    );
    const column = '<FieldDefn index="0"><Name>Value</Name><Type>0</Type><Usage>5</Usage></FieldDefn>';
    const table = `<GDALRasterAttributeTable>${column}${cells.join('')}</GDALRasterAttributeTable>`;
    const pam = `<PAMDataset><PAMRasterBand band="1">${table}</PAMRasterBand></PAMDataset>`;
    writeFileSync(join(lab.folder, SOURCES, 'a.tif.aux.xml'), pam);
    await put('a.tif');
    expect(worker.run({ NODE_OPTIONS: '--max-old-space-size=110' }).status).toBe(0);
    expect(resultOf(lab).files[0]?.sidecars).toEqual([`${COGS}a_cog.tif.aux.xml`]);
  });
});

describe('a limit on what may be written', () => {
  it('is a full disk: temporary, and no part of a COG is seen', async () => {
    await put('a.tif');
    // 1000 blocks of 512 bytes: the fetched source is larger
    const limited = spawnSync('sh', ['-c', `ulimit -f 1000; exec "${process.execPath}" "${program}"`], {
      env: worker.environment(),
    });
    expect(limited.status).toBe(75);
    expect(resultOf(lab).files[0]?.reason?.code).toBe('disk-full');
    expect(await keysOf(lab.store, COGS)).not.toContain(`${COGS}a_cog.tif`);
  });
});

describe('the environment', () => {
  const BARE = { SOURCE_PREFIX: 'src', COG_PREFIX: 'cogs' };

  it.each([
    [{ MANIFEST_KEY: 'cogs/manifests/none.json' }, /there is no manifest .*none\.json/],
    [{ MANIFEST_KEY: '' }, /nothing to do: set MANIFEST_KEY/],
    [{ S3_BUCKET: '/no/such/bucket' }, /bucket/],
  ])('%j is exit code 2', async (extra, message) => {
    await put('a.tif');
    const { status, stderr } = worker.run(extra);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('may name bare keys, as the Python worker took them, and takes what lies beside them', async () => {
    await put('a.tif');
    const categories =
      '<PAMDataset><PAMRasterBand band="1"><CategoryNames><Category>sea</Category></CategoryNames></PAMRasterBand></PAMDataset>';
    await lab.store.writeText(`${SOURCES}a.tif.aux.xml`, categories, {
      condition: 'always',
      contentType: 'application/xml',
    });
    const { status } = worker.run({ ...BARE, MANIFEST_KEY: '', TIFF_KEYS: '["src/a.tif"]' });
    expect(status).toBe(0);
    const cogs = await keysOf(lab.store, COGS);
    expect(cogs).toEqual(expect.arrayContaining([`${COGS}a_cog.tif`, `${COGS}a_cog.tif.aux.xml`]));
  });

  it('may name a list of keys again once its sources are mended; a retry of one job repeats no failure', async () => {
    const bare = { ...BARE, MANIFEST_KEY: 'lists/mine.json' };
    const list = { condition: 'always', contentType: 'application/json' } as const;
    await lab.store.writeText(bare.MANIFEST_KEY, '["src/a.tif"]', list);
    await put('a.tif', Buffer.from('no raster'));
    expect(worker.run(bare).status).toBe(3);
    await put('a.tif');
    expect(worker.run({ ...bare, AWS_BATCH_JOB_ATTEMPT: '2' }).status).toBe(3);
    expect(worker.run(bare).status).toBe(0);
    rmSync(join(lab.folder, COGS, 'a_cog.tif'));
    expect(worker.run(bare).status).toBe(0);
    expect(await keysOf(lab.store, COGS)).toContain(`${COGS}a_cog.tif`);
  });

  it('may name a bare key that has its place from a world file', async () => {
    const made = ['-of', 'GTiff', '-outsize', '600', '600', '-a_srs', 'EPSG:32633'];
    spawnSync('gdal_create', [...made, join(lab.folder, SOURCES, 'a.tif')]);
    writeFileSync(join(lab.folder, SOURCES, 'a.tfw'), '10\n0\n0\n-10\n500005\n6999995\n');
    const { status } = worker.run({ ...BARE, MANIFEST_KEY: '', TIFF_KEYS: '["src/a.tif"]' });
    expect(status).toBe(0);
    const { stdout } = spawnSync('gdalinfo', [join(lab.folder, `${COGS}a_cog.tif`)], { encoding: 'utf8' });
    expect(stdout).toContain('Pixel Size = (10.0');
  });
});
