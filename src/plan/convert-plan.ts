import type { ConversionOptions } from '../contract/options.ts';
import type { FileHistory } from './file-history.ts';
import type { Inventory } from './inventory.ts';
import { packJobs, type PackedJobs, type PackLimits } from './pack.ts';
import type { PlannedRows } from './planned-rows.ts';
import { ExampleCounter, EXAMPLES_KEPT, type Examples } from './rows.ts';

/** What `convert` was asked to do, and what is known. */
export interface ConvertRequest extends PackLimits {
  readonly inventory: Inventory;
  readonly options: ConversionOptions;
  /** Source keys in manifests of runs still under way. */
  readonly inFlight: { has(source: string): boolean; readonly size: number };
  /** How earlier tries ended. */
  readonly history: Pick<FileHistory, 'isKnownFailure' | 'hasSlow' | 'slowSeconds'> & {
    readonly failures: { readonly size: number };
  };
  /** Convert sources again that are newer than their COG. */
  readonly stale: boolean;
  /** Try files again that failed for good. */
  readonly retryFailed: boolean;
  /** Only the first files in key order; null = all. */
  readonly limit: number | null;
  /** Source keys that were converted a moment ago: neither taken nor told of. */
  readonly without?: ReadonlySet<string>;
}

export const LEFT_OUT_REASONS = [
  'in-flight',
  'known-failure',
  'collision',
  'key-too-long',
  'not-found',
  'stale',
  'beyond-limit',
] as const;
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
  const { inventory, options, history, stale, limit } = request;
  const { free, inFlight, knownFailures } = withoutHeld(candidatesOf(request), request);
  const files = limit === null ? free : free.slice(0, limit);
  const leftOut = [
    { why: 'in-flight', ...shown(inFlight) },
    { why: 'known-failure', ...shown(knownFailures) },
    { why: 'collision', ...examplesOf(inventory.collided, 0) },
    { why: 'key-too-long', ...examplesOf(inventory.unnameable, 0) },
    { why: 'not-found', ...shown(inventory.notFound) },
    { why: 'stale', ...examplesOf(inventory.stale, stale || options.overwrite ? inventory.stale.length : 0) },
    { why: 'beyond-limit', ...examplesOf(free, files.length) },
  ] as const;
  return {
    jobs: packJobs(files, request, history.hasSlow ? history : null),
    files: files.length,
    bytes: files.bytes,
    leftOut: leftOut.filter(({ count }) => count > 0),
  };
}

/** `ceil(files / filesPerJob)`. */
export function estimateJobs(files: number, filesPerJob: number): number {
  return Math.ceil(files / filesPerJob);
}

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
  const { history, options, retryFailed, without } = request;
  // Looking at each of millions of files costs seconds; usually nothing is held.
  if (request.inFlight.size === 0 && without === undefined && (retryFailed || history.failures.size === 0)) {
    return { free: candidates, inFlight, knownFailures };
  }
  const free = candidates.filter(({ source, etag }) => {
    if (without?.has(source) === true) return false;
    if (request.inFlight.has(source)) inFlight.add(source);
    else if (!retryFailed && history.isKnownFailure(source, etag, options)) knownFailures.add(source);
    else return true;
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
