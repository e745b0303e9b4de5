import { execFileSync } from 'node:child_process';
import {
  chmodSync,
  copyFileSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { gdalEnvironment, translateCommand, type TranslateRequest } from '../../worker/gdal.ts';
import type { GdalLimits, GdalRunner } from '../../worker/gdal-runner.ts';
import { GdalServer } from '../../worker/gdal-server.ts';
import { findGdalPython } from '../python.ts';
import { gdalHere } from './gdal-here.ts';
import { isRunning } from './worker-program.ts';

const RASTERS = join(import.meta.dirname, '../fixtures/rasters');
const isHere = process.platform === 'linux' && findGdalPython('the server of GDAL') !== undefined;

let folder: string;
let limits: GdalLimits;
let gdal: GdalRunner;
let stop: AbortController;

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-server-'));
  limits = { folder, threads: 1, cacheMiB: 64, sidecars: true, timeoutMs: 60_000 };
  stop = new AbortController();
  gdal = await gdalHere(folder, { converts: true, signal: stop.signal });
});

afterEach(async () => {
  await gdal.close();
  rmSync(folder, { recursive: true, force: true });
});

function request(source: string, more: Partial<TranslateRequest> = {}): TranslateRequest {
  const creationOptions = [
    ['COMPRESS', 'LZW'],
    ['PREDICTOR', 'YES'],
    ['NUM_THREADS', '1'],
  ] as const;
  return { source, output: join(folder, 'cog.tif'), creationOptions, crsFile: null, ...more };
}

/** A source that GDAL waits for: nobody ever writes into it. */
function endless(): TranslateRequest {
  const source = join(folder, 'endless.tif');
  execFileSync('mkfifo', [source]);
  return request(source);
}

interface Seen {
  readonly pid: number;
  readonly parent: number;
}

/** Servers that this process has started, and their conversions. */
function processes(): { readonly servers: readonly number[]; readonly conversions: readonly number[] } {
  const all = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .flatMap(serverProcess);
  const servers = all.filter(({ parent }) => parent === process.pid).map(({ pid }) => pid);
  return { servers, conversions: all.filter(({ parent }) => servers.includes(parent)).map(({ pid }) => pid) };
}

function serverProcess(pid: string): readonly Seen[] {
  try {
    const isServer = readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('gdal_server.py');
    const parent = Number(/\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1]);
    return isServer ? [{ pid: Number(pid), parent }] : [];
  } catch {
    return [];
  }
}

/** The one conversion, once it is under way. */
async function conversion(): Promise<number> {
  await expect.poll(() => processes().conversions).toHaveLength(1);
  return processes().conversions[0] ?? NaN;
}

describe.skipIf(!isHere)('a conversion in a fork', () => {
  it.each(['lc.tif', 'olinda_dem_utm25s.tif'])(
    'makes the bytes that gdal_translate makes: %s',
    async (name) => {
      const forked = request(join(RASTERS, name));
      await gdal.translate(forked, limits);
      const started = { ...forked, output: join(folder, 'started.tif') };
      await gdal.run(translateCommand(started), limits);
      expect(readFileSync(forked.output).equals(readFileSync(started.output))).toBe(true);
      expect(processes().servers).toHaveLength(1);
    },
  );

  it('says of a damaged raster what gdal_translate says', async () => {
    const source = join(folder, 'source.tif');
    writeFileSync(source, readFileSync(join(RASTERS, 'lc.tif')).subarray(0, 5000));
    const said = await gdal.run(translateCommand(request(source)), limits).catch((error: unknown) => error);
    expect(said).toMatchObject({ kind: 'exited', exitCode: 1, stderr: /ERROR/ });
    await expect(gdal.translate(request(source), limits)).rejects.toEqual(said);
  });

  it('takes the CRS of a file beside the raster', async () => {
    const crsFile = join(folder, 'source.prj');
    writeFileSync(crsFile, execFileSync('gdalsrsinfo', ['-o', 'wkt_esri', 'EPSG:3035']));
    await gdal.translate(request(join(RASTERS, 'lc.tif'), { crsFile }), limits);
    expect(
      execFileSync('gdalsrsinfo', ['-o', 'epsg', join(folder, 'cog.tif')], { encoding: 'utf8' }),
    ).toContain('EPSG:3035');
  });

  it('ends when its time is over, and another one begins', async () => {
    await expect(gdal.translate(endless(), { ...limits, timeoutMs: 50 })).rejects.toMatchObject({
      kind: 'timeout',
    });
    await gdal.translate(request(join(RASTERS, 'lc.tif')), limits);
    expect(processes().conversions).toEqual([]);
  });

  it('ends when it is told to, and none begins thereafter', async () => {
    const ended = gdal.translate(endless(), limits);
    await conversion();
    stop.abort();
    await expect(ended).rejects.toMatchObject({ kind: 'aborted' });
    await expect(gdal.translate(request(join(RASTERS, 'lc.tif')), limits)).rejects.toMatchObject({
      kind: 'aborted',
    });
    expect(processes().conversions).toEqual([]);
  });

  it('crashes alone', async () => {
    const [ended, other] = [
      gdal.translate(endless(), limits),
      gdal.translate(request(join(RASTERS, 'lc.tif')), limits),
    ];
    await other;
    process.kill(await conversion(), 'SIGSEGV');
    await expect(ended).rejects.toMatchObject({ kind: 'killed', exitSignal: 'SIGSEGV' });
    await gdal.translate(request(join(RASTERS, 'lc.tif')), limits);
  });

  it('is done by gdal_translate when the server is killed amid it, and so are the next ones', async () => {
    const cut = endless();
    const ended = gdal.translate(cut, limits);
    const pid = await conversion();
    copyFileSync(join(RASTERS, 'lc.tif'), join(folder, 'whole.tif'));
    renameSync(join(folder, 'whole.tif'), cut.source);
    for (const server of processes().servers) process.kill(server, 'SIGKILL');
    await ended;
    await expect.poll(() => isRunning(pid)).toBe(false);
    await gdal.translate(request(join(RASTERS, 'lc.tif')), limits);
    expect(processes().servers).toEqual([]);
  });

  it('ends with its server, which ends with its input', async () => {
    const ended = gdal.translate(endless(), limits).catch((error: unknown) => error);
    const pid = await conversion();
    await gdal.close();
    expect(await ended).toMatchObject({ kind: 'killed' });
    expect(isRunning(pid)).toBe(false);
    expect(processes().servers).toEqual([]);
  });
});

describe('without a server', () => {
  it('gdal_translate makes the COG: it could not begin a process', async () => {
    const version = execFileSync('gdal_translate', ['--version'], { encoding: 'utf8' });
    const number = /^GDAL ([^,]+),/.exec(version)?.[1] ?? '';
    const refusal = '{"id": 1, "code": null, "signal": null, "stderr": "no more processes"}';
    const other = await gdalWith(`echo '{"gdal": "${number}"}'; read line; echo '${refusal}'; exec cat`);
    await other.translate(request(join(RASTERS, 'lc.tif')), limits);
    expect(readdirSync(folder)).toContain('cog.tif');
    await other.close();
  });

  function standIn(python3: string): void {
    writeFileSync(join(folder, 'python3'), `#!/bin/sh\n${python3}\n`);
    chmodSync(join(folder, 'python3'), 0o755);
  }

  /** A worker's GDAL with another python3 before the real one. */
  function gdalWith(python3: string): Promise<GdalRunner> {
    standIn(python3);
    const search = { PATH: [folder, process.env['PATH']].join(delimiter) };
    return gdalHere(folder, { converts: true, search });
  }

  it.each([
    ['Python has no GDAL', 'exit 1'],
    ["Python's GDAL is another one", `echo '{"gdal": "2.4.0"}'; exec cat`],
  ])('gdal_translate makes the COG: %s', async (_, python3) => {
    const other = await gdalWith(python3);
    await other.translate(request(join(RASTERS, 'lc.tif')), limits);
    expect(readdirSync(folder)).toContain('cog.tif');
    await other.close();
  });

  it.each([
    ['no Python at all', null],
    ['a Python that never answers', 'exec /bin/sleep 600'],
    ['a Python that says something else', 'echo Welcome; exec /bin/sleep 600'],
  ])('is told of %s', async (_, python3) => {
    if (python3 !== null) standIn(python3);
    const env = gdalEnvironment({ ...limits, scratch: folder, search: { PATH: folder } });
    expect(await GdalServer.start({ env, cwd: folder }, 1000)).toBeNull();
  });
});
