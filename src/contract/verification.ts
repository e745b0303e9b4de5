import {
  arrayOf,
  booleanField,
  documentOf,
  objectOf,
  stringField,
  textField,
  wholeField,
} from './json-fields.ts';

/** What is compared between a source and its COG, or demanded of the COG alone (`layout`; `data`: its blocks can be decoded). */
export const CHECKS = [
  'crs',
  'size',
  'geotransform',
  'control-points',
  'rpc',
  'area-or-point',
  'pages',
  'bands',
  'type',
  'nodata',
  'palette',
  'alpha',
  'mask',
  'layout',
  'data',
  'pixels',
] as const;
export type Check = (typeof CHECKS)[number];

/** A check that did not hold: `{check: 'nodata', message: 'band 1: nodata -9999, then none'}`. */
export interface Difference {
  readonly check: Check;
  readonly message: string;
}

/** The version of requests that this cogconv writes and reads. */
export const REQUEST_VERSION = 1;

/** A COG to be verified: `{source: 'src/a.tif', target: 'cogs/a_cog.tif', sidecars: ['src/a.tfw']}`. */
export interface VerifyFile {
  /** Null when nobody knows what it was made from: it is then checked alone. */
  readonly source: string | null;
  readonly target: string;
  /** Keys beside the source that belong to it. */
  readonly sidecars: readonly string[];
}

/** What a worker on the same machine is asked to verify; it lies in a local file, for nothing is written into the bucket. */
export interface VerifyRequest {
  readonly version: typeof REQUEST_VERSION;
  readonly pixels: boolean;
  /** Threads and memory (MiB) that it may use, over all files in flight. */
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** Limit for decoding one raster; null = derived from the number of pixels. */
  readonly fileTimeoutSeconds: number | null;
  readonly files: readonly VerifyFile[];
}

/**
 * `verified`: every check held. `different`: some did not. `source-gone`: the COG alone was checked and is a good one.
 * `unchecked`: something stood in the way, `reason` says what.
 */
export type VerifyOutcome = 'verified' | 'different' | 'source-gone' | 'unchecked';

/** What the worker found of one COG; sent over its IPC channel. */
export interface VerifiedFile {
  readonly source: string | null;
  readonly target: string;
  readonly outcome: VerifyOutcome;
  readonly differences: readonly Difference[];
  /** Empty unless `unchecked`. */
  readonly reason: string;
  /** Of the source that it was compared with; empty when there was none. */
  readonly sourceEtag: string;
  readonly isSourceNewer: boolean;
}

/** Reads a request. @throws ContractError naming the field */
export function parseVerifyRequest(text: string): VerifyRequest {
  const what = 'request';
  const from = documentOf(text, what, REQUEST_VERSION);
  return {
    version: REQUEST_VERSION,
    pixels: booleanField(from, 'pixels', what),
    vcpus: wholeField(from, 'vcpus', what, 1),
    memoryMiB: wholeField(from, 'memoryMiB', what, 1),
    fileTimeoutSeconds:
      from['fileTimeoutSeconds'] === null ? null : wholeField(from, 'fileTimeoutSeconds', what, 1),
    files: arrayOf(from['files'], 'request "files"').map(parseFile),
  };
}

function parseFile(value: unknown, at: number): VerifyFile {
  const what = `request, file ${String(at + 1)}`;
  const from = objectOf(value, what);
  return {
    source: from['source'] === null ? null : textField(from, 'source', what),
    target: textField(from, 'target', what),
    sidecars: arrayOf(from['sidecars'], `${what}, "sidecars"`).map((key) =>
      stringField({ key }, 'key', `${what}, "sidecars"`),
    ),
  };
}
