import { FAILURE_CODES, type FailureReason } from './failures.ts';
import {
  arrayOf,
  choiceField,
  numberField,
  documentOf,
  objectOf,
  stringField,
  textField,
  timeField,
  wholeField,
  type JsonObject,
} from './json-fields.ts';

/** The version of results that this cogconv writes and reads. */
export const RESULT_VERSION = 1;

export const OUTCOMES = ['converted', 'skipped', 'failed'] as const;
export type Outcome = (typeof OUTCOMES)[number];

/** `interrupted`: SIGTERM or another temporary end; its remaining files have no row. */
export const RESULT_STATES = ['running', 'succeeded', 'failed', 'interrupted'] as const;
export type ResultState = (typeof RESULT_STATES)[number];

/** One choice of the worker: `{option: 'PREDICTOR', value: '3', because: 'floating-point samples'}`. */
export interface Decision {
  readonly option: string;
  readonly value: string;
  readonly because: string;
}

/** Something the user should know of a converted file: `{code: 'gcps-only', message: '...'}`. */
export interface Warning {
  readonly code: string;
  readonly message: string;
}

const STEPS = ['fetch', 'inspect', 'wait', 'convert', 'verify', 'upload'] as const;

/** Seconds per step, for the steps that were taken; `wait`: for threads, memory and disk that other files of the job hold. */
export type StepSeconds = Readonly<Partial<Record<(typeof STEPS)[number], number>>>;

/** What became of one file. */
export interface FileResult {
  readonly source: string;
  readonly target: string;
  readonly outcome: Outcome;
  /** Always there when it failed. */
  readonly reason?: FailureReason;
  /** Why a file was skipped: `its COG exists`. */
  readonly skipped?: string;
  readonly sourceBytes: number;
  readonly sourceEtag: string;
  /** 0 unless converted. */
  readonly cogBytes: number;
  /** `EPSG:32633`, else the CRS's name; null when none is known. */
  readonly crs: string | null;
  readonly decisions: readonly Decision[];
  readonly warnings: readonly Warning[];
  /** Keys uploaded beside the COG: `cogs/a_cog.tif.aux.xml`. */
  readonly sidecars: readonly string[];
  readonly seconds: number;
  readonly steps: StepSeconds;
}

/** Which process works or worked on the job; lets the same machine tell a dead worker from a slow one. */
export interface ProcessIdentity {
  /** Host name, boot and process namespace in one: equal only where a pid means the same process. */
  readonly host: string;
  readonly pid: number;
  /** Start of the process in the host's own count, so that a pid used again is another process. */
  readonly started: string;
}

/** What a job did so far; lies beside its manifest and is rewritten as it goes on. */
export interface JobResult {
  readonly version: typeof RESULT_VERSION;
  readonly run: string;
  readonly job: number;
  /** From 1. */
  readonly attempt: number;
  readonly state: ResultState;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** `3.9.3`. */
  readonly gdal: string;
  /** Version of cogconv. */
  readonly worker: string;
  readonly process: ProcessIdentity;
  readonly files: readonly FileResult[];
}

/** The result as text for the bucket. */
export function serialiseResult(result: JobResult): string {
  return `${JSON.stringify(result)}\n`;
}

/**
 * Reads a result. Rows are read leniently beyond what decisions hang on, so that a newer worker's extra fields do not blind an older CLI.
 * @throws ContractError naming the field
 */
export function parseResult(text: string): JobResult {
  const what = 'result';
  const from = documentOf(text, what, RESULT_VERSION);
  return {
    version: RESULT_VERSION,
    run: textField(from, 'run', what),
    job: wholeField(from, 'job', what, 1),
    attempt: wholeField(from, 'attempt', what, 1),
    state: choiceField(from, 'state', RESULT_STATES, what),
    startedAt: timeField(from, 'startedAt', what),
    finishedAt: from['finishedAt'] === null ? null : timeField(from, 'finishedAt', what),
    gdal: textField(from, 'gdal', what),
    worker: textField(from, 'worker', what),
    process: parseProcessIdentity(from['process']),
    files: arrayOf(from['files'], 'result "files"').map(parseFileResult),
  };
}

/** @throws ContractError */
export function parseProcessIdentity(value: unknown): ProcessIdentity {
  const what = 'process';
  const from = objectOf(value, what);
  return {
    host: textField(from, 'host', what),
    pid: wholeField(from, 'pid', what),
    started: textField(from, 'started', what),
  };
}

function parseFileResult(value: unknown, at: number): FileResult {
  const what = `result, file ${String(at + 1)}`;
  const from = objectOf(value, what);
  const { crs, skipped, sourceEtag } = from;
  const outcome = choiceField(from, 'outcome', OUTCOMES, what);
  return {
    source: textField(from, 'source', what),
    target: textField(from, 'target', what),
    outcome,
    ...(outcome === 'failed' ? { reason: parseReason(from['reason'], what) } : {}),
    ...(typeof skipped === 'string' ? { skipped } : {}),
    sourceBytes: wholeField(from, 'sourceBytes', what),
    sourceEtag: typeof sourceEtag === 'string' ? sourceEtag : '',
    cogBytes: wholeField(from, 'cogBytes', what),
    crs: typeof crs === 'string' ? crs : null,
    decisions: rowsOf(from, 'decisions', what, parseDecision),
    warnings: rowsOf(from, 'warnings', what, parseWarning),
    sidecars: rowsOf(from, 'sidecars', what, (key) => textField({ key }, 'key', `${what}, "sidecars"`)),
    seconds: numberField(from, 'seconds', what),
    steps: parseSteps(from['steps'], what),
  };
}

function parseReason(value: unknown, what: string): FailureReason {
  const from = objectOf(value, `${what}, "reason"`);
  return {
    code: choiceField(from, 'code', FAILURE_CODES, what),
    message: stringField(from, 'message', what),
    hint: stringField(from, 'hint', what),
  };
}

/** A list that may be missing. */
function rowsOf<T>(
  from: JsonObject,
  field: string,
  what: string,
  parse: (value: unknown, what: string) => T,
): readonly T[] {
  const inside = `${what}, "${field}"`;
  return arrayOf(from[field] ?? [], inside).map((value) => parse(value, inside));
}

function parseDecision(value: unknown, what: string): Decision {
  const from = objectOf(value, what);
  return {
    option: textField(from, 'option', what),
    value: stringField(from, 'value', what),
    because: stringField(from, 'because', what),
  };
}

function parseWarning(value: unknown, what: string): Warning {
  const from = objectOf(value, what);
  return { code: textField(from, 'code', what), message: stringField(from, 'message', what) };
}

function parseSteps(value: unknown, what: string): StepSeconds {
  const from = objectOf(value ?? {}, `${what}, "steps"`);
  const taken = STEPS.filter((step) => from[step] !== undefined);
  return Object.fromEntries(taken.map((step) => [step, numberField(from, step, what)]));
}
