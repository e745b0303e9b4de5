import { workSeconds, type Load } from './work-estimate.ts';

/** For the start of the container and for the worker's own ends. */
const BASE_SECONDS = 1_800;
/** Times what one vCPU would take; more vCPUs only make the limit more generous. */
const SLACK = 10;

/**
 * Seconds after which Batch ends an attempt of so much work. It is there for what hangs, not for what is slow: Batch never
 * retries a timeout, so it grows with the work.
 */
export function attemptTimeoutSeconds(load: Load): number {
  return Math.ceil(BASE_SECONDS + SLACK * workSeconds(load));
}
