import { summaryName } from '../contract/naming.ts';
import type { RunRecord } from '../contract/run-record.ts';
import { digestResult, type ResultDigest } from '../plan/result-digest.ts';
import type { DocumentCache } from '../ports.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { documentKind, type ListedDocument } from './documents.ts';
import { inOrder } from './in-order.ts';
import { readResults, type ReadResultsOptions } from './results.ts';
import type { SummaryStore } from './summary-store.ts';
import { parseDigests, serialiseDigests, type KeptDigest } from './summary-text.ts';

/** Where results are, and where their digests are kept. */
export interface DigestPlaces {
  readonly store: ObjectStore;
  readonly cogPrefix: string;
  readonly cache: DocumentCache;
  readonly summaries: SummaryStore;
}

type Run = Pick<RunRecord, 'run' | 'sequence' | 'state'>;

/** Jobs in one summary: a third of a megabyte or so, and 160 of them for 2,000,000 files. */
const JOBS_PER_PART = 250;
const PARTS_AT_ONCE = 2;
/** Of a part: a result that waits for its digest takes some tenths of a megabyte, and more at once gain nothing where a CPU reads them. */
const RESULTS_AT_ONCE = 12;

/**
 * Digests of a run's results as they were listed, by the number of their job. A digest that is kept on this machine or in the
 * bucket counts only for the very result that it was made of (by ETag); the others are made anew, and kept: on this machine,
 * and in the bucket once the run has ended.
 * @throws StorageError when a result cannot be had
 */
export async function* readDigests(
  places: DigestPlaces,
  run: Run,
  results: readonly ListedDocument[],
  options: ReadResultsOptions = {},
): AsyncGenerator<ResultDigest> {
  const parts = partsOf(run, results, places.cogPrefix);
  for await (const digests of inOrder(parts, PARTS_AT_ONCE, (part) => readPart(places, part, options))) {
    yield* digests;
  }
}

/** Some jobs of a run: those of one summary. */
interface Part {
  /** `00000042-1`. */
  readonly name: string;
  readonly run: Run;
  /** By job. */
  readonly results: Map<number, ListedDocument>;
}

function partsOf(run: Run, results: readonly ListedDocument[], cogPrefix: string): Part[] {
  const parts = new Map<number, Part>();
  for (const document of results) {
    const kind = documentKind(document.key, cogPrefix);
    if (kind?.kind !== 'result') continue;
    const number = Math.ceil(kind.n / JOBS_PER_PART);
    const part = parts.get(number) ?? { name: summaryName(run.sequence, number), run, results: new Map() };
    part.results.set(kind.n, document);
    parts.set(number, part);
  }
  return [...parts].sort(([a], [b]) => a - b).map(([, part]) => part);
}

async function readPart(
  places: DigestPlaces,
  part: Part,
  options: ReadResultsOptions,
): Promise<ResultDigest[]> {
  const { cache, summaries } = places;
  const found = new Map<number, KeptDigest>();
  const local = takeValid(found, part, await cache.read(part.name));
  if (local < part.results.size) {
    takeValid(found, part, await summaries.read(part.name, options.signal));
  }
  const { made, unkept } = await digestRest(places, part, found, options);
  const kept = byJob([...found.values(), ...made]);
  const isLocalNews = kept.length > local;
  const isBucketNews = isWorthStoring(part, summaries, made.length);
  if (isLocalNews || isBucketNews) {
    const text = serialiseDigests(part.run.run, kept);
    if (isLocalNews) await cache.write(part.name, text);
    if (isBucketNews) await summaries.write(part.name, text);
  }
  return byJob([...kept, ...unkept]).map(({ digest }) => digest);
}

/** Adds what the text tells of results as they are now; returns how many are found by then. */
function takeValid(found: Map<number, KeptDigest>, { run, results }: Part, text: string | null): number {
  const kept = text === null ? null : parseDigests(text, run.run);
  for (const [job, one] of kept ?? []) if (results.get(job)?.etag === one.etag) found.set(job, one);
  return found.size;
}

interface Digested {
  readonly made: readonly KeptDigest[];
  /** Of results that were written anew since they were listed: it is not known what they stand for. */
  readonly unkept: readonly KeptDigest[];
}

async function digestRest(
  { store }: DigestPlaces,
  { results }: Part,
  found: ReadonlyMap<number, KeptDigest>,
  options: ReadResultsOptions,
): Promise<Digested> {
  const rest = [...results].filter(([n]) => !found.has(n)).map(([, document]) => document);
  const made: KeptDigest[] = [];
  const unkept: KeptDigest[] = [];
  for await (const { result, etag } of readResults(store, rest, RESULTS_AT_ONCE, options)) {
    (etag === null ? unkept : made).push({ etag: etag ?? '', digest: digestResult(result) });
  }
  return { made, unkept };
}

/** Only an ended run's results stay as they are; and a single one is read as soon as its summary. */
function isWorthStoring({ name, run, results }: Part, summaries: SummaryStore, made: number): boolean {
  if (run.state !== 'ended' || results.size < 2 || !summaries.isWritable) return false;
  return made > 0 || !summaries.has(name);
}

function byJob(digests: readonly KeptDigest[]): KeptDigest[] {
  return digests.toSorted((a, b) => a.digest.summary.job - b.digest.summary.job);
}
