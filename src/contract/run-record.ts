import {
  arrayOf,
  choiceField,
  documentOf,
  objectOf,
  stringField,
  textField,
  timeField,
  wholeField,
} from './json-fields.ts';
import { parseOptions } from './manifest.ts';
import type { ConversionOptions } from './options.ts';
import { parseProcessIdentity, type ProcessIdentity } from './result.ts';

/** The version of run records that this cogconv writes and reads. */
export const RUN_RECORD_VERSION = 1;

export const RUNNERS = ['local', 'batch'] as const;
export type RunnerName = (typeof RUNNERS)[number];

/** `published`: claimed, its jobs not (all) handed to the runner yet; `submitted`: the runner has them all; `ended`: nothing runs any more. */
export const RUN_STATES = ['published', 'submitted', 'ended'] as const;
export type RunState = (typeof RUN_STATES)[number];

/** One Batch job or array job of a run: children `index` 0.. are the run's jobs `firstJob`.. */
export interface BatchSubmission {
  readonly jobId: string;
  readonly jobName: string;
  /** Number (from 1) of the run's job that is child 0. */
  readonly firstJob: number;
  /** 1 = a plain job, no array. */
  readonly jobs: number;
}

/** Files and bytes of one job: `[50, 812345678]`. */
export type JobSize = readonly [files: number, bytes: number];

/** A job that is over without a finished result, as its runner saw it; kept because runners forget. */
export interface BrokenJob {
  readonly job: number;
  readonly reason: string;
  readonly attempts: number;
}

/**
 * A run in the bucket. Creating the record under the next free number is the claim of all files in the run's manifests
 * (docs/runs.md); later writes only move its state on.
 */
export interface RunRecord {
  readonly version: typeof RUN_RECORD_VERSION;
  readonly sequence: number;
  readonly run: string;
  readonly runner: RunnerName;
  readonly state: RunState;
  /** ISO 8601. */
  readonly createdAt: string;
  /** The CLI that runs or submits it. */
  readonly owner: ProcessIdentity;
  /** ISO 8601; a local run of another machine counts as dead when this is old. */
  readonly heartbeatAt: string;
  readonly jobs: number;
  readonly files: number;
  readonly bytes: number;
  /** Of each job, in order; so that nobody has to read manifests to tell how many files a job has. */
  readonly jobSizes: readonly JobSize[];
  readonly broken: readonly BrokenJob[];
  readonly options: ConversionOptions;
  /** Only for runner batch: the queue and what was submitted to it. */
  readonly queue?: string;
  readonly submissions: readonly BatchSubmission[];
}

/** The record as text for the bucket. */
export function serialiseRunRecord(record: RunRecord): string {
  return `${JSON.stringify(record)}\n`;
}

/** Reads a run record. @throws ContractError naming the field */
export function parseRunRecord(text: string): RunRecord {
  const what = 'run record';
  const from = documentOf(text, what, RUN_RECORD_VERSION);
  return {
    version: RUN_RECORD_VERSION,
    sequence: wholeField(from, 'sequence', what, 1),
    run: textField(from, 'run', what),
    runner: choiceField(from, 'runner', RUNNERS, what),
    state: choiceField(from, 'state', RUN_STATES, what),
    createdAt: timeField(from, 'createdAt', what),
    owner: parseProcessIdentity(from['owner']),
    heartbeatAt: timeField(from, 'heartbeatAt', what),
    jobs: wholeField(from, 'jobs', what),
    files: wholeField(from, 'files', what),
    bytes: wholeField(from, 'bytes', what),
    jobSizes: arrayOf(from['jobSizes'], 'run record "jobSizes"').map(parseJobSize),
    broken: arrayOf(from['broken'], 'run record "broken"').map(parseBroken),
    options: parseOptions(from['options']),
    ...(from['queue'] === undefined ? {} : { queue: textField(from, 'queue', what) }),
    submissions: arrayOf(from['submissions'], 'run record "submissions"').map(parseSubmission),
  };
}

function parseSubmission(value: unknown): BatchSubmission {
  const what = 'submission';
  const from = objectOf(value, what);
  return {
    jobId: textField(from, 'jobId', what),
    jobName: textField(from, 'jobName', what),
    firstJob: wholeField(from, 'firstJob', what, 1),
    jobs: wholeField(from, 'jobs', what, 1),
  };
}

function parseJobSize(value: unknown): JobSize {
  const what = 'run record, job size';
  const [files, bytes] = arrayOf(value, what);
  return [wholeField({ files }, 'files', what), wholeField({ bytes }, 'bytes', what)];
}

function parseBroken(value: unknown): BrokenJob {
  const what = 'broken job';
  const from = objectOf(value, what);
  return {
    job: wholeField(from, 'job', what, 1),
    reason: stringField(from, 'reason', what),
    attempts: wholeField(from, 'attempts', what),
  };
}
