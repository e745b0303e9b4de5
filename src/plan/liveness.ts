/** A local run saves its heartbeat this often. */
export const HEARTBEAT_EVERY_MS = 60_000;

/** On another machine, an owner that was silent for longer counts as dead; leaves room for clocks that differ. */
export const SILENCE_ALLOWED_MS = 5 * 60_000;

/** Batch keeps jobs that are over at least so long. @see https://docs.aws.amazon.com/batch/latest/userguide/job_states.html */
const BATCH_REMEMBERS_MS = 7 * 24 * 3_600_000;

/** Whether Batch still knows all jobs that were submitted then (ISO 8601), however they ended. */
export function batchRemembers(submittedAt: string, now: Date): boolean {
  return now.getTime() - Date.parse(submittedAt) < BATCH_REMEMBERS_MS;
}

/**
 * Whether the owner of a run lives, or a worker of it. The process table says it, where it can; where not (`isAlive` null: another
 * machine, or one that does not tell when a process started) only the owner's heartbeat can (ISO 8601), for a worker ends within
 * moments of its owner.
 */
export function processLives(heartbeatAt: string, isAlive: boolean | null, now: Date): boolean {
  if (isAlive !== null) return isAlive;
  return now.getTime() - Date.parse(heartbeatAt) < SILENCE_ALLOWED_MS;
}
