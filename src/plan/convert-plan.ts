import { isPermanent, type FailureCode } from '../contract/failures.ts';
import type { ConversionOptions } from '../contract/options.ts';
import type { Inventory } from './inventory.ts';
import { packJobs, type PackedJobs } from './pack.ts';
import type { PlannedFile, PlannedRows } from './planned-rows.ts';
import { ExampleCounter, EXAMPLES_KEPT, type Examples } from './rows.ts';

/** How the last try of a source ended. */
export interface KnownFailure {
  readonly code: FailureCode;
  /** The source's ETag at that time. */
  readonly etag: string;
  readonly options: ConversionOptions;
}

/** What `convert` was asked to do, and what is known. */
export interface ConvertRequest {
  readonly inventory: Inventory;
  readonly options: ConversionOptions;
  /** Source keys in manifests of runs still under way. */
  readonly inFlight: { has(source: string): boolean; readonly size: number };
  /** By source key. */
  readonly knownFailures: ReadonlyMap<string, KnownFailure>;
  /** Convert sources again that are newer than their COG. */
  readonly stale: boolean;
  /** Try files again that failed for good. */
  readonly retryFailed: boolean;
  /** Only the first files in key order; null = all. */
  readonly limit: number | null;
  readonly filesPerJob: number;
}

export const LEFT_OUT_REASONS = ['in-flight', 'known-failure', 'collision', 'stale', 'beyond-limit'] as const;
export type LeftOutReason = (typeof LEFT_OUT_REASONS)[number];

/** Files that are not in the plan though they are not converted (or stale): `{why: 'collision', count: 2, examples: [...]}`. */
export interface LeftOut extends Examples {
  readonly why: LeftOutReason;
}

/** What `convert` will do. */
export interface ConvertPlan {
  readonly jobs: PackedJobs;
  readonly files: number;
  readonly bytes: number;
  /** Only reasons that concern any file. */
  readonly leftOut: readonly LeftOut[];
}

/** Decides which files are converted now, and in which jobs. `options.overwrite` takes existing COGs too. */
export function planConvert(request: ConvertRequest): ConvertPlan {
  const { inventory, options, stale, limit, filesPerJob } = request;
  const { free, inFlight, knownFailures } = withoutHeld(candidatesOf(request), request);
  const files = limit === null ? free : free.slice(0, limit);
  const leftOut = [
    { why: 'in-flight', ...shown(inFlight) },
    { why: 'known-failure', ...shown(knownFailures) },
    { why: 'collision', ...examplesOf(inventory.collided, 0) },
    { why: 'stale', ...examplesOf(inventory.stale, stale || options.overwrite ? inventory.stale.length : 0) },
    { why: 'beyond-limit', ...examplesOf(free, files.length) },
  ] as const;
  return {
    jobs: packJobs(files, filesPerJob),
    files: files.length,
    bytes: files.bytes,
    leftOut: leftOut.filter(({ count }) => count > 0),
  };
}

/** `ceil(files / filesPerJob)`. */
export function estimateJobs(files: number, filesPerJob: number): number {
  return Math.ceil(files / filesPerJob);
}

/** Whether the same try would fail the same way: a permanent failure, and neither source nor options have changed. */
export function failsAgain(
  file: PlannedFile,
  known: KnownFailure | undefined,
  options: ConversionOptions,
): boolean {
  if (known === undefined || !isPermanent(known.code) || known.etag !== file.etag) return false;
  return RELEVANT_OPTIONS.every((name) => known.options[name] === options[name]);
}

/** `overwrite` says which files are taken, not how: no failure goes away by it. */
const RELEVANT_OPTIONS = [
  'compression',
  'predictor',
  'resampling',
  'verify',
  'vcpus',
  'memoryMiB',
  'fileTimeoutSeconds',
] as const satisfies readonly (keyof ConversionOptions)[];

function candidatesOf({ inventory, options, stale }: ConvertRequest): PlannedRows {
  if (options.overwrite) return inventory.pending.with(inventory.existing);
  return stale ? inventory.pending.with(inventory.stale) : inventory.pending;
}

interface Held {
  readonly free: PlannedRows;
  readonly inFlight: Examples;
  readonly knownFailures: Examples;
}

function withoutHeld(candidates: PlannedRows, request: ConvertRequest): Held {
  const inFlight = new ExampleCounter();
  const knownFailures = new ExampleCounter();
  if (request.inFlight.size === 0 && request.knownFailures.size === 0) {
    return { free: candidates, inFlight, knownFailures };
  }
  const free = candidates.filter((file) => {
    if (request.inFlight.has(file.source)) inFlight.add(file.source);
    else if (
      !request.retryFailed &&
      failsAgain(file, request.knownFailures.get(file.source), request.options)
    ) {
      knownFailures.add(file.source);
    } else return true;
    return false;
  });
  return { free, inFlight, knownFailures };
}

function shown({ count, examples }: Examples): Examples {
  return { count, examples };
}

function examplesOf(rows: PlannedRows, from: number): Examples {
  const examples = [...rows.slice(from, from + EXAMPLES_KEPT)].map(({ source }) => source);
  return { count: rows.length - from, examples };
}
