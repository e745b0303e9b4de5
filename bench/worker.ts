import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { COMPRESSIONS } from '../src/contract/options.ts';
import { openStore } from '../src/storage/open-store.ts';
import type { ObjectStore } from '../src/storage/object-store.ts';
import { findGdalPython } from '../test/python.ts';
import { startMoto } from '../test/moto.ts';
import { barsOf, lineOf, NAMES, tableOf, type Bar } from './worker/bars.ts';
import { uploadSources } from './worker/bucket.ts';
import { choicesOf, compete, rivalOn, workerOn, type Arena, type Contender } from './worker/contest.ts';
import { makeGolden, pythonSizes, sizeBars } from './worker/output-size.ts';
import { makeRasters, ROWS, type Rasters, type Row } from './worker/rasters.ts';
import { installRioCogeo, pythonWay, rioCogeo, translateAlone } from './worker/rivals.ts';

const root = fileURLToPath(new URL('..', import.meta.url));
const REGION = 'us-east-1';

interface Settings {
  readonly amount: 'all' | 'few';
  readonly rows: readonly Row[];
  /** Whether the sizes of outputs are compared, too. */
  readonly sizes: boolean;
  readonly runs: number;
  /** Contenders to measure, by their keys in NAMES. */
  readonly who: readonly string[];
  readonly python: string;
}

/**
 * The worker against its rivals: `npm run bench -- worker [--rows small,medium,large,sizes] [--runs 5] [--who s3,python,...]`. Exit 1 when
 * a bar is missed. `--small` takes a few tiny rasters, which says nothing about speed: only that all of it works.
 */
export async function run({
  small,
  args,
}: {
  readonly small: boolean;
  readonly args: readonly string[];
}): Promise<void> {
  process.env['PATH'] = [join(root, '.venv/bin'), process.env['PATH']].join(delimiter);
  process.env['AWS_SDK_JS_NODE_VERSION_SUPPORT_WARNING_DISABLED'] = 'true';
  const settings = settingsOf(small, args);
  const scratch = join(root, '.scratch/bench', `run-${String(process.pid)}`);
  mkdirSync(scratch, { recursive: true });
  const arena: Arena = {
    root,
    scratch,
    vcpus: small ? 2 : availableParallelism(),
    runs: settings.runs,
    say: (line) => process.stderr.write(`${line}\n`),
  };
  execFileSync(process.execPath, [join(root, 'script/build.mjs')], { stdio: 'inherit' });
  try {
    const bars = [
      ...(await contests(settings, arena)),
      ...(settings.sizes ? await sizes(settings.python, arena) : []),
    ];
    if (!small && bars.some(({ holds }) => !holds)) process.exitCode = 1;
  } finally {
    rmSync(scratch, { recursive: true, force: true });
  }
}

function settingsOf(small: boolean, args: readonly string[]): Settings {
  const { values } = parseArgs({
    args: [...args],
    options: { rows: { type: 'string' }, runs: { type: 'string' }, who: { type: 'string' } },
  });
  const python = findGdalPython('the benchmark of the worker');
  if (python === undefined) throw new Error('the benchmark needs Python with GDAL: run script/bootstrap');
  const rows = values.rows?.split(',') ?? [...ROWS, ...(small ? [] : ['sizes'])];
  return {
    amount: small ? 'few' : 'all',
    rows: ROWS.filter((row) => rows.includes(row)),
    sizes: rows.includes('sizes'),
    runs: Number(values.runs ?? (small ? 1 : 5)),
    who: values.who?.split(',') ?? Object.keys(NAMES),
    python,
  };
}

/** Each row has a moto of its own, which keeps all its objects until it ends. */
async function contests(settings: Settings, arena: Arena): Promise<readonly Bar[]> {
  const bars: Bar[] = [];
  for (const row of settings.rows) {
    const rasters = makeRasters(row, settings.amount, root, settings.python);
    const moto = await startMoto();
    useMoto(moto.endpoint);
    try {
      bars.push(...(await contest(rasters, settings, arena)));
    } finally {
      await moto.stop();
    }
  }
  return bars;
}

function useMoto(endpoint: string): void {
  Object.assign(process.env, {
    AWS_ENDPOINT_URL: endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_REGION: REGION,
    AWS_DEFAULT_REGION: REGION,
  });
}

/** Output sizes by codec, over the golden rasters of the tests. */
async function sizes(python: string, arena: Arena): Promise<readonly Bar[]> {
  const directory = join(arena.scratch, 'golden');
  const files = makeGolden(directory, root, python);
  const store = await openStore(directory, { region: REGION });
  const job = { store, files, python: pythonSizes(files, arena.scratch) };
  const bars = [];
  for (const compression of COMPRESSIONS) bars.push(...(await sizeBars(compression, job, arena)));
  process.stdout.write(`sizes\n${bars.map(lineOf).join('\n')}\n`);
  return bars;
}

async function contest(rasters: Rasters, settings: Settings, arena: Arena): Promise<readonly Bar[]> {
  const { row, files, bytes } = rasters;
  const bucket = `bench-${row}`;
  await fetch(`${process.env['AWS_ENDPOINT_URL'] ?? ''}/${bucket}`, { method: 'PUT' });
  mkdirSync(join(arena.scratch, row));
  const s3 = await openStore(bucket, { region: REGION });
  const directory = await openStore(join(arena.scratch, row), { region: REGION });
  try {
    for (const store of [s3, directory]) await uploadSources(store, files);
    const contenders = await contendersOf(rasters, settings, arena, { s3, directory });
    const seen = await compete(contenders, arena);
    const title = `${row}: ${String(files.length)} rasters, ${(bytes / 1e6).toFixed(0)} MB, ${String(arena.vcpus)} vCPUs, medians of ${String(arena.runs)} (in brackets: times that of the first)`;
    const bars = barsOf(row, seen, arena.vcpus);
    process.stdout.write(
      `${[...tableOf(title, seen), ...(settings.amount === 'all' ? bars.map(lineOf) : [])].join('\n')}\n`,
    );
    return bars;
  } finally {
    s3.close();
  }
}

async function contendersOf(
  rasters: Rasters,
  { who, python }: Settings,
  arena: Arena,
  { s3, directory }: { readonly s3: ObjectStore; readonly directory: ObjectStore },
): Promise<readonly Contender[]> {
  const choices = await choicesOf(directory, rasters, arena);
  const rio = who.some((name) => name.startsWith('rio')) ? installRioCogeo(python, root) : '';
  const all: Readonly<Record<keyof typeof NAMES, Contender>> = {
    s3: workerOn(NAMES.s3, s3, rasters, arena),
    directory: workerOn(NAMES.directory, directory, rasters, arena),
    python: rivalOn(NAMES.python, pythonWay(python, root, s3.bucket), choices, arena, s3),
    limit: rivalOn(NAMES.limit, translateAlone(arena.vcpus), choices, arena),
    rio: rivalOn(NAMES.rio, rioCogeo(rio, 1), choices, arena),
    rioParallel: rivalOn(NAMES.rioParallel, rioCogeo(rio, arena.vcpus), choices, arena),
  };
  return Object.entries(all).flatMap(([name, contender]) => (who.includes(name) ? [contender] : []));
}
