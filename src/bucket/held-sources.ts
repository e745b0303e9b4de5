import { manifestKey, summaryName } from '../contract/naming.ts';
import type { RunRecord } from '../contract/run-record.ts';
import { packKeys, unpackKeys } from '../plan/packed-keys.ts';
import type { DocumentCache } from '../ports.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readManifests } from './manifests.ts';
import { sealLines, unsealLines } from './sealed-lines.ts';

/** Where manifests are, and where their sources are kept. */
export interface HeldPlaces {
  readonly store: ObjectStore;
  readonly cogPrefix: string;
  readonly cache: DocumentCache;
}

/** A run and which of its jobs are under way. */
export interface HeldRun {
  readonly record: Pick<RunRecord, 'run' | 'sequence'>;
  readonly jobs: readonly { readonly n: number; readonly active: boolean }[];
}

/** How names of what is kept here end: `00000042-1-sources`. */
export const HELD_SOURCES = '-sources';

const JOBS_PER_PART = 250;

/**
 * Sources that jobs under way hold. Reads the manifests of active jobs, each once on this machine: a manifest that was
 * published never changes.
 * @throws CogconvError naming a manifest that cannot be read: its files cannot be told from free ones
 */
export async function* sourcesInFlight(places: HeldPlaces, runs: Iterable<HeldRun>): AsyncGenerator<string> {
  for (const { record, jobs } of runs) {
    const active = jobs.filter((job) => job.active).map(({ n }) => n);
    for (const [part, numbers] of partsOf(active)) {
      for (const packed of await heldBy(places, record, part, numbers)) yield* unpackKeys(packed);
    }
  }
}

function partsOf(jobs: readonly number[]): ReadonlyMap<number, readonly number[]> {
  const parts = new Map<number, number[]>();
  for (const n of jobs) {
    const part = Math.ceil(n / JOBS_PER_PART);
    const known = parts.get(part);
    if (known === undefined) parts.set(part, [n]);
    else known.push(n);
  }
  return parts;
}

async function heldBy(
  { store, cogPrefix, cache }: HeldPlaces,
  { run, sequence }: HeldRun['record'],
  part: number,
  jobs: readonly number[],
): Promise<readonly string[]> {
  const name = `${summaryName(sequence, part)}${HELD_SOURCES}`;
  const known = parseSources((await cache.read(name)) ?? '', run);
  const missing = jobs.filter((n) => !known.has(n));
  const keys = missing.map((n) => manifestKey(cogPrefix, run, n));
  for await (const { job, files } of readManifests(store, keys)) {
    known.set(job, packKeys(files.map(({ source }) => source)));
  }
  if (missing.length > 0) await cache.write(name, serialiseSources(run, known));
  return jobs.flatMap((n) => known.get(n) ?? []);
}

/** A line per job: `[3,"0:src/a1.tif\n5:2.tif"]`. */
function serialiseSources(run: string, sources: ReadonlyMap<number, string>): string {
  return sealLines(
    run,
    Array.from(sources, (row) => JSON.stringify(row)),
  );
}

function parseSources(text: string, run: string): Map<number, string> {
  const lines = unsealLines(text, run)?.filter((line) => line !== '') ?? [];
  // whole and of this cogconv, by the seal
  return new Map(lines.map((line) => JSON.parse(line) as [number, string]));
}
