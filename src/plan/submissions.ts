import { jobName } from '../contract/naming.ts';
import type { BatchSubmission } from '../contract/run-record.ts';

/** Children of one array job at most. @see https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
export const MAX_ARRAY_JOBS = 10_000;

/** A submit that has no id yet. */
export type PlannedSubmission = Omit<BatchSubmission, 'jobId'>;

/**
 * The submits of a run: array jobs `<run>-1to10000`, `<run>-10001to20000`; a single job, and a rest of one, is a plain
 * job `<run>-<n>`, as an array has two children at least. Names depend on the run alone, so that a submit whose answer
 * was lost can be found.
 */
export function planSubmissions(run: string, jobs: number): readonly PlannedSubmission[] {
  const planned: PlannedSubmission[] = [];
  for (let firstJob = 1; firstJob <= jobs; firstJob += MAX_ARRAY_JOBS) {
    const last = Math.min(firstJob + MAX_ARRAY_JOBS - 1, jobs);
    planned.push({ jobName: submissionName(run, firstJob, last), firstJob, jobs: last - firstJob + 1 });
  }
  return planned;
}

function submissionName(run: string, first: number, last: number): string {
  return first === last ? jobName(run, first) : `${jobName(run, first)}to${String(last)}`;
}

/** Batch's id of job `n` (from 1): the submit's own, or `<array id>:<index>`; null when no submit holds it. */
export function batchJobId(submissions: readonly BatchSubmission[], n: number): string | null {
  const holder = submissions.find(({ firstJob, jobs }) => n >= firstJob && n < firstJob + jobs);
  if (holder === undefined) return null;
  return holder.jobs === 1 ? holder.jobId : `${holder.jobId}:${String(n - holder.firstJob)}`;
}
