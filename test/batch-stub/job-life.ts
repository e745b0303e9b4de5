import type { AttemptDetail, EvaluateOnExit, JobStatus } from '@aws-sdk/client-batch';
import { isUsable } from './job-queues.ts';
import { exceedsOverrideLimit } from './submit-job.ts';
import type { Outcome, StubJob, StubState } from './stub-state.ts';

/** Batch forgets terminal jobs after "at least 7 days". */
const KEPT_MS = 7 * 86_400_000;
const EXIT_SIGTERM = 143;
const EXIT_SIGKILL = 137;

/** Moves every job by one virtual second; returns whether any may move again without time passing. */
export function tickJobs(state: StubState): boolean {
  let moved = false;
  for (const job of state.jobs.values()) {
    if (isTerminal(job.status)) continue;
    for (const leaf of job.children.length === 0 ? [job] : job.children)
      moved = tickLeaf(state, leaf) || moved;
    if (job.children.length > 0) settleParent(state, job);
  }
  return moved;
}

/** Cancels what sits at the head of its queue for too long, as jobStateTimeLimitActions say. */
export function applyTimeLimits(state: StubState): void {
  for (const queue of state.queues.values()) {
    const head = leaves(state).find(
      (job) =>
        job.queue === queue.detail.jobQueueArn && job.status === 'RUNNABLE' && job.stopReason === undefined,
    );
    const action = queue.detail.jobStateTimeLimitActions?.find((one) =>
      head?.statusReason?.startsWith(one.reason ?? '\0'),
    );
    if (head === undefined || action === undefined) continue;
    if (state.now - head.since < (action.maxTimeSeconds ?? 0) * 1_000) continue;
    head.isCancelled = true;
    stop(state, head, `Canceled by JobStateTimeLimit action due to reason: ${String(action.reason)}`);
  }
}

/** Drops what Batch would have forgotten by now. */
export function forgetOldJobs(state: StubState): void {
  for (const [id, job] of state.jobs) {
    if (job.stoppedAt !== undefined && state.now - job.stoppedAt >= KEPT_MS) state.jobs.delete(id);
  }
}

/** All jobs that run something: plain ones and array children. */
export function leaves(state: StubState): StubJob[] {
  return [...state.jobs.values()].flatMap((job) => (job.children.length === 0 ? [job] : job.children));
}

export function isTerminal(status: JobStatus): boolean {
  return status === 'SUCCEEDED' || status === 'FAILED';
}

/** Counts of children by state, all seven states named. */
export function statusSummary(job: StubJob): Record<string, number> {
  const counts: Record<string, number> = {
    STARTING: 0,
    FAILED: 0,
    RUNNING: 0,
    SUCCEEDED: 0,
    RUNNABLE: 0,
    SUBMITTED: 0,
    PENDING: 0,
  };
  for (const child of job.children) counts[child.status] = (counts[child.status] ?? 0) + 1;
  return counts;
}

/** A job that has not started is over; one that runs gets its SIGTERM with the next tick. */
export function stop(state: StubState, job: StubJob, reason: string): void {
  if (isTerminal(job.status)) return;
  job.stopReason = reason;
  if (job.status === 'STARTING' || job.status === 'RUNNING') return;
  finish(state, job, 'FAILED', reason);
}

/** The environment that the container sees. */
export function environmentOf(job: StubJob): Record<string, string> {
  const pairs = [
    ...(job.definition.containerProperties?.environment ?? []),
    ...(job.request.containerOverrides?.environment ?? []),
  ].map((one): [string, string] => [one.name ?? '', one.value ?? '']);
  const own: Record<string, string> = {
    AWS_BATCH_JOB_ID: job.jobId,
    AWS_BATCH_JOB_ATTEMPT: String(job.attempts.length + 1),
    ...(job.index === null ? {} : { AWS_BATCH_JOB_ARRAY_INDEX: String(job.index) }),
    ...(job.parent === null ? {} : { AWS_BATCH_JOB_ARRAY_SIZE: String(job.parent.children.length) }),
  };
  return { ...Object.fromEntries<string>(pairs), ...own };
}

function tickLeaf(state: StubState, job: StubJob): boolean {
  switch (job.status) {
    case 'SUBMITTED':
    case 'PENDING':
      become(state, job, 'RUNNABLE');
      return true;
    case 'RUNNABLE':
      return place(state, job);
    case 'STARTING':
      start(state, job);
      return true;
    case 'RUNNING':
      run(state, job);
      return true;
    case 'SUCCEEDED':
    case 'FAILED':
      return false;
  }
}

/** A job finds a machine, unless its outcome holds it or its queue's environments are no good. */
function place(state: StubState, job: StubJob): boolean {
  if (!isUsable(state, job.queue)) {
    job.statusReason = 'ACTION_REQUIRED - CE(s) associated with the job queue are invalid.';
    return false;
  }
  const { jobId, index } = job;
  const { jobName = '' } = job.request;
  job.outcome = state.outcome({
    jobId,
    jobName,
    index,
    attempt: job.attempts.length + 1,
    environment: environmentOf(job),
  });
  if (job.outcome.stuck !== undefined) {
    job.statusReason = job.outcome.stuck ?? undefined;
    return false;
  }
  become(state, job, 'STARTING');
  return true;
}

function start(state: StubState, job: StubJob): void {
  if (exceedsOverrideLimit(job.request)) {
    finish(state, job, 'FAILED', 'Container Overrides length must be at most 8192');
    return;
  }
  if (job.stopReason !== undefined || job.outcome?.failsToStart === true) {
    endAttempt(state, job, { statusReason: 'Task failed to start', exitCode: null, ...job.outcome });
    return;
  }
  job.startedAt = state.now;
  become(state, job, 'RUNNING');
}

function run(state: StubState, job: StubJob): void {
  if (job.stopReason !== undefined) {
    endAttempt(state, job, { exitCode: EXIT_SIGTERM });
    return;
  }
  const seconds = (state.now - job.since) / 1_000;
  const limit = (job.request.timeout ?? job.definition.timeout)?.attemptDurationSeconds ?? Infinity;
  if (seconds >= (job.outcome?.runSeconds ?? 1)) endAttempt(state, job, job.outcome ?? {});
  else if (seconds >= limit) {
    endAttempt(state, job, { exitCode: EXIT_SIGKILL, statusReason: TIMED_OUT });
  }
}

const TIMED_OUT = 'Job attempt duration exceeded timeout';

function endAttempt(state: StubState, job: StubJob, outcome: Outcome): void {
  const { exitCode = 0 } = outcome;
  const statusReason = job.stopReason ?? outcome.statusReason ?? 'Essential container in task exited';
  const attempt = attemptDetail(state, job, { ...outcome, exitCode, statusReason });
  job.attempts = [...job.attempts, attempt];
  job.outcome = null;
  if (exitCode === 0) finish(state, job, 'SUCCEEDED', statusReason);
  else if (mayRetry(job, attempt)) {
    job.statusReason = statusReason;
    become(state, job, 'RUNNABLE');
  } else finish(state, job, 'FAILED', statusReason);
}

function attemptDetail(
  state: StubState,
  job: StubJob,
  outcome: { exitCode: number | null; statusReason: string; reason?: string },
): AttemptDetail {
  const task = `${job.jobId.replaceAll(/[^0-9a-z]/g, '')}${String(job.attempts.length + 1)}`;
  const name = job.definition.jobDefinitionName ?? '';
  const ran = job.status === 'RUNNING';
  return {
    ...(ran ? { startedAt: job.since } : {}),
    stoppedAt: state.now,
    statusReason: outcome.statusReason,
    container: {
      taskArn: `arn:aws:ecs:${state.region}:${state.account}:task/${task}`,
      ...(outcome.exitCode === null ? {} : { exitCode: outcome.exitCode }),
      ...(outcome.reason === undefined ? {} : { reason: outcome.reason }),
      ...(ran ? { logStreamName: `${name}/default/${task}` } : {}),
    },
  };
}

/** A timeout or a stop ends the job; else the first rule that matches decides, and without one it is retried. */
function mayRetry(job: StubJob, attempt: AttemptDetail): boolean {
  if (job.stopReason !== undefined || attempt.statusReason === TIMED_OUT) return false;
  const { attempts = 1, evaluateOnExit = [] } =
    job.request.retryStrategy ?? job.definition.retryStrategy ?? {};
  if (job.attempts.length >= attempts) return false;
  return evaluateOnExit.find((rule) => matches(rule, attempt))?.action?.toUpperCase() !== 'EXIT';
}

function matches(rule: EvaluateOnExit, { statusReason = '', container }: AttemptDetail): boolean {
  const code = container?.exitCode === undefined ? '' : String(container.exitCode);
  return (
    glob(rule.onStatusReason, statusReason) &&
    glob(rule.onReason, container?.reason ?? '') &&
    glob(rule.onExitCode, code)
  );
}

function glob(pattern: string | undefined, text: string): boolean {
  if (pattern === undefined) return true;
  return pattern.endsWith('*') ? text.startsWith(pattern.slice(0, -1)) : text === pattern;
}

function become(state: StubState, job: StubJob, status: JobStatus): void {
  job.status = status;
  job.since = state.now;
}

function finish(state: StubState, job: StubJob, status: 'SUCCEEDED' | 'FAILED', reason: string): void {
  become(state, job, status);
  job.statusReason = reason;
  job.stoppedAt = state.now;
}

/** PENDING as soon as a child is RUNNABLE, until all are over; one failed child fails it. */
export function settleParent(state: StubState, job: StubJob): void {
  const { SUBMITTED = 0, SUCCEEDED = 0, FAILED = 0 } = statusSummary(job);
  const size = job.children.length;
  if (SUCCEEDED + FAILED < size) {
    if (SUBMITTED < size && job.status === 'SUBMITTED') become(state, job, 'PENDING');
    return;
  }
  if (FAILED === 0) finish(state, job, 'SUCCEEDED', '');
  else finish(state, job, 'FAILED', job.stopReason ?? 'Array Child Job failed');
}
