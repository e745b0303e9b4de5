import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { isPermanent } from '../../src/contract/failures.ts';
import { resultKey } from '../../src/contract/naming.ts';
import type { FileResult } from '../../src/contract/result.ts';
import {
  COGS,
  fixtureScript,
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
import { mutantsOf } from '../mutants.ts';

const MUTANTS = 500;
const SEED = 20_260_102;
/** Directories that promise millions of pixels are converted until then. */
const FILE_TIMEOUT_SECONDS = 5;

/** One of each layout, small ones; some name `/etc/passwd`. */
const ORIGINALS = [
  'lc',
  'olinda_dem_utm25s',
  'one_pixel',
  'one_row',
  'bits1',
  'jpeg',
  'already_cog',
  'already_cog_classes',
  'palette',
  'mask_internal',
  'bigtiff',
  'big_endian',
  'gcps',
  'names_other_file',
  'pam_names_other_file',
];
const SIDECARS = ['lc', 'pam_names_other_file'];

/** What programs open wherever they run; nothing else of the system is a raster's business. */
const OF_THE_SYSTEM = [
  /^\/(?:usr|lib(?:64|32)?|proc|sys)\//,
  /^\/etc\/(?:ld\.so\.(?:cache|preload)|ssl\/openssl\.cnf|localtime|gdal\/gdalrc)$/,
  /^\/dev\/(?:null|u?random)$/,
];

function hasStrace(): boolean {
  if (spawnSync('strace', ['-qq', '-o', '/dev/null', 'true']).status === 0) return true;
  const message = 'strace does not run: LEFT OUT: the worker on damaged files';
  if (process.env['CI'] === 'true') throw new Error(message);
  process.stderr.write(`\n*** ${message} ***\n`);
  return false;
}

describe.runIf(hasStrace())(`a worker that is fed ${String(MUTANTS)} damaged TIFFs`, () => {
  let lab: Lab;
  let worker: WorkerProgram;
  let calls: readonly string[];
  let end: { readonly code: unknown; readonly stderr: string };

  beforeAll(async () => {
    lab = openLab();
    worker = new WorkerProgram(lab);
    const originals = join(lab.folder, 'originals');
    fixtureScript('make-rasters.py', [originals]);
    const read = (name: string): Buffer => readFileSync(join(originals, name));
    const put = (name: string, bytes: Buffer): void => {
      writeFileSync(join(lab.folder, SOURCES, name), bytes);
    };
    const name = (at: number): string => `m${String(at).padStart(3, '0')}.tif`;
    const mutants = mutantsOf(
      ORIGINALS.map((one) => read(`${one}.tif`)),
      MUTANTS,
      SEED,
    );
    mutants.forEach((bytes, at) => {
      put(name(at), bytes);
    });
    for (const one of SIDECARS) {
      const first = ORIGINALS.indexOf(one);
      const sidecars = mutantsOf([read(`${one}.tif.aux.xml`)], MUTANTS, SEED);
      for (let at = first; at < MUTANTS; at += ORIGINALS.length)
        put(`${name(at)}.aux.xml`, sidecars[at] ?? Buffer.alloc(0));
    }
    await putManifest(lab.store, await rowsOf(lab.store), {
      vcpus: 2,
      fileTimeoutSeconds: FILE_TIMEOUT_SECONDS,
    });
    await run();
  });

  afterAll(() => {
    lab.remove();
  });

  async function run(): Promise<void> {
    const log = join(lab.folder, 'calls');
    mkdirSync(join(lab.folder, 'tmp'));
    const trace = ['-e', 'trace=open,openat,openat2,execve,%network', '-e', 'signal=none'];
    const strace = ['strace', '-f', '--seccomp-bpf', '-qq', '-s', '4096', ...trace, '-o', log];
    // the tests' own Python loads what its packages bring along
    symlinkSync('/usr/bin/python3', join(worker.bin, 'python3'));
    const child = worker.start({ TMPDIR: join(lab.folder, 'tmp') }, ['ignore', 'ignore', 'pipe'], strace);
    const [stderr, [code]] = await Promise.all([
      child.stderr === null ? '' : text(child.stderr),
      once(child, 'exit') as Promise<unknown[]>,
    ]);
    end = { code, stderr };
    calls = readFileSync(log, 'utf8').split('\n');
  }

  const failed = (): readonly FileResult[] =>
    resultOf(lab).files.filter(({ outcome }) => outcome === 'failed');

  it('neither crashes nor gives any of them up for another attempt', () => {
    expect(end).toEqual({ code: 3, stderr: '' });
    expect(resultOf(lab)).toMatchObject({ state: 'failed' });
    expect(resultOf(lab).files).toHaveLength(MUTANTS);
    expect(failed().filter(({ reason }) => reason === undefined || !isPermanent(reason.code))).toEqual([]);
    expect(failed().filter(({ reason }) => reason?.message.includes('a bug in cogconv'))).toEqual([]);
  });

  it('leaves nothing but COGs and its result', async () => {
    const { files } = resultOf(lab);
    const done = files.filter(({ outcome }) => outcome === 'converted');
    expect(done.length).toBeGreaterThan(MUTANTS / 10);
    const wanted = done.flatMap(({ target, sidecars }) => [target, ...sidecars]);
    expect(new Set(await keysOf(lab.store, COGS))).toEqual(
      new Set([...wanted, MANIFEST, resultKey(MANIFEST)]),
    );
    expect(readdirSync(worker.scratch)).toEqual([]);
    expect(readdirSync(join(lab.folder, 'tmp'))).toEqual([]);
  });

  // strace ends with the last process that it traced, so that one left behind would have kept the run going
  it('starts GDAL and nothing else, and leaves none behind', () => {
    const started = calls.flatMap((call) => /execve\("([^"]*)"/.exec(call)?.[1] ?? []);
    const names = new Set(started.map((path) => path.slice(dirname(path).length + 1)));
    names.delete('node');
    expect([...names].filter((name) => !/^(?:gdal\w+|python3|setpriv|true)$/.test(name))).toEqual([]);
  });

  it('opens no connection', () => {
    expect(calls.filter((call) => /AF_INET|AF_NETLINK|\bconnect\(/.test(call))).toEqual([]);
  });

  it('reads no file but the rasters and what programs are made of', () => {
    const own = [lab.folder, dirname(process.execPath), join(process.cwd(), 'dist')];
    const opened = calls.flatMap((call) => /open(?:at2?)?\((?:[^,"]+, )?"([^"]*)"/.exec(call)?.[1] ?? []);
    const isKnown = (path: string): boolean =>
      OF_THE_SYSTEM.some((pattern) => pattern.test(path)) ||
      own.some((folder) => `${path}/`.startsWith(`${folder}/`)) ||
      // below the working folder
      !path.startsWith('/');
    expect(opened.length).toBeGreaterThan(MUTANTS);
    const foreign = opened.filter((path) => !isKnown(path) || path.includes('..'));
    expect([...new Set(foreign)]).toEqual([]);
  });
});
