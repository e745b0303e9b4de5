import pLimit from 'p-limit';
import type { BatchSubmission } from '../contract/run-record.ts';
import { activeCount } from '../plan/batch-observations.ts';
import { isActive, JOB_STATES } from '../plan/job-states.ts';
import type { Clock } from '../ports.ts';
import { describeJobs, listChildren, terminateJob } from './batch-jobs.ts';
import type { AwsClients } from './clients.ts';

/** The end of a parent reaches its children within moments; a running one has 30 s until it is killed. */
const PATIENCE_MS = 4_000;
/** An account has 50 calls a second in all. */
const AT_ONCE = 8;

/**
 * Ends the children of terminated arrays one by one where the parent's end did not reach any of them: Batch has promised
 * to pass it on, so that mostly nothing is to be done here.
 */
export async function terminateChildren(
  clients: AwsClients,
  clock: Clock,
  arrays: readonly Pick<BatchSubmission, 'jobId' | 'jobs'>[],
  reason: string,
): Promise<void> {
  const before = await countActive(clients, arrays);
  if ([...before.values()].every((active) => active === 0)) return;
  await clock.sleep(PATIENCE_MS);
  for (const [id, active] of await countActive(clients, arrays)) {
    if (active > 0 && active === before.get(id)) await terminateEach(clients, id, reason);
  }
}

async function countActive(
  clients: AwsClients,
  arrays: readonly Pick<BatchSubmission, 'jobId' | 'jobs'>[],
): Promise<ReadonlyMap<string, number>> {
  const found = await describeJobs(
    clients,
    arrays.map(({ jobId }) => jobId),
  );
  return new Map(
    arrays.map(({ jobId, jobs }) => [jobId, activeCount(found.get(jobId)?.children ?? {}, jobs)]),
  );
}

async function terminateEach(clients: AwsClients, arrayId: string, reason: string): Promise<void> {
  const limit = pLimit(AT_ONCE);
  for (const state of JOB_STATES.filter(isActive)) {
    const { children } = await listChildren(clients, arrayId, state);
    await limit.map(children, ({ jobId }) => terminateJob(clients, jobId, reason));
  }
}
