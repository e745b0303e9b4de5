const GIB = 1024 ** 3;
/** For the start of the container and for the worker's own ends. */
const BASE_SECONDS = 1_800;
/** Ten times what a small raster takes, requests included. */
const SECONDS_PER_FILE = 20;
/** 1.1 MiB of source a second, a tenth of what one vCPU does with LZW; more vCPUs only make the limit more generous. */
const SECONDS_PER_GIB = 900;

/** What one attempt has to do at most. */
export interface AttemptLoad {
  readonly bytes: number;
  readonly files: number;
}

/**
 * Seconds after which Batch ends an attempt. It is there for what hangs, not for what is slow: Batch never retries a
 * timeout, so it grows with the work.
 */
export function attemptTimeoutSeconds({ bytes, files }: AttemptLoad): number {
  return Math.ceil(BASE_SECONDS + files * SECONDS_PER_FILE + (bytes / GIB) * SECONDS_PER_GIB);
}
