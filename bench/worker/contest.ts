import { execFileSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { chosenOptions, emptyCogs, jobResult, MANIFEST, resetJob } from './bucket.ts';
import { measure, type Measured, type Program } from './measure.ts';
import type { Rasters } from './rasters.ts';
import type { Choices, Rival } from './rivals.ts';
import { median } from '../random.ts';

/** All that a contest needs beside its rasters. */
export interface Arena {
  readonly root: string;
  /** For outputs, emptied before each run. */
  readonly scratch: string;
  readonly vcpus: number;
  readonly runs: number;
  readonly say: (line: string) => void;
}

/** One who converts the rasters; `prepare` is not measured. */
export interface Contender {
  readonly name: string;
  readonly prepare: () => Promise<Omit<Program, 'log'>>;
}

/** The worker itself, on a bucket or a directory. */
export function workerOn(name: string, store: ObjectStore, rasters: Rasters, arena: Arena): Contender {
  const prepare = async (): Promise<Omit<Program, 'log'>> => {
    await resetJob(store, rasters.files, { vcpus: arena.vcpus });
    const job = {
      S3_BUCKET: store.bucket,
      MANIFEST_KEY: MANIFEST,
      SCRATCH_DIR: freshFolder(arena, 'worker'),
    };
    return { argv: [process.execPath, join(arena.root, 'dist/worker.mjs')], env: { ...process.env, ...job } };
  };
  return { name, prepare };
}

/** A rival; `store` is the bucket that it writes to, where it does not write local files. */
export function rivalOn(
  name: string,
  rival: Rival,
  choices: Choices,
  arena: Arena,
  store?: ObjectStore,
): Contender {
  const prepare = async (): Promise<Omit<Program, 'log'>> => {
    if (store !== undefined) await emptyCogs(store);
    return rival(choices, freshFolder(arena, 'rival'));
  };
  return { name, prepare };
}

/** What the worker chose for each raster, of a run that is not measured (it also warms the disk's cache). */
export async function choicesOf(store: ObjectStore, rasters: Rasters, arena: Arena): Promise<Choices> {
  const worker = workerOn('worker', store, rasters, arena);
  await measure({ ...(await worker.prepare()), log: join(arena.scratch, 'log') });
  const result = await jobResult(store);
  return chosenOptions(result, rasters.files);
}

/**
 * Medians by contender. They take turns, so that whatever slows the machine meets all alike; what one of them left to be written to
 * the disk is written before the next begins.
 */
export async function compete(
  contenders: readonly Contender[],
  { runs, scratch, say }: Arena,
): Promise<ReadonlyMap<string, Measured>> {
  const seen = new Map<string, Measured[]>(contenders.map(({ name }) => [name, []]));
  for (let run = 1; run <= runs; run += 1) {
    for (const { name, prepare } of contenders) {
      const program = await prepare();
      execFileSync('sync');
      const one = await measure({ ...program, log: join(scratch, 'log') });
      seen.get(name)?.push(one);
      say(`  run ${String(run)}: ${name} ${one.wallSeconds.toFixed(1)} s`);
    }
  }
  return new Map([...seen].map(([name, all]) => [name, medianOf(all)]));
}

function medianOf(all: readonly Measured[]): Measured {
  return {
    wallSeconds: median(all.map(({ wallSeconds }) => wallSeconds)),
    cpuSeconds: median(all.map(({ cpuSeconds }) => cpuSeconds)),
    peakMiB: median(all.map(({ peakMiB }) => peakMiB)),
  };
}

function freshFolder({ scratch }: Arena, name: string): string {
  const folder = join(scratch, name);
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  return folder;
}
