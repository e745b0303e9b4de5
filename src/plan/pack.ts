import { JobHeap } from './job-heap.ts';
import type { PlannedFile } from './planned-rows.ts';
import { rowsOf, type Rows } from './rows.ts';

/** Jobs of a plan, biggest first; their files are made when asked for, biggest first too. */
export interface PackedJobs extends Rows<readonly PlannedFile[]> {
  /** Number of files of job `index` (from 0). */
  filesIn(index: number): number;
  bytesIn(index: number): number;
}

/** Files in key order, with their sizes at hand; arrays of rows have no `sizeAt`. */
type SizedRows = Rows<PlannedFile> & { sizeAt?(index: number): number };

/**
 * Spreads files over `ceil(n / filesPerJob)` jobs of at most `filesPerJob` files, with the bytes as even as can be: biggest
 * file first, each to the job with the fewest bytes that has room (LPT). The same files give the same jobs.
 */
export function packJobs(files: SizedRows, filesPerJob: number): PackedJobs {
  const sizes = sizesOf(files);
  const jobs = Math.ceil(sizes.length / filesPerJob);
  const order = biggestFirst(sizes);
  const jobOf = assign(sizes, order, jobs, filesPerJob);
  return packedJobs(files, groupByJob(sizes, order, jobOf, jobs));
}

function sizesOf(files: SizedRows): Float64Array {
  const sizes = new Float64Array(files.length);
  for (let index = 0; index < sizes.length; index++) {
    sizes[index] = files.sizeAt?.(index) ?? files.at(index)?.size ?? 0;
  }
  return sizes;
}

/** File numbers by falling size; equal sizes in key order. */
function biggestFirst(sizes: Float64Array): Uint32Array {
  const order = Uint32Array.from(sizes, (_, index) => index);
  return order.sort((a, b) => (sizes[b] ?? 0) - (sizes[a] ?? 0) || a - b);
}

/** The job of each file, by file number. */
function assign(sizes: Float64Array, order: Uint32Array, jobs: number, filesPerJob: number): Uint32Array {
  const jobOf = new Uint32Array(sizes.length);
  const heap = new JobHeap(jobs);
  const room = new Uint32Array(jobs).fill(filesPerJob);
  for (const file of order) {
    const job = heap.lightest();
    jobOf[file] = job;
    const left = (room[job] ?? 0) - 1;
    room[job] = left;
    if (left === 0) heap.close();
    else heap.load(sizes[file] ?? 0);
  }
  return jobOf;
}

/** File numbers job by job, jobs by falling bytes: job `n` has those from `starts[n]` to `starts[n + 1]`. */
interface Grouping {
  readonly files: Uint32Array;
  readonly starts: Uint32Array;
  readonly bytes: Float64Array;
}

function groupByJob(sizes: Float64Array, order: Uint32Array, jobOf: Uint32Array, jobs: number): Grouping {
  const counts = new Uint32Array(jobs);
  const loads = new Float64Array(jobs);
  jobOf.forEach((job, file) => {
    counts[job] = (counts[job] ?? 0) + 1;
    loads[job] = (loads[job] ?? 0) + (sizes[file] ?? 0);
  });
  const byLoad = biggestFirst(loads);
  const starts = new Uint32Array(jobs + 1);
  const nextOf = new Uint32Array(jobs);
  byLoad.forEach((job, place) => {
    nextOf[job] = starts[place] ?? 0;
    starts[place + 1] = (starts[place] ?? 0) + (counts[job] ?? 0);
  });
  const files = new Uint32Array(order.length);
  for (const file of order) {
    const job = jobOf[file] ?? 0;
    const at = nextOf[job] ?? 0;
    files[at] = file;
    nextOf[job] = at + 1;
  }
  return { files, starts, bytes: loads.map((_, place) => loads[byLoad[place] ?? 0] ?? 0) };
}

function packedJobs(rows: Rows<PlannedFile>, { files, starts, bytes }: Grouping): PackedJobs {
  const filesOf = (index: number): PlannedFile[] =>
    [...files.subarray(starts[index], starts[index + 1])].flatMap((file) => rows.at(file) ?? []);
  return Object.assign(rowsOf(bytes.length, filesOf), {
    filesIn: (index: number) => (starts[index + 1] ?? 0) - (starts[index] ?? 0),
    bytesIn: (index: number) => bytes[index] ?? 0,
  });
}
