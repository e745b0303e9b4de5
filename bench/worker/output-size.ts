import { execFileSync, spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import type { Compression } from '../../src/contract/options.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import type { Bar } from './bars.ts';
import { jobResult, MANIFEST, resetJob } from './bucket.ts';
import type { Arena } from './contest.ts';
import { measure } from './measure.ts';

/** Shares of the bytes that the Python tool's options make, which are LZW's with all else as GDAL has it. */
const BARS: Readonly<Record<string, number>> = { LZW: 0.8, ZSTD: 0.6 };
const MOST_OF_ONE = 1.02;
const PYTHON_OPTIONS = ['COMPRESS=LZW', 'NUM_THREADS=ALL_CPUS', 'BIGTIFF=IF_SAFER'];

/** Bytes by raster: `{'src/byte.tif': 812}`. */
type Sizes = ReadonlyMap<string, number>;

/** Makes the golden rasters in the bucket's directory, once. */
export function makeGolden(directory: string, root: string, python: string): readonly string[] {
  const folder = join(directory, 'src');
  mkdirSync(folder, { recursive: true });
  execFileSync(python, [join(root, 'test/fixtures/make-rasters.py'), folder], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  return readdirSync(folder)
    .filter((name) => name.endsWith('.tif'))
    .map((name) => join(folder, name));
}

/** What the Python tool's options make of each raster that GDAL can convert at all. */
export function pythonSizes(files: readonly string[], scratch: string): Sizes {
  const output = join(scratch, 'python.tif');
  const options = PYTHON_OPTIONS.flatMap((option) => ['-co', option]);
  const sizes = files.flatMap((file) => {
    rmSync(output, { force: true });
    const { status } = spawnSync('gdal_translate', ['-q', '-of', 'COG', ...options, file, output], {
      stdio: 'ignore',
    });
    return status === 0 ? [[sourceKeyOf(file), statSync(output).size] as const] : [];
  });
  return new Map(sizes);
}

function sourceKeyOf(file: string): string {
  return `src/${file.slice(file.lastIndexOf('/') + 1)}`;
}

/** The worker's bytes with one codec, against the Python tool's. */
export async function sizeBars(
  compression: Compression,
  {
    store,
    files,
    python,
  }: { readonly store: ObjectStore; readonly files: readonly string[]; readonly python: Sizes },
  arena: Arena,
): Promise<readonly Bar[]> {
  await resetJob(store, files, { vcpus: arena.vcpus, compression });
  const job = { S3_BUCKET: store.bucket, MANIFEST_KEY: MANIFEST, SCRATCH_DIR: arena.scratch };
  const argv = [process.execPath, join(arena.root, 'dist/worker.mjs')];
  // some of the golden rasters must fail
  await measure({ argv, env: { ...process.env, ...job }, log: join(arena.scratch, 'log'), codes: [0, 3] });
  const { files: rows } = await jobResult(store);
  const pairs = rows.flatMap(({ outcome, source, cogBytes }) => {
    const other = python.get(source);
    return outcome === 'converted' && other !== undefined ? [{ source, cogBytes, other }] : [];
  });
  return barsOf(compression, pairs);
}

interface Pair {
  readonly source: string;
  readonly cogBytes: number;
  readonly other: number;
}

function barsOf(compression: Compression, pairs: readonly Pair[]): readonly Bar[] {
  const sum = (of: (pair: Pair) => number): number => pairs.reduce((total, pair) => total + of(pair), 0);
  const share = sum(({ cogBytes }) => cogBytes) / sum(({ other }) => other);
  const [worst] = pairs
    .map(({ source, cogBytes, other }) => ({ source, ratio: cogBytes / other }))
    .sort((a, b) => b.ratio - a.ratio);
  const bar = BARS[compression] ?? 1;
  return [
    {
      what: `${compression}: bytes of ${String(pairs.length)} golden rasters, as a share of (a)'s by default`,
      value: share,
      bar,
      holds: share <= bar,
    },
    {
      what: `${compression}: the worst of them, ${worst?.source ?? 'none'}`,
      value: worst?.ratio ?? NaN,
      bar: MOST_OF_ONE,
      holds: (worst?.ratio ?? NaN) <= MOST_OF_ONE,
    },
  ];
}
