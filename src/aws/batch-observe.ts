import type { BatchSubmission } from '../contract/run-record.ts';
import {
  isWaiting,
  observeJob,
  planChildListing,
  type BatchJobFacts,
  type ObservedAt,
} from '../plan/batch-observations.ts';
import { isActive, type JobState } from '../plan/job-states.ts';
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
  const seen: SeenSubmission[] = [];
  for (const submission of asked) {
    const parent = parents.get(submission.jobId);
    if (parent !== undefined) seen.push(await look(clients, submission, parent));
  }
  const places = await placesFor(clients, queue, seen, now);
  const observed = new Map<number, JobObservation>();
  for (const one of seen) addObserved(observed, one, { now, places });
  return observed;
}

/** A submit and its jobs of which the end is not known. */
interface AskedSubmission extends BatchSubmission {
  readonly open: readonly number[];
}

function openJobs({ firstJob, jobs }: BatchSubmission, finished: ReadonlySet<number>): readonly number[] {
  return Array.from({ length: jobs }, (_, index) => firstJob + index).filter((n) => !finished.has(n));
}

/** What Batch tells of a submit's open jobs: of some one by one, of the others alike. */
interface SeenSubmission {
  readonly submission: AskedSubmission;
  readonly told: ReadonlyMap<string, BatchJobFacts>;
  /** null: of the others it tells nothing. */
  readonly rest: BatchJobFacts | null;
}

async function look(
  clients: AwsClients,
  submission: AskedSubmission,
  parent: DescribedJob,
): Promise<SeenSubmission> {
  if (parent.children === null) return { submission, told: new Map([[parent.jobId, parent]]), rest: null };
  const { open } = submission;
  if (open.length > DESCRIBED_CHILDREN) return await listedChildren(clients, submission, parent);
  const told = await describeJobs(
    clients,
    open.map((n) => childId(submission, n)),
  );
  // right after the submit the children are not there yet; later on all of them are told
  return { submission, told, rest: isActive(parent.status) ? { ...parent, attempts: null } : null };
}

async function listedChildren(
  clients: AwsClients,
  submission: AskedSubmission,
  parent: DescribedJob,
): Promise<SeenSubmission> {
  const { list, sample, rest } = planChildListing(parent.status, parent.children ?? {});
  const arrayId = submission.jobId;
  const told = new Map<string, BatchJobFacts>();
  let pages = LISTED_PAGES;
  for (const state of list) pages -= await takeChildren(clients, told, { arrayId, state, pages });
  pages = Math.min(1, pages);
  if (sample !== null) await takeChildren(clients, told, { arrayId, state: sample, pages });
  const failed = submission.open
    .map((n) => childId(submission, n))
    .filter((id) => told.get(id)?.status === 'FAILED');
  for (const [id, child] of await describeJobs(clients, failed.slice(0, DESCRIBED_FAILURES))) {
    told.set(id, child);
  }
  return { submission, told, rest: { ...parent, status: rest, attempts: null } };
}

function addObserved(
  observed: Map<number, JobObservation>,
  { submission, told, rest }: SeenSubmission,
  at: ObservedAt,
): void {
  const ofRest = rest === null ? null : observeJob(rest, at);
  for (const n of submission.open) {
    const jobId = childId(submission, n);
    const job = told.get(jobId);
    if (job !== undefined) observed.set(n, observeJob(job, at));
    else if (ofRest !== null) observed.set(n, { ...ofRest, jobId });
  }
}

function childId({ jobId, firstJob, jobs }: BatchSubmission, n: number): string {
  return jobs === 1 ? jobId : `${jobId}:${String(n - firstJob)}`;
}

/** Adds the children in one state, as far as so many pages tell them; returns how many pages it took. */
async function takeChildren(
  clients: AwsClients,
  told: Map<string, BatchJobFacts>,
  { arrayId, state, pages }: { readonly arrayId: string; readonly state: JobState; readonly pages: number },
): Promise<number> {
  const listed = await listChildren(clients, arrayId, state, pages);
  for (const child of listed.children) told.set(child.jobId, child);
  return listed.pages;
}

/** Asked for only when a job waits for long and Batch gives no reason. */
async function placesFor(
  clients: AwsClients,
  queue: string,
  seen: readonly SeenSubmission[],
  now: number,
): Promise<readonly PlaceState[]> {
  const jobs = seen.flatMap(({ told, rest }) => [...told.values(), ...(rest === null ? [] : [rest])]);
  const isStuck = jobs.some((job) => {
    const waitedMs = now - (job.createdAt ?? now);
    return isWaiting(job) && waitedMs >= LONG_WAIT_MS && job.end.statusReason === null;
  });
  return isStuck ? readPlaces(clients, queue) : [];
}
