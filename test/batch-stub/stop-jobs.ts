import type {
  CancelJobRequest,
  CancelJobsRequest,
  CancelJobsResponse,
  TerminateJobRequest,
  TerminateJobsRequest,
  TerminateJobsResponse,
} from '@aws-sdk/client-batch';
import { isTerminal, settleParent, stop } from './job-life.ts';
import { findJob } from './read-jobs.ts';
import { demand, type StubJob, type StubState } from './stub-state.ts';

const MAX_BULK = 50;
const MAX_REASON = 1_024;

/** CancelJob: ends what has not started and says nothing about the rest. */
export function cancelJob(state: StubState, { jobId, reason }: CancelJobRequest): object {
  for (const job of targets(state, jobId, reason)) {
    if (isTerminal(job.status) || job.status === 'STARTING' || job.status === 'RUNNING') continue;
    job.isCancelled = true;
    stop(state, job, String(reason));
  }
  settle(state, jobId);
  return {};
}

/** TerminateJob: ends whatever is not over; unknown ids are no error. */
export function terminateJob(state: StubState, { jobId, reason }: TerminateJobRequest): object {
  for (const job of targets(state, jobId, reason)) {
    if (isTerminal(job.status)) continue;
    if (job.status === 'STARTING' || job.status === 'RUNNING') job.isTerminated = true;
    else job.isCancelled = true;
    stop(state, job, String(reason));
  }
  settle(state, jobId);
  return {};
}

/** CancelJobs, TerminateJobs: 50 ids at most, unknown ones count as done. */
export function inBulk(
  one: typeof cancelJob,
): (
  state: StubState,
  request: CancelJobsRequest | TerminateJobsRequest,
) => CancelJobsResponse & TerminateJobsResponse {
  return (state, { jobs = [], reason }) => {
    demand(jobs.length <= MAX_BULK, `at most ${String(MAX_BULK)} jobs at once`);
    for (const jobId of jobs) one(state, { jobId, reason });
    return { successful: [...jobs], errors: [] };
  };
}

function targets(
  state: StubState,
  jobId: string | undefined,
  reason: string | undefined,
): readonly StubJob[] {
  demand(
    reason !== undefined && reason !== '' && reason.length <= MAX_REASON,
    'reason must have 1 to 1,024 characters',
  );
  const job = findJob(state, jobId ?? '');
  if (job === undefined) return [];
  if (job.children.length === 0) return [job];
  job.stopReason = reason;
  return job.children;
}

function settle(state: StubState, jobId: string | undefined): void {
  const job = findJob(state, jobId ?? '');
  const parent = job?.parent ?? job;
  if (parent !== undefined && parent.children.length > 0) settleParent(state, parent);
}
