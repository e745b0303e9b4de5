import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseResult } from '../../src/contract/result.ts';

const PROGRAM = join(process.cwd(), 'dist/main.js');
const FIXTURE = 'test/fixtures/rasters/L7_ETMs.tif';
const RASTERS = 8;
const MOMENTS = 20;

const scratch = mkdtempSync(join(tmpdir(), 'cogconv-kill-'));
const template = join(scratch, 'template');
/** Milliseconds that nobody's interrupted conversion takes here. */
let wholeMs = 0;

/** Mulberry32: the same moments in every run. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

const random = randomNumbers(20_240_115);
const moments = Array.from({ length: MOMENTS }, (_, at) => ({
  victim: at % 2 === 0 ? ('cli' as const) : ('worker' as const),
  part: random(),
}));

const settings = (bucket: string): Record<string, string> => ({
  ...(process.env as Record<string, string>),
  S3_BUCKET: bucket,
  SOURCE_PREFIX: 'raw/',
  COG_PREFIX: 'cogs/',
  FILES_PER_JOB: '3',
  JOB_VCPUS: '1',
  OUTPUT_DIR: join(bucket, '../status'),
});

function cogconv(
  bucket: string,
  ...args: readonly string[]
): { status: number | null; stdout: string; stderr: string } {
  return spawnSync(process.execPath, [PROGRAM, ...args], { env: settings(bucket), encoding: 'utf8' });
}

/** Children of a process, by /proc; where there is none, by ps. */
function childrenOf(pid: number): readonly number[] {
  try {
    return readFileSync(`/proc/${String(pid)}/task/${String(pid)}/children`, 'utf8')
      .trim()
      .split(' ')
      .filter(Boolean)
      .map(Number);
  } catch {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid='], { encoding: 'utf8' });
    const rows = (stdout || '').split('\n').map((row) => row.trim().split(/\s+/).map(Number));
    return rows.filter(([, parent]) => parent === pid).flatMap(([child]) => child ?? []);
  }
}

/** Starts `convert` and kills it, or its first worker, `afterMs` later. A victim that has gone already is none. */
async function convertAndKill(bucket: string, victim: 'cli' | 'worker', afterMs: number): Promise<void> {
  const child = spawn(process.execPath, [PROGRAM, 'convert'], { env: settings(bucket), stdio: 'ignore' });
  const ended = once(child, 'exit');
  const timer = setTimeout(() => {
    const pid = victim === 'cli' ? child.pid : childrenOf(child.pid ?? 0)[0];
    if (pid !== undefined) process.kill(pid, 'SIGKILL');
  }, afterMs);
  await ended;
  clearTimeout(timer);
}

const cogsOf = (bucket: string): readonly string[] => {
  const names = readdirSync(join(bucket, 'cogs'), { withFileTypes: true });
  return names
    .flatMap((entry) => (entry.isFile() && entry.name.endsWith('_cog.tif') ? [entry.name] : []))
    .sort();
};

/** Inode and time of writing of each COG. */
const identities = (bucket: string): ReadonlyMap<string, string> =>
  new Map(
    cogsOf(bucket).map((name) => {
      const { ino, mtimeMs } = statSync(join(bucket, 'cogs', name));
      return [name, `${String(ino)} ${String(mtimeMs)}`];
    }),
  );

/** How often each source was converted, over all results of all runs. */
function conversions(bucket: string): ReadonlyMap<string, number> {
  const folder = join(bucket, 'cogs/manifests');
  const results = readdirSync(folder).filter((name) => name.endsWith('.result.json'));
  const rows = results.flatMap((name) => parseResult(readFileSync(join(folder, name), 'utf8')).files);
  const counts = new Map<string, number>();
  for (const { source } of rows.filter(({ outcome }) => outcome === 'converted')) {
    counts.set(source, (counts.get(source) ?? 0) + 1);
  }
  return counts;
}

function invalidOf(bucket: string): readonly unknown[] {
  const files = cogsOf(bucket).map((name) => join(bucket, 'cogs', name));
  if (files.length === 0) return [];
  const { stdout } = cogconv(bucket, 'validate', '--json', ...files);
  const { data } = JSON.parse(stdout) as { data: { files: { isCog: boolean }[] } };
  return data.files.filter(({ isCog }) => !isCog);
}

function freshBucket(name: string): string {
  const bucket = join(scratch, name, 'bucket');
  cpSync(template, bucket, { recursive: true });
  return bucket;
}

const wanted = Array.from({ length: RASTERS }, (_, at) => `r${String(at)}_cog.tif`);

beforeAll(() => {
  mkdirSync(join(template, 'raw'), { recursive: true });
  mkdirSync(join(template, 'cogs'));
  for (let at = 0; at < RASTERS; at += 1) {
    const size = String(400 + 60 * at);
    const warp = spawnSync('gdalwarp', [
      '-q',
      '-ts',
      size,
      size,
      FIXTURE,
      join(template, `raw/r${String(at)}.tif`),
    ]);
    expect(warp.status).toBe(0);
  }
  const bucket = freshBucket('whole');
  const started = performance.now();
  expect(cogconv(bucket, 'convert').status).toBe(0);
  wholeMs = performance.now() - started;
  expect(cogsOf(bucket)).toEqual(wanted);
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('convert after SIGKILL', () => {
  it.each(moments)(
    'of the $victim at $part of the time does the rest, and nothing twice',
    async ({ victim, part }) => {
      const bucket = freshBucket(`${victim}-${String(part)}`);

      await convertAndKill(bucket, victim, part * wholeMs);
      const before = identities(bucket);
      expect(invalidOf(bucket)).toEqual([]);
      const again = cogconv(bucket, 'convert');

      expect(again.status, again.stderr).toBe(0);
      expect(cogsOf(bucket)).toEqual(wanted);
      expect(invalidOf(bucket)).toEqual([]);
      const after = identities(bucket);
      expect([...before].filter(([name, identity]) => after.get(name) !== identity)).toEqual([]);
      expect([...conversions(bucket)].filter(([, times]) => times > 1)).toEqual([]);
      expect(cogconv(bucket, 'status', '--check').status).toBe(0);
    },
  );
});
