const GIB = 1024 ** 3;
/** Of a small raster, requests and verification included. */
const SECONDS_PER_FILE = 2;
/** Of source; LZW with a predictor, 11 MiB a second. */
const SECONDS_PER_GIB = 90;

/** What is to be converted. */
export interface Load {
  readonly files: number;
  readonly bytes: number;
}

/** Seconds that one vCPU is busy with so much, by order of magnitude; results tell the real ones (docs/scale.md). */
export function workSeconds({ files, bytes }: Load): number {
  return files * SECONDS_PER_FILE + (bytes / GIB) * SECONDS_PER_GIB;
}

/** A file that took so much longer than estimated is packed by its time. */
const SLOW = 4;
/** Less than this decides no run's end. */
const SLOW_FROM_SECONDS = 60;

/** Whether a file took far longer than its bytes told: sparse or highly compressed rasters, odd layouts. */
export function isSlow(seconds: number, bytes: number): boolean {
  return seconds >= SLOW_FROM_SECONDS && seconds > SLOW * workSeconds({ files: 1, bytes });
}

/** Bytes of an ordinary raster that takes so long. */
export function bytesWorth(seconds: number): number {
  return Math.round((seconds / SECONDS_PER_GIB) * GIB);
}
