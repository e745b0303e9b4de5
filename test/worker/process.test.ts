import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, watch, writeFileSync } from 'node:fs';
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

const root = fileURLToPath(new URL('../..', import.meta.url));
const worker = join(root, 'dist/worker.mjs');
const landsat = readFileSync(join(root, 'test/fixtures/rasters/L7_ETMs.tif'));

// many processes, on machines that do other things meanwhile
vi.setConfig({ testTimeout: 120_000 });

let lab: Lab;
let scratch: string;
let bin: string;

beforeEach(() => {
  lab = openLab();
  scratch = join(lab.folder, 'scratch');
  bin = join(lab.folder, 'bin');
  for (const folder of [scratch, bin, join(lab.folder, SOURCES)]) mkdirSync(folder);
});

afterEach(() => {
  lab.remove();
});

/** A program on the worker's PATH before the real one. */
function program(name: string, script: string): void {
  writeFileSync(join(bin, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(bin, name), 0o755);
}

const REAL = spawnSync('sh', ['-c', 'command -v gdal_translate'], { encoding: 'utf8' }).stdout.trim();
/** Answers the worker's questions about the version, then does `script`. */
const translateThat = (script: string): string => `case "$1" in --*) exec ${REAL} "$@";; esac\n${script}`;

function environment(extra: Record<string, string> = {}): NodeJS.ProcessEnv {
  const path = `${bin}:${process.env['PATH'] ?? ''}`;
  return { PATH: path, S3_BUCKET: lab.folder, MANIFEST_KEY: MANIFEST, SCRATCH_DIR: scratch, ...extra };
}

function run(extra: Record<string, string> = {}): { status: number | null; stderr: string } {
  return spawnSync(process.execPath, [worker], { env: environment(extra), encoding: 'utf8' });
}

async function put(name: string, content: Buffer = landsat): Promise<void> {
  writeFileSync(join(lab.folder, SOURCES, name), content);
  await putManifest(lab.store, await rowsOf(lab.store));
}

/** The worker, once its GDAL has written the file `started`. */
async function startedWorker(stdio: 'pipe' | 'ipc'): Promise<ChildProcess> {
  const child = spawn(process.execPath, [worker], {
    env: environment(),
    stdio: ['ignore', 'ignore', 'ignore', ...(stdio === 'ipc' ? (['ipc'] as const) : [])],
  });
  const watcher = watch(lab.folder);
  if (!existsSync(join(lab.folder, 'started'))) {
    for await (const [, name] of on(watcher)) if (name === 'started') break;
  }
  watcher.close();
  return child;
}

async function* on(watcher: ReturnType<typeof watch>): AsyncGenerator<[string, string | null]> {
  for (;;) yield (await once(watcher, 'change')) as [string, string | null];
}

const hanging = (): string =>
  translateThat(`echo $$ > ${lab.folder}/pid\nmv ${lab.folder}/pid ${lab.folder}/started\nexec sleep 600`);

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

/** Stopped in the middle of a file: another attempt is asked for and nothing is left behind. */
async function expectTidy(child: ChildProcess): Promise<void> {
  const [code] = (await once(child, 'exit')) as [number];
  expect(code).toBe(75);
  expect(isRunning(Number(readFileSync(join(lab.folder, 'started'), 'utf8')))).toBe(false);
  expect(resultOf(lab)).toMatchObject({ state: 'interrupted', files: [] });
  expect(readdirSync(scratch)).toEqual([]);
}

describe('being stopped', () => {
  it.each(['SIGTERM', 'SIGINT'] as const)(
    'on %s ends GDAL, writes the result and asks for another attempt',
    async (signal) => {
      program(
        'gdalinfo',
        `echo $$ > ${lab.folder}/pid\nmv ${lab.folder}/pid ${lab.folder}/started\nexec sleep 600`,
      );
      await put('a.tif');
      const child = await startedWorker('pipe');
      child.kill(signal);
      await expectTidy(child);
    },
  );

  it('stops when the CLI that started it is gone', async () => {
    program(
      'gdalinfo',
      `echo $$ > ${lab.folder}/pid\nmv ${lab.folder}/pid ${lab.folder}/started\nexec sleep 600`,
    );
    await put('a.tif');
    const child = await startedWorker('ipc');
    child.disconnect();
    await expectTidy(child);
  });

  it('removes what a killed worker left, and does the job', async () => {
    program(
      'gdalinfo',
      `echo $$ > ${lab.folder}/pid\nmv ${lab.folder}/pid ${lab.folder}/started\nexec sleep 600`,
    );
    await put('a.tif');
    const child = await startedWorker('pipe');
    child.kill('SIGKILL');
    await once(child, 'exit');
    process.kill(Number(readFileSync(join(lab.folder, 'started'), 'utf8')), 'SIGKILL');
    expect(readdirSync(scratch)).toHaveLength(1);
    program('gdalinfo', 'exec /usr/bin/env -u NONE ' + REAL.replace('gdal_translate', 'gdalinfo') + ' "$@"');
    expect(run().status).toBe(0);
    expect(readdirSync(scratch)).toEqual([]);
    expect(resultOf(lab)).toMatchObject({ attempt: 2, state: 'succeeded' });
  });
});

describe('a GDAL that does not do', () => {
  it('is named when it is missing, and the result is not touched', async () => {
    await put('a.tif');
    const { status, stderr } = run({ PATH: bin });
    expect(status).toBe(2);
    expect(stderr).toMatch(/gdal_translate was not found on the PATH; install GDAL 3\.1/);
    expect(existsSync(join(lab.folder, resultKey(MANIFEST)))).toBe(false);
  });

  it('is refused when it is too old', async () => {
    program('gdal_translate', 'echo "GDAL 3.0.4, released 2020/01/28"');
    await put('a.tif');
    const { status, stderr } = run();
    expect(status).toBe(2);
    expect(stderr).toContain('GDAL 3.0.4 is too old');
  });

  it('is ended when it hangs', async () => {
    program('gdal_translate', hanging());
    await put('a.tif');
    await putManifest(lab.store, await rowsOf(lab.store), {
      fileTimeoutSeconds: 1,
      resampling: 'nearest',
      predictor: 'none',
    });
    expect(run().status).toBe(3);
    expect(resultOf(lab).files[0]?.reason?.code).toBe('timeout');
    expect(isRunning(Number(readFileSync(join(lab.folder, 'started'), 'utf8')))).toBe(false);
  });

  it.each([
    ['kill -KILL $$', 'out-of-memory', 3],
    ['kill -SEGV $$', 'gdal-failed', 3],
    ['echo "ERROR 3: cog.tif: No space left on device" >&2; exit 1', 'disk-full', 75],
    ['echo "ERROR 1: made up" >&2; exit 1', 'gdal-failed', 3],
    [
      `echo "Warning 6: driver COG does not support creation option X" >&2; exec ${REAL} "$@"`,
      'gdal-failed',
      3,
    ],
  ])('%s is %s', async (script, code, status) => {
    program('gdal_translate', translateThat(script));
    await put('a.tif');
    expect(run().status).toBe(status);
    expect(resultOf(lab).files[0]?.reason?.code).toBe(code);
    expect(await keysOf(lab.store, COGS)).toEqual([MANIFEST, resultKey(MANIFEST)].sort());
    expect(readdirSync(scratch)).toEqual([]);
  });
});

describe('a limit on what may be written', () => {
  it('is a full disk: temporary, and no part of a COG is seen', async () => {
    await put('a.tif');
    // 1000 blocks of 512 bytes: the fetched source is larger
    const limited = spawnSync('sh', ['-c', `ulimit -f 1000; exec "${process.execPath}" "${worker}"`], {
      env: environment(),
    });
    expect(limited.status).toBe(75);
    expect(resultOf(lab).files[0]?.reason?.code).toBe('disk-full');
    expect(await keysOf(lab.store, COGS)).not.toContain(`${COGS}a_cog.tif`);
  });
});

describe('the environment', () => {
  it.each([
    [{ MANIFEST_KEY: 'cogs/manifests/none.json' }, /there is no manifest .*none\.json/],
    [{ MANIFEST_KEY: '' }, /nothing to do: set MANIFEST_KEY/],
    [{ S3_BUCKET: '/no/such/bucket' }, /bucket/],
  ])('%j is exit code 2', async (extra, message) => {
    await put('a.tif');
    const { status, stderr } = run(extra);
    expect(status).toBe(2);
    expect(stderr).toMatch(message);
  });

  it('may name bare keys, as the Python worker took them', async () => {
    await put('a.tif');
    const { status } = run({
      MANIFEST_KEY: '',
      TIFF_KEYS: '["src/a.tif"]',
      SOURCE_PREFIX: 'src',
      COG_PREFIX: 'cogs',
    });
    expect(status).toBe(0);
    expect(await keysOf(lab.store, COGS)).toContain(`${COGS}a_cog.tif`);
  });
});
