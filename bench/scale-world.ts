import type { SubmitJobRequest } from '@aws-sdk/client-batch';
import { DEFAULT_OPTIONS } from '../src/contract/options.ts';
import { jobName, manifestKey, resultKey, runName, runRecordKey } from '../src/contract/naming.ts';
import { failureReason } from '../src/contract/failures.ts';
import { serialiseResult, type FileResult } from '../src/contract/result.ts';
import { serialiseRunRecord, type BatchSubmission, type RunRecord } from '../src/contract/run-record.ts';
import { etagOf, padded, type KeyRange } from './numbered-keys.ts';

/** A bucket as conversions leave it. */
export interface World {
  /** Rasters. */
  readonly sources: number;
  /** Runs of so many jobs each, 50 files a job, from the first raster on; 0: nothing was ever converted. */
  readonly runs: number;
  readonly jobsPerRun: number;
  /** Results that are there, of the jobs of each run. */
  readonly resultsPerRun: number;
  /** Whether the runs have ended; else AWS Batch has an array job for each. */
  readonly ended: boolean;
}

export const FILES_PER_JOB = 50;
/** Of so many rasters one fails; no divisor of job counts, so that each job has its share. */
const FAILING = 97;
const BUCKET = 'bench';
const SOURCE_PREFIX = 'cartodb_exports/rasters/';
const COG_PREFIX = 'cartodb_exports/cogs/';
const START = Date.UTC(2024, 0, 15, 12);
const DAY_MS = 86_400_000;
const SOURCE_BYTES = 20_000_000;
const COG_BYTES = 12_000_000;
const OWNER = {
  host: 'laptop 5d1c2f0e-8a7b-4c3d-9e2f-1a0b3c4d5e6f pid:[4026531836]',
  pid: 4242,
  started: '1234567',
};

/** Name of the run (from 1). */
export function runOf(sequence: number): string {
  return runName('cog-converter', new Date(START + sequence * DAY_MS));
}

/** Failed rasters of all results together. */
export function failedFiles(world: World): number {
  let failed = 0;
  for (let file = 0; file < convertedOrFailed(world); file += FAILING) failed += 1;
  return failed;
}

function convertedOrFailed({ runs, resultsPerRun }: World): number {
  return runs * resultsPerRun * FILES_PER_JOB;
}

/** Rasters, COGs and the documents of all runs. */
export function worldRanges(world: World, documents: KeyRange): KeyRange[] {
  const done = convertedOrFailed(world);
  const sources: KeyRange = {
    length: world.sources,
    keyAt: sourceKey,
    factsAt: (index) => ({ sizeBytes: SOURCE_BYTES, etag: etagOf(index) }),
  };
  const cogs: KeyRange = {
    length: done - failedFiles(world),
    keyAt: (at) => `${COG_PREFIX}raster_${padded(cogNumber(at))}_cog.tif`,
    factsAt: (at) => ({ sizeBytes: COG_BYTES, etag: etagOf(cogNumber(at) + 1) }),
  };
  return [documents, cogs, sources];
}

/** COG `at` is that of the raster with this number: those that failed have none. */
function cogNumber(at: number): number {
  return at + Math.floor(at / (FAILING - 1)) + 1;
}

function sourceKey(index: number): string {
  return `${SOURCE_PREFIX}public_raster_${padded(index)}.tif`;
}

/** Keys of all manifests and results, and how to make a result when it is asked for. */
export function runDocuments(world: World): { readonly keys: string[]; result(key: string): string | null } {
  const keys: string[] = [];
  const results = new Map<string, readonly [sequence: number, job: number]>();
  for (let sequence = 1; sequence <= world.runs; sequence += 1) {
    for (let job = 1; job <= world.jobsPerRun; job += 1) {
      const manifest = manifestKey(COG_PREFIX, runOf(sequence), job);
      keys.push(manifest);
      if (job > world.resultsPerRun) continue;
      keys.push(resultKey(manifest));
      results.set(resultKey(manifest), [sequence, job]);
    }
  }
  const result = (key: string): string | null => {
    const found = results.get(key);
    return found === undefined ? null : resultText(world, ...found);
  };
  return { keys, result };
}

/** As packing leaves them, the files of one job come from everywhere. */
function resultText(world: World, sequence: number, job: number): string {
  const jobs = world.runs * world.resultsPerRun;
  const ofAll = (sequence - 1) * world.resultsPerRun + job - 1;
  const files = Array.from({ length: FILES_PER_JOB }, (_, at) => fileRow(ofAll + at * jobs));
  return serialiseResult({
    version: 1,
    run: runOf(sequence),
    job,
    attempt: 1,
    state: files.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'succeeded',
    startedAt: new Date(START + sequence * DAY_MS).toISOString(),
    finishedAt: new Date(START + sequence * DAY_MS + 600_000).toISOString(),
    gdal: '3.9.3',
    worker: '0.1.0',
    process: OWNER,
    files,
  });
}

/** What the worker writes of a raster of amounts, so that a result has the size of a real one. */
const DECISIONS = [
  { option: 'COMPRESS', value: 'LZW', because: 'set' },
  { option: 'PREDICTOR', value: 'STANDARD', because: 'a sample compresses to 80 % of its size without' },
  { option: 'RESAMPLING', value: 'AVERAGE', because: 'many distinct whole numbers' },
  { option: 'NUM_THREADS', value: '1', because: 'other files keep the other threads busy' },
  { option: 'memory', value: '146 MiB', because: 'GDAL 64, tiles or overviews in the making 24, cache 58' },
  { option: 'FILE_TIMEOUT', value: '619 s', because: '600 s, and one for each 2 MiB of 38 MiB of pixels' },
];

function fileRow(index: number): FileResult {
  const isFailed = index % FAILING === 0;
  return {
    source: sourceKey(index),
    target: `${COG_PREFIX}raster_${padded(index)}_cog.tif`,
    outcome: isFailed ? 'failed' : 'converted',
    ...(isFailed ? { reason: failureReason('no-crs', 'the raster has no CRS') } : {}),
    sourceBytes: SOURCE_BYTES,
    sourceEtag: etagOf(index),
    cogBytes: isFailed ? 0 : COG_BYTES,
    crs: 'EPSG:32633',
    decisions: DECISIONS,
    warnings: [],
    sidecars: [],
    seconds: 3.21,
    steps: { fetch: 0.41, wait: 0.121, inspect: 0.052, convert: 2.113, verify: 0.022, upload: 0.415 },
  };
}

/** The record of a run. */
export function recordDocument(
  world: World,
  sequence: number,
  submissions: readonly BatchSubmission[],
): { readonly key: string; readonly text: string } {
  const jobSize = [FILES_PER_JOB, FILES_PER_JOB * SOURCE_BYTES] as const;
  const createdAt = new Date(START + sequence * DAY_MS).toISOString();
  const record: RunRecord = {
    version: 1,
    sequence,
    run: runOf(sequence),
    runner: 'batch',
    state: world.ended ? 'ended' : 'submitted',
    createdAt,
    owner: OWNER,
    heartbeatAt: createdAt,
    jobs: world.jobsPerRun,
    files: world.jobsPerRun * FILES_PER_JOB,
    bytes: world.jobsPerRun * FILES_PER_JOB * SOURCE_BYTES,
    jobSizes: Array.from({ length: world.jobsPerRun }, () => jobSize),
    broken: [],
    options: DEFAULT_OPTIONS,
    queue: 'cog-converter-queue',
    submissions,
  };
  return { key: runRecordKey(COG_PREFIX, sequence), text: serialiseRunRecord(record) };
}

/** The array job of a run, as `convert` submits it. */
export function arrayRequest(world: World, sequence: number): SubmitJobRequest {
  return {
    jobName: `${jobName(runOf(sequence), 1)}to${String(world.jobsPerRun)}`,
    jobQueue: 'cog-converter-queue',
    jobDefinition: 'cog-converter-job',
    arrayProperties: { size: world.jobsPerRun },
  };
}

/** Settings of a command on this bucket. */
export const WORLD_ENV = {
  S3_BUCKET: BUCKET,
  SOURCE_PREFIX,
  COG_PREFIX,
  AWS_REGION: 'us-east-1',
  AWS_ACCESS_KEY_ID: 'bench',
  AWS_SECRET_ACCESS_KEY: 'bench',
  AWS_EC2_METADATA_DISABLED: 'true',
} as const;
