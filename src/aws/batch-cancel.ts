import pLimit from 'p-limit';
import { activeCount, type StateCounts } from '../plan/batch-observations.ts';
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
  arrayIds: readonly string[],
  reason: string,
): Promise<void> {
  const before = await countsOf(clients, arrayIds);
  if ([...before.values()].every((counts) => activeCount(counts) === 0)) return;
  await clock.sleep(PATIENCE_MS);
  for (const [id, counts] of await countsOf(clients, arrayIds)) {
    const untouched = activeCount(counts) > 0 && activeCount(counts) === activeCount(before.get(id) ?? {});
    if (untouched) await terminateEach(clients, id, reason);
  }
}

async function countsOf(
  clients: AwsClients,
  arrayIds: readonly string[],
): Promise<ReadonlyMap<string, StateCounts>> {
  const arrays = await describeJobs(clients, arrayIds);
  return new Map([...arrays].map(([id, { children }]) => [id, children ?? {}]));
}

async function terminateEach(clients: AwsClients, arrayId: string, reason: string): Promise<void> {
  const limit = pLimit(AT_ONCE);
  for (const state of JOB_STATES.filter(isActive)) {
    const { children } = await listChildren(clients, arrayId, state);
    await limit.map(children, ({ jobId }) => terminateJob(clients, jobId, reason));
  }
}
