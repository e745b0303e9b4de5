import type { ConversionOptions } from '../src/contract/options.ts';
import type { Decision } from '../src/contract/result.ts';
import { FileFailure } from './file-failure.ts';
import {
  cacheForBlocksMiB,
  MIB,
  MIN_CACHE_MIB,
  samplingMiB,
  TILE_SIDE,
  type Conversion,
  type SourceFile,
} from './block-memory.ts';
import { GDAL_MIB, memoryOf, planMemory } from './file-memory.ts';
import { wholeCacheMiB } from './overview-memory.ts';
import { inspectingTableMiB } from './table-memory.ts';
import { pixelBytes, rawBytes, type RasterHeader } from './raster-header.ts';

/** Threads and memory that GDAL runs share. */
export interface Resources {
  readonly threads: number;
  readonly memoryMiB: number;
}

/** How one raster is converted. */
export interface FilePlan extends Resources {
  readonly cacheMiB: number;
  readonly timeoutMs: number;
  /** Why so many threads, so much memory and time. */
  readonly decisions: readonly Decision[];
}

/** The worker process itself: Node, upload buffers. */
const WORKER_MIB = 200;
/** A raster of this many decoded bytes gets all threads: its compression dominates, and it would else end last and alone. */
const LARGE_BYTES = 512 * MIB;

const MIN_TIMEOUT_MS = 600_000;
/** Decoded bytes per second that even a slow disk and codec reach. */
const SLOWEST_BYTES_PER_SECOND = 2 * MIB;

/** What all GDAL runs of a job may use together. */
export function budgetOf({ vcpus, memoryMiB }: Pick<ConversionOptions, 'vcpus' | 'memoryMiB'>): Resources {
  return {
    threads: Math.max(1, Math.floor(vcpus)),
    memoryMiB: Math.max(GDAL_MIB + MIN_CACHE_MIB, memoryMiB - WORKER_MIB),
  };
}

/** Files in flight: as many as convert at once, and as many again on their way in or out. */
export function slotsOf(budget: Resources): number {
  return 2 * budget.threads + 1;
}

/** Sources on their way in at once, as many as convert at once; each counts as a thread, though it takes little of one. */
export function fetchesOf({ threads }: Resources): Resources {
  return { threads, memoryMiB: 0 };
}
export const ONE_FETCH: Resources = { threads: 1, memoryMiB: 0 };

export const INSPECTION_CACHE_MIB = MIN_CACHE_MIB;
/** What reading a header and a sample takes: one thread and little memory. */
export const INSPECTION: Resources = { threads: 1, memoryMiB: GDAL_MIB + INSPECTION_CACHE_MIB };

/** With a PAM file beside the raster; all memory where an attribute table may take more. */
export function inspectionOf(pamBytes: number, { memoryMiB }: Resources): Resources {
  const needed = INSPECTION.memoryMiB + inspectingTableMiB(pamBytes);
  return { ...INSPECTION, memoryMiB: Math.max(INSPECTION.memoryMiB, Math.min(needed, memoryMiB)) };
}

/** What it takes when GDAL decodes the sample: a block is decoded whole, however little of it is wanted. */
export function samplingOf(source: SourceFile): Resources {
  return { threads: 1, memoryMiB: INSPECTION.memoryMiB + samplingMiB(source, INSPECTION_CACHE_MIB) };
}

/** What else a plan depends on. */
export interface PlanFacts {
  readonly budget: Resources;
  readonly filesLeft: number;
  readonly fileTimeoutSeconds: number | null;
  readonly sourceBytes: number;
  /** Of the `.aux.xml` beside it, 0 where there is none. */
  readonly pamBytes: number;
  /** GDAL's name of what overviews are made by; null where none are made. */
  readonly resampling: string | null;
}

/**
 * Threads, memory and time for one raster: one thread each while there are files enough to keep all threads busy,
 * more for a large one or when few are left. `memoryMiB` above the budget's means that the raster does not fit, not even
 * with blocks that are decoded again and again.
 */
export function planFile(header: RasterHeader, job: PlanFacts): FilePlan {
  const source = { header, sourceBytes: job.sourceBytes, resampling: job.resampling };
  const wanted = threadsFor(header, job.budget, job.filesLeft);
  const { threads, leastMiB } = mostThatFit(source, wanted.threads, job.budget);
  const cacheMiB = cacheOf(source, { threads, leastMiB, budget: job.budget });
  const memory = planMemory(source, job.pamBytes, { threads, cacheMiB }, job.budget.memoryMiB);
  const because =
    threads < wanted.threads ? 'the tiles of more threads would not fit the memory' : wanted.because;
  return {
    threads,
    cacheMiB,
    memoryMiB: memory.memoryMiB,
    timeoutMs: timeoutOf(header, job.fileTimeoutSeconds),
    decisions: [
      { option: 'NUM_THREADS', value: String(threads), because },
      memory.decision,
      { option: 'FILE_TIMEOUT', ...shownTimeout(header, job.fileTimeoutSeconds) },
    ],
  };
}

function shownTimeout(header: RasterHeader, seconds: number | null): Omit<Decision, 'option'> {
  const value = `${String(Math.round(timeoutOf(header, seconds) / 1000))} s`;
  if (seconds !== null && seconds > 0) return { value, because: 'set' };
  const mib = String(Math.ceil(rawBytes(header) / MIB));
  return { value, because: `600 s, and one for each 2 MiB of ${mib} MiB of pixels` };
}

/** Threads that fit with the cache that large blocks want, else with the smallest: a raster is better converted slowly than refused. */
function mostThatFit(
  source: Conversion,
  wanted: number,
  { memoryMiB }: Resources,
): { readonly threads: number; readonly leastMiB: number } {
  for (const leastMiB of [cacheForBlocksMiB(source), MIN_CACHE_MIB]) {
    for (let threads = wanted; threads >= 1; threads -= 1) {
      if (memoryOf(source, { threads, cacheMiB: leastMiB }) <= memoryMiB) return { threads, leastMiB };
    }
  }
  return { threads: 1, leastMiB: MIN_CACHE_MIB };
}

/** As much as helps within the threads' share of the memory; what large blocks want may go beyond it, for to decode them again costs more. */
function cacheOf(
  source: Conversion,
  { threads, leastMiB, budget }: { threads: number; leastMiB: number; budget: Resources },
): number {
  // a cache that does not hold all of them holds none for long enough
  if (leastMiB < cacheForBlocksMiB(source)) return leastMiB;
  const shareMiB = Math.floor((budget.memoryMiB * threads) / budget.threads);
  const wholeMiB = rawBytes(source.header) < LARGE_BYTES ? wholeCacheMiB(source.header) : null;
  if (wholeMiB !== null && memoryOf(source, { threads, cacheMiB: wholeMiB }) <= shareMiB)
    return Math.max(leastMiB, wholeMiB);
  const wantedMiB = Math.max(leastMiB, wantedCacheMiB(source.header));
  const freeMiB = shareMiB - memoryOf(source, { threads, cacheMiB: wantedMiB }) + wantedMiB;
  return Math.max(leastMiB, Math.min(wantedMiB, freeMiB));
}

function threadsFor(
  header: RasterHeader,
  budget: Resources,
  filesLeft: number,
): { readonly threads: number; readonly because: string } {
  if (rawBytes(header) >= LARGE_BYTES) return { threads: budget.threads, because: 'a large raster' };
  const share = Math.floor(budget.threads / Math.max(1, filesLeft));
  if (share <= 1) return { threads: 1, because: 'other files keep the other threads busy' };
  const blocks = Math.ceil(header.width / TILE_SIDE) * Math.ceil(header.height / TILE_SIDE);
  return blocks < share
    ? { threads: blocks, because: 'one for each of its blocks' }
    : { threads: share, because: 'few files are left' };
}

/** Two rows of tiles: strips span the whole width and would else be decoded once per tile. Never more than the raster. */
function wantedCacheMiB(header: RasterHeader): number {
  const rowOfTiles = TILE_SIDE * header.width * pixelBytes(header.bands);
  return Math.ceil(Math.min(2 * rowOfTiles, rawBytes(header)) / MIB) + MIN_CACHE_MIB;
}

function timeoutOf(header: RasterHeader, seconds: number | null): number {
  if (seconds !== null && seconds > 0) return seconds * 1000;
  // setTimeout counts in 31 bits
  return Math.min(
    2 ** 31 - 1,
    MIN_TIMEOUT_MS + Math.ceil((rawBytes(header) / SLOWEST_BYTES_PER_SECOND) * 1000),
  );
}

/** The failure of a raster that needs more memory than the job has. */
export function tooLarge({ bands }: RasterHeader, need: Resources, budget: Resources): FileFailure {
  const blocks = new Set(bands.map(({ block }) => block.join(' x ')));
  const what = `bands: ${String(bands.length)}, blocks of ${[...blocks].join(', ')} pixels`;
  const message = `needs ${String(need.memoryMiB)} MiB (${what}), the job has ${String(budget.memoryMiB)}`;
  return new FileFailure('does-not-fit', message);
}

/**
 * Largest first, so that no long conversion starts last; but before them the smallest, one for each thread: they are fetched in no
 * time, and so is a large one while they are converted. Equal ones stay in the manifest's order.
 */
export function workOrder<T extends { readonly size: number }>(
  files: readonly T[],
  { threads }: Resources,
): readonly T[] {
  const bySize = [...files].sort((a, b) => a.size - b.size);
  const smallest = bySize.splice(0, threads);
  return [...smallest, ...bySize.sort((a, b) => b.size - a.size)];
}

/** Whether `need` can start beside what is in use. */
export function fits(need: Resources, inUse: Resources, budget: Resources): boolean {
  return (
    inUse.threads + need.threads <= budget.threads && inUse.memoryMiB + need.memoryMiB <= budget.memoryMiB
  );
}
