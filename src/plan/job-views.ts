import { jobName } from '../contract/naming.ts';
import type { ProcessIdentity } from '../contract/result.ts';
import type { BrokenJob, RunRecord } from '../contract/run-record.ts';
import { isActive, JOB_STATES, type JobState } from './job-states.ts';
import type { ResultSummary } from './result-summary.ts';

/** What a runner says of a job (`JobObservation` of the ports). */
export interface ObservedJob {
  readonly state: JobState;
  readonly jobId: string;
  readonly reason: string | null;
  readonly attempts: number;
  readonly spotLosses: number;
  readonly since: string | null;
}

/** Who still lives, as far as anybody here can know. */
export interface Alive {
  /** The CLI that runs or submits the run. */
  readonly owner: boolean;
  /** Its jobs, as far as their runner goes, which would still know of them if they had ended: one that is not told of is too new. */
  readonly remembered: boolean;
  worker(process: ProcessIdentity): boolean;
}

/** One job, whoever is asked and whenever. */
export interface JobView {
  readonly run: string;
  readonly n: number;
  readonly jobName: string;
  /** Empty while the runner has given none. */
  readonly jobId: string;
  readonly files: number;
  readonly bytes: number;
  readonly state: JobState;
  /** Files of which the COG is there: converted or skipped. */
  readonly done: number;
  readonly converted: number;
  readonly skipped: number;
  readonly failed: number;
  /** Source bytes of all files with an outcome. */
  readonly bytesDone: number;
  readonly convertedBytes: number;
  readonly cogBytes: number;
  readonly attempts: number;
  readonly spotLosses: number;
  /** Why it waits or failed, in the words of whoever saw it. */
  readonly cause: string | null;
  /** The cause, and how far a failed job came: `interrupted; 48 of 50 files done`. */
  readonly reason: string | null;
  /** ISO 8601: when it was last known to change. */
  readonly since: string;
  /** Whether its files are held: nobody else may take them. */
  readonly active: boolean;
}

/** How many jobs are in a state. */
export interface StateCount {
  readonly state: JobState;
  readonly count: number;
}

/** Jobs by state, in the states' order, those that occur. */
export function countStates(jobs: readonly Pick<JobView, 'state'>[]): StateCount[] {
  const counts = new Map<JobState, number>();
  for (const { state } of jobs) counts.set(state, (counts.get(state) ?? 0) + 1);
  return JOB_STATES.flatMap((state) => {
    const count = counts.get(state);
    return count === undefined ? [] : [{ state, count }];
  });
}

/**
 * All jobs of a run, in order. The bucket comes first: a finished result decides. Else the runner's word counts, and for a
 * job that no runner knows, whether its owner or worker lives; else it is over, and its unfinished files are pending again.
 */
export function viewRun(
  record: RunRecord,
  results: ReadonlyMap<number, ResultSummary>,
  observed: ReadonlyMap<number, ObservedJob>,
  alive: Alive,
): JobView[] {
  const broken = new Map(record.broken.map((job) => [job.job, job]));
  return record.jobSizes.map((_, at) => {
    const n = at + 1;
    return viewJob({
      record,
      n,
      result: results.get(n),
      seen: observed.get(n),
      broken: broken.get(n),
      alive,
    });
  });
}

/** Whether the run can do nothing more: time to store it as ended, with what only its runner knew of broken jobs. */
export function endOfRun(
  record: RunRecord,
  views: readonly JobView[],
): { readonly state: 'ended'; readonly broken: readonly BrokenJob[] } | null {
  if (record.state === 'ended' || views.some(({ active }) => active)) return null;
  const broken = views
    .filter(({ state, files, done, failed }) => state === 'FAILED' && done + failed < files)
    .map(({ n, cause, attempts }) => ({ job: n, reason: cause ?? 'failed', attempts }));
  return { state: 'ended', broken };
}

interface JobFacts {
  readonly record: RunRecord;
  readonly n: number;
  readonly result: ResultSummary | undefined;
  readonly seen: ObservedJob | undefined;
  readonly broken: BrokenJob | undefined;
  readonly alive: Alive;
}

interface Verdict {
  readonly state: JobState;
  readonly cause: string | null;
}

function viewJob(facts: JobFacts): JobView {
  const { record, n, seen } = facts;
  const [files, bytes] = record.jobSizes[n - 1] ?? [0, 0];
  const { state, cause } = verdictOn(facts);
  const counts = countsOf(facts.result);
  return {
    run: record.run,
    n,
    jobName: jobName(record.run, n),
    jobId: seen?.jobId ?? jobIdOf(record, n),
    files,
    bytes,
    state,
    ...counts,
    attempts: attemptsOf(facts),
    spotLosses: seen?.spotLosses ?? 0,
    cause,
    reason: state === 'FAILED' ? failedReason(cause, files, counts) : cause,
    since: seen?.since ?? sinceOf(facts),
    active: isActive(state),
  };
}

type Counts = Pick<
  JobView,
  'done' | 'converted' | 'skipped' | 'failed' | 'bytesDone' | 'convertedBytes' | 'cogBytes'
>;

function countsOf(result: ResultSummary | undefined): Counts {
  if (result === undefined)
    return { done: 0, converted: 0, skipped: 0, failed: 0, bytesDone: 0, convertedBytes: 0, cogBytes: 0 };
  const { converted, skipped, failed, sourceBytes: bytesDone, convertedBytes, cogBytes } = result;
  return { done: converted + skipped, converted, skipped, failed, bytesDone, convertedBytes, cogBytes };
}

function attemptsOf({ seen, result, broken }: JobFacts): number {
  return Math.max(seen?.attempts ?? 0, result?.attempt ?? 0, broken?.attempts ?? 0);
}

function sinceOf({ result, record }: JobFacts): string {
  return result?.finishedAt ?? result?.startedAt ?? record.createdAt;
}

function verdictOn(facts: JobFacts): Verdict {
  const { result, seen, broken, record } = facts;
  if (result?.state === 'succeeded') return { state: 'SUCCEEDED', cause: null };
  if (result?.state === 'failed') return { state: 'FAILED', cause: null };
  if (broken !== undefined) return { state: 'FAILED', cause: broken.reason };
  if (record.state === 'ended') return { state: 'FAILED', cause: lostCause(result) };
  if (seen?.state === 'SUCCEEDED') return { state: 'FAILED', cause: NO_RESULT };
  if (seen !== undefined) return { state: seen.state, cause: seen.reason };
  return unobserved(facts);
}

/** Results are read after the runner was asked: there is none, as with an image that holds another program. */
const NO_RESULT = 'the job ended well but left no result: is its image the one that cogconv deploy makes?';
const NOT_LISTED = 'AWS Batch does not list it: just submitted, or from another account or region than yours';

/** No runner knows the job: it was not submitted yet, is too new, runs in another process, or was forgotten. */
function unobserved(facts: JobFacts): Verdict {
  const { record, result, alive } = facts;
  const worker = result?.process ?? null;
  if (worker !== null && alive.worker(worker)) return { state: 'RUNNING', cause: null };
  const waitsForOwner = record.runner === 'local' || record.state === 'published';
  if (waitsForOwner) return waiting(facts);
  return alive.remembered
    ? { state: 'SUBMITTED', cause: NOT_LISTED }
    : { state: 'FAILED', cause: 'no longer known to the runner' };
}

/** For the CLI that runs or submits it. */
function waiting({ record, result, alive }: JobFacts): Verdict {
  if (!alive.owner) return { state: 'FAILED', cause: lostCause(result) };
  return { state: record.runner === 'local' ? 'RUNNABLE' : 'SUBMITTED', cause: null };
}

function lostCause(result: ResultSummary | undefined): string {
  return result === undefined ? 'interrupted before it began' : 'interrupted';
}

/** `interrupted; 48 of 50 files done`, `2 of 50 files failed`. */
function failedReason(cause: string | null, files: number, { done, failed }: Counts): string {
  const tally = [
    ...(done + failed < files ? [`${String(done)} of ${String(files)} files done`] : []),
    ...(failed > 0 ? [`${String(failed)} of ${String(files)} files failed`] : []),
  ].join(', ');
  return [cause, tally].filter((part) => part !== null && part !== '').join('; ');
}

function jobIdOf({ runner, run, submissions }: RunRecord, n: number): string {
  if (runner === 'local') return `local:${jobName(run, n)}`;
  const holds = submissions.find(({ firstJob, jobs }) => n >= firstJob && n < firstJob + jobs);
  if (holds === undefined) return '';
  return holds.jobs === 1 ? holds.jobId : `${holds.jobId}:${String(n - holds.firstJob)}`;
}
