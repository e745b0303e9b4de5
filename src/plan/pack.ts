import { biggestFirst } from './biggest-first.ts';
import { valueAt } from './column.ts';
import { JobHeap } from './job-heap.ts';
import type { PlannedFile } from './planned-rows.ts';
import { rowAt, rowsOf, type Rows } from './rows.ts';
import { bytesWorth } from './work-estimate.ts';

/** Jobs of a plan, biggest first; their files are made when asked for, biggest first too. */
export interface PackedJobs extends Rows<readonly PlannedFile[]> {
  /** Number of files of job `index` (from 0). */
  filesIn(index: number): number;
  bytesIn(index: number): number;
}

/** What no job may exceed, and how many run at once. */
export interface PackLimits {
  readonly filesPerJob: number;
  /** A single file may have more; it is then alone in its job. null = no limit. */
  readonly maxJobBytes: number | null;
  /** How many jobs can run at the same time; null = not known. */
  readonly slots: number | null;
}

/** Where bytes ask for more jobs, at least one in so many is added, so that a few tries do. */
const SMALLEST_GROWTH = 64;

/** Files in key order, with their sizes at hand; arrays of rows have no `sizeAt`. */
type SizedRows = Rows<PlannedFile> & { sizeAt?(index: number): number };

/** What earlier tries told of files that took far longer than their bytes tell. */
export interface KnownWork {
  /** null: nothing. */
  slowSeconds(source: string, etag: string): number | null;
}

/**
 * Spreads files over `ceil(n / filesPerJob)` jobs (more only where `maxJobBytes` asks for it) with the work as even as can
 * be. Work is bytes, but for files of which more is known. Most work first, each to the job that is furthest below its share and has room (LPT). Where more than one job runs at
 * a time, the shares of the jobs that start last shrink, so that all slots end at about the same moment (docs/planning.md).
 * The same files give the same jobs.
 */
export function packJobs(files: SizedRows, limits: PackLimits, known: KnownWork | null = null): PackedJobs {
  const sizes = sizesOf(files);
  const work = known === null ? sizes : workOf(files, sizes, known);
  const order = biggestFirst(work);
  const all = work.reduce((sum, size) => sum + size, 0);
  let jobs = leastJobs(sizes, limits);
  for (;;) {
    // With a job for every file, only equal shares put each into its own.
    const slots = jobs < sizes.length ? limits.slots : null;
    const shares = sharesOf(jobs, all, slots);
    const grouping = groupByJob(sizes, work, order, assign(work, order, shares, limits.filesPerJob));
    const missing = missingJobs(grouping, limits);
    if (missing === 0) return packedJobs(files, grouping);
    jobs = Math.min(sizes.length, jobs + Math.ceil(Math.max(jobs / SMALLEST_GROWTH, missing)));
  }
}

function sizesOf(files: SizedRows): Float64Array {
  if (files.sizeAt === undefined) return Float64Array.from(files, ({ size }) => size);
  const sizes = new Float64Array(files.length);
  for (let index = 0; index < sizes.length; index++) sizes[index] = files.sizeAt(index);
  return sizes;
}

/** In bytes of ordinary rasters. */
function workOf(files: SizedRows, sizes: Float64Array, known: KnownWork): Float64Array {
  return sizes.map((size, index) => {
    const { source, etag } = rowAt(files, index);
    const seconds = known.slowSeconds(source, etag);
    return seconds === null ? size : Math.max(size, bytesWorth(seconds));
  });
}

/** A file above the limit of bytes takes one job, however big it is. */
function leastJobs(sizes: Float64Array, { filesPerJob, maxJobBytes }: PackLimits): number {
  const byFiles = Math.ceil(sizes.length / filesPerJob);
  if (maxJobBytes === null) return byFiles;
  const byBytes = sizes.reduce((jobs, size) => jobs + Math.min(1, size / maxJobBytes), 0);
  return Math.min(sizes.length, Math.max(byFiles, Math.ceil(byBytes)));
}

/** Of as many rounds of jobs the shares shrink towards nothing; measured, see docs/planning.md. */
const SHRINKING_ROUNDS = 2;

/** Work that each job shall have, falling. */
function sharesOf(jobs: number, work: number, slots: number | null): Float64Array {
  const shrinking = slots === null || slots === 1 ? 0 : SHRINKING_ROUNDS * slots;
  const weights = Float64Array.from({ length: jobs }, (_, job) =>
    Math.min(1, (jobs - job) / Math.max(1, shrinking)),
  );
  const all = weights.reduce((sum, weight) => sum + weight, 0);
  return weights.map((weight) => (weight / all) * work);
}

/** The job of each file, by file number. */
function assign(
  work: Float64Array,
  order: Uint32Array,
  shares: Float64Array,
  filesPerJob: number,
): Uint32Array {
  const jobOf = new Uint32Array(work.length);
  const biggest = valueAt(shares, 0);
  // A job with a smaller share starts as if it held the difference.
  const heap = new JobHeap(shares.map((share) => biggest - share));
  const room = new Uint32Array(shares.length).fill(filesPerJob);
  for (const file of order) {
    const job = heap.lightest();
    jobOf[file] = job;
    const left = valueAt(room, job) - 1;
    room[job] = left;
    if (left === 0) heap.close();
    else heap.load(valueAt(work, file));
  }
  return jobOf;
}

/** File numbers job by job, jobs by falling work: job `n` has those from `starts[n]` to `starts[n + 1]`. */
interface Grouping {
  readonly files: Uint32Array;
  readonly starts: Uint32Array;
  readonly bytes: Float64Array;
}

function groupByJob(
  sizes: Float64Array,
  work: Float64Array,
  order: Uint32Array,
  jobOf: Uint32Array,
): Grouping {
  const { counts, loads } = totalsByJob(work, jobOf);
  const bytes = work === sizes ? loads : totalsByJob(sizes, jobOf).loads;
  // More jobs than the files need can leave some without any.
  const byLoad = biggestFirst(loads).filter((job) => valueAt(counts, job) > 0);
  const starts = new Uint32Array(byLoad.length + 1);
  const nextOf = new Uint32Array(loads.length);
  byLoad.forEach((job, place) => {
    nextOf[job] = valueAt(starts, place);
    starts[place + 1] = valueAt(starts, place) + valueAt(counts, job);
  });
  const files = new Uint32Array(order.length);
  for (const file of order) {
    const job = valueAt(jobOf, file);
    const at = valueAt(nextOf, job);
    files[at] = file;
    nextOf[job] = at + 1;
  }
  return { files, starts, bytes: Float64Array.from(byLoad, (job) => valueAt(bytes, job)) };
}

function totalsByJob(
  amounts: Float64Array,
  jobOf: Uint32Array,
): { counts: Uint32Array; loads: Float64Array } {
  const jobs = jobOf.reduce((most, job) => Math.max(most, job + 1), 0);
  const counts = new Uint32Array(jobs);
  const loads = new Float64Array(jobs);
  jobOf.forEach((job, file) => {
    counts[job] = valueAt(counts, job) + 1;
    loads[job] = valueAt(loads, job) + valueAt(amounts, file);
  });
  return { counts, loads };
}

/** How many jobs the bytes above the limit would fill, of all jobs that could be cut into smaller ones. */
function missingJobs({ starts, bytes }: Grouping, { maxJobBytes }: PackLimits): number {
  if (maxJobBytes === null) return 0;
  const filesIn = (job: number): number => valueAt(starts, job + 1) - valueAt(starts, job);
  return bytes.reduce(
    (sum, load, job) => sum + (filesIn(job) > 1 ? Math.max(0, load / maxJobBytes - 1) : 0),
    0,
  );
}

function packedJobs(rows: Rows<PlannedFile>, { files, starts, bytes }: Grouping): PackedJobs {
  const filesOf = (index: number): PlannedFile[] =>
    [...files.subarray(starts[index], starts[index + 1])].map((file) => rowAt(rows, file));
  return Object.assign(rowsOf(bytes.length, filesOf), {
    filesIn: (index: number) => valueAt(starts, index + 1) - valueAt(starts, index),
    bytesIn: (index: number) => valueAt(bytes, index),
  });
}
