import { classifyEnd, explainEnd, type EndFacts } from './batch-reasons.ts';
import { isActive, JOB_STATES, type JobState } from './job-states.ts';
import type { ObservedJob } from './job-views.ts';
import { explainWaiting, type PlaceState } from './runnable-hints.ts';

/** A plain job or an array child as Batch tells of it, in a description or a listing. */
export interface BatchJobFacts {
  readonly jobId: string;
  readonly status: JobState;
  /** Of the job; its last attempt's once it is over. */
  readonly end: EndFacts;
  /** Ends of the attempts so far, oldest first; null: not known (a listing). */
  readonly attempts: readonly EndFacts[] | null;
  /** Milliseconds since 1970; null where Batch says nothing. */
  readonly createdAt: number | null;
  readonly startedAt: number | null;
  readonly stoppedAt: number | null;
}

/** What observing needs besides the jobs. */
export interface ObservedAt {
  /** Milliseconds since 1970. */
  readonly now: number;
  /** Queue and environments, for jobs that wait for long. */
  readonly places: readonly PlaceState[];
}

/** The job in our words. */
export function observeJob(job: BatchJobFacts, at: ObservedAt): ObservedJob {
  const since = job.stoppedAt ?? (job.status === 'RUNNING' ? job.startedAt : null) ?? job.createdAt;
  return {
    state: job.status,
    jobId: job.jobId,
    reason: reasonOf(job, at),
    attempts: attemptsOf(job),
    spotLosses: (job.attempts ?? []).filter((end) => classifyEnd(end) === 'spot-loss').length,
    since: since === null ? null : new Date(since).toISOString(),
  };
}

/** Whether the job has not found a place yet. */
export function isWaiting({ status }: Pick<BatchJobFacts, 'status'>): boolean {
  return status === 'SUBMITTED' || status === 'PENDING' || status === 'RUNNABLE';
}

function reasonOf(job: BatchJobFacts, { now, places }: ObservedAt): string | null {
  if (job.status === 'FAILED') return explainEnd(job.end);
  if (job.status !== 'RUNNABLE') return null;
  const { statusReason } = job.end;
  const lost = classifyEnd({ ...job.end, exitCode: null });
  // a job that waits for its next attempt keeps the reason of the one before
  if (lost !== 'exit') return `tried again: ${explainEnd(job.end) ?? lost}`;
  return explainWaiting({ statusReason, waitedMs: now - (job.createdAt ?? now), places });
}

/** The list holds attempts that ended; one under way comes on top. */
function attemptsOf({ attempts, status }: BatchJobFacts): number {
  const begun = isWaiting({ status }) ? 0 : 1;
  if (attempts === null) return begun;
  const underWay = status === 'STARTING' || status === 'RUNNING' ? 1 : 0;
  return Math.max(attempts.length + underWay, begun);
}

/** Children of an array job by state, as its statusSummary counts them. */
export type StateCounts = Readonly<Partial<Record<JobState, number>>>;

/** How to learn the states of an array's children with few calls. */
export interface ChildListing {
  /** States to list, in the order of life: a child that moves meanwhile is met again further on. */
  readonly list: readonly JobState[];
  /** A state of which one page tells enough; null: none. */
  readonly sample: JobState | null;
  /** The state of all children that no listing names. */
  readonly rest: JobState;
}

const WAITING: readonly JobState[] = ['SUBMITTED', 'PENDING', 'RUNNABLE'];

/**
 * Decides by the array's own state and the counts, which are empty before Batch has made the children. While the array runs, those
 * that wait are the rest: a wrong guess there calls a job active, never done. The succeeded ones are not listed then, as each of
 * them has left a result that says so. Children of an array that is over move no more: the rarer end is listed, the other is the rest.
 */
export function planChildListing(array: JobState, counts: StateCounts): ChildListing {
  const countOf = (state: JobState): number => counts[state] ?? 0;
  const present = JOB_STATES.filter((state) => countOf(state) > 0);
  if (!isActive(array)) {
    const isMostlyFailed = countOf('FAILED') > countOf('SUCCEEDED');
    const [rest, rarer] = isMostlyFailed
      ? (['FAILED', 'SUCCEEDED'] as const)
      : (['SUCCEEDED', 'FAILED'] as const);
    return { list: present.filter((state) => state === rarer), sample: isMostlyFailed ? rest : null, rest };
  }
  const waiting = WAITING.filter((state) => present.includes(state));
  const most = waiting.toSorted((a, b) => countOf(b) - countOf(a))[0] ?? null;
  const list = present.filter((state) => state !== most && state !== 'SUCCEEDED');
  return { list, sample: most, rest: most ?? (present.length === 0 ? array : 'RUNNING') };
}

/** Children of an array of that size which are not over yet. */
export function activeCount(counts: StateCounts, size: number): number {
  return size - (counts.SUCCEEDED ?? 0) - (counts.FAILED ?? 0);
}
