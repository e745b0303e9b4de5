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
