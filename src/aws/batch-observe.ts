import type { BatchSubmission } from '../contract/run-record.ts';
import {
  isWaiting,
  observeJob,
  planChildListing,
  type BatchJobFacts,
  type ObservedAt,
} from '../plan/batch-observations.ts';
import { LONG_WAIT_MS, type PlaceState } from '../plan/runnable-hints.ts';
import type { JobObservation } from '../ports.ts';
import { describeJobs, listChildren, type DescribedJob } from './batch-jobs.ts';
import { readPlaces } from './batch-places.ts';
import type { AwsClients } from './clients.ts';

/** Up to so many children are described (two calls), which tells their attempts; of more, only their states are listed. */
const DESCRIBED_CHILDREN = 200;
/** Failed children of a large array whose attempts are asked for. */
const DESCRIBED_FAILURES = 100;

/** All jobs of these submits by number; what Batch does not know is absent. Some calls per array job, whatever its size. */
export async function observeSubmissions(
  clients: AwsClients,
  queue: string,
  submissions: readonly BatchSubmission[],
  now: number,
): Promise<ReadonlyMap<number, JobObservation>> {
  const parents = await describeJobs(
    clients,
    submissions.map(({ jobId }) => jobId),
  );
  const jobs = new Map<number, BatchJobFacts>();
  for (const submission of submissions) {
    const parent = parents.get(submission.jobId);
    if (parent === undefined) continue;
    for (const [n, job] of await jobsOf(clients, submission, parent)) jobs.set(n, job);
  }
  const at: ObservedAt = { now, places: await placesFor(clients, queue, [...jobs.values()], now) };
  return new Map([...jobs].map(([n, job]) => [n, observeJob(job, at)]));
}

type Numbered = readonly (readonly [n: number, job: BatchJobFacts])[];

async function jobsOf(
  clients: AwsClients,
  { jobs, firstJob, jobId }: BatchSubmission,
  parent: DescribedJob,
): Promise<Numbered> {
  if (parent.children === null) return [[firstJob, parent]];
  const ids = Array.from({ length: jobs }, (_, index) => `${jobId}:${String(index)}`);
  const children =
    jobs <= DESCRIBED_CHILDREN
      ? await describeJobs(clients, ids)
      : await listedChildren(clients, jobId, parent, ids);
  return ids.flatMap((id, index) => {
    const child = children.get(id);
    return child === undefined ? [] : [[firstJob + index, child] as const];
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
  const sampled = sample === null ? [] : await listChildren(clients, arrayId, sample, true);
  for (const child of sampled) found.set(child.jobId, child);
  for (const state of list) {
    for (const child of await listChildren(clients, arrayId, state)) found.set(child.jobId, child);
  }
  const failed = [...found.values()].filter(({ status }) => status === 'FAILED');
  const described = failed.slice(0, DESCRIBED_FAILURES).map(({ jobId }) => jobId);
  for (const [id, child] of await describeJobs(clients, described)) found.set(id, child);
  for (const id of ids)
    if (!found.has(id)) found.set(id, { ...parent, jobId: id, status: rest, attempts: null });
  return found;
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
