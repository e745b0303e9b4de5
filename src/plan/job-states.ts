/** Batch's job states in their order; the local runner uses the same words. @see AWS Batch user guide, job states */
export const JOB_STATES = [
  'SUBMITTED',
  'PENDING',
  'RUNNABLE',
  'STARTING',
  'RUNNING',
  'SUCCEEDED',
  'FAILED',
] as const;
export type JobState = (typeof JOB_STATES)[number];

/** Whether a job in this state still holds its files: they are not submitted again. */
export function isActive(state: JobState): boolean {
  return state !== 'SUCCEEDED' && state !== 'FAILED';
}
