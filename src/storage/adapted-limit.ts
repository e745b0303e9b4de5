import { performance } from 'node:perf_hooks';

/** The share of time in which this process works rather than waits, from which on it is what takes the time. */
const BUSY = 0.99;
const MEASURED_MS = 200;
/** Enough for a server at hand. */
const LEAST_AT_ONCE = 4;
/** Down gently: while answers take their time, too few at once leave the process without work until they are more again. */
const [FEWER, MORE] = [0.8, 1.5];

/**
 * Requests at once: fewer while the event loop has no time to spare, as their answers would only wait in memory, more while it
 * waits.
 */
export function adaptedTo(most: number): () => number {
  let [start, limit] = [performance.eventLoopUtilization(), most];
  return () => {
    const { active, idle, utilization } = performance.eventLoopUtilization(start);
    if (active + idle < MEASURED_MS) return limit;
    start = performance.eventLoopUtilization();
    limit = utilization > BUSY ? Math.max(LEAST_AT_ONCE, limit * FEWER) : Math.min(most, limit * MORE);
    return limit;
  };
}
