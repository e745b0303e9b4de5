import type { BatchSubmission } from '../contract/run-record.ts';
import {
  isWaiting,
  observeJob,
  planChildListing,
  type BatchJobFacts,
  type ObservedAt,
} from '../plan/batch-observations.ts';
import type { JobState } from '../plan/job-states.ts';
import { LONG_WAIT_MS, type PlaceState } from '../plan/runnable-hints.ts';
import type { JobObservation } from '../ports.ts';
import { describeJobs, listChildren, type DescribedJob } from './batch-jobs.ts';
import { readPlaces } from './batch-places.ts';
import type { AwsClients } from './clients.ts';

/** Up to so many children are described (three calls), which tells their attempts; of more, only their states are listed. */
const DESCRIBED_CHILDREN = 300;
/** Failed children of a large array whose attempts are asked for. */
const DESCRIBED_FAILURES = 100;
/** Of a large array at most so many pages of a thousand children are listed: with all else at most ten calls an array. */
const LISTED_PAGES = 6;

/**
 * The jobs of these submits by number, but for those of which the end is known; what Batch does not know is absent. Some
 * calls per array job, whatever its size, and none where every end is known.
 */
export async function observeSubmissions(
  clients: AwsClients,
  queue: string,
  submissions: readonly BatchSubmission[],
  finished: ReadonlySet<number>,
  now: number,
): Promise<ReadonlyMap<number, JobObservation>> {
  const asked = submissions
    .map((submission) => ({ ...submission, open: openJobs(submission, finished) }))
    .filter(({ open }) => open.length > 0);
  const parents = await describeJobs(
    clients,
    asked.map(({ jobId }) => jobId),
  );
  const jobs = new Map<number, BatchJobFacts>();
  for (const submission of asked) {
    const parent = parents.get(submission.jobId);
    if (parent === undefined) continue;
    for (const [n, job] of await jobsOf(clients, submission, parent)) jobs.set(n, job);
  }
  const at: ObservedAt = { now, places: await placesFor(clients, queue, [...jobs.values()], now) };
  return new Map([...jobs].map(([n, job]) => [n, observeJob(job, at)]));
}

/** A submit and its jobs of which the end is not known. */
interface AskedSubmission extends BatchSubmission {
  readonly open: readonly number[];
}

function openJobs({ firstJob, jobs }: BatchSubmission, finished: ReadonlySet<number>): readonly number[] {
  return Array.from({ length: jobs }, (_, index) => firstJob + index).filter((n) => !finished.has(n));
}

type Numbered = readonly (readonly [n: number, job: BatchJobFacts])[];

async function jobsOf(
  clients: AwsClients,
  { open, firstJob, jobId }: AskedSubmission,
  parent: DescribedJob,
): Promise<Numbered> {
  if (parent.children === null) return [[firstJob, parent]];
  const ids = open.map((n) => `${jobId}:${String(n - firstJob)}`);
  const children =
    ids.length <= DESCRIBED_CHILDREN
      ? await describeJobs(clients, ids)
      : await listedChildren(clients, jobId, parent, ids);
  return ids.flatMap((id, at) => {
    const child = children.get(id);
    return child === undefined ? [] : [[open[at] ?? 0, child] as const];
  });
}

async function listedChildren(
  clients: AwsClients,
  arrayId: string,
  parent: DescribedJob,
  ids: readonly string[],
): Promise<ReadonlyMap<string, BatchJobFacts>> {
  const { list, sample, rest } = planChildListing(parent.children ?? {});
  const found = new Map<string, BatchJobFacts>();
  let pages = LISTED_PAGES;
  for (const state of list) pages -= await takeChildren(clients, found, { arrayId, state, pages });
  if (sample !== null)
    await takeChildren(clients, found, { arrayId, state: sample, pages: Math.min(1, pages) });
  const open = new Set(ids);
  const failed = [...found.values()].filter(({ status, jobId }) => status === 'FAILED' && open.has(jobId));
  const described = failed.slice(0, DESCRIBED_FAILURES).map(({ jobId }) => jobId);
  for (const [id, child] of await describeJobs(clients, described)) found.set(id, child);
  for (const id of ids)
    if (!found.has(id)) found.set(id, { ...parent, jobId: id, status: rest, attempts: null });
  return found;
}

/** Adds the children in one state, as far as so many pages tell them; returns how many pages it took. */
async function takeChildren(
  clients: AwsClients,
  found: Map<string, BatchJobFacts>,
  { arrayId, state, pages }: { readonly arrayId: string; readonly state: JobState; readonly pages: number },
): Promise<number> {
  const listed = await listChildren(clients, arrayId, state, pages);
  for (const child of listed.children) found.set(child.jobId, child);
  return listed.pages;
}

/** Asked for only when a job waits for long and Batch gives no reason. */
async function placesFor(
  clients: AwsClients,
  queue: string,
  jobs: readonly BatchJobFacts[],
  now: number,
): Promise<readonly PlaceState[]> {
  const isStuck = jobs.some((job) => {
    const waitedMs = now - (job.createdAt ?? now);
    return isWaiting(job) && waitedMs >= LONG_WAIT_MS && job.end.statusReason === null;
  });
  return isStuck ? readPlaces(clients, queue) : [];
}
