import { ContractError } from './contract-error.ts';
import { arrayOf, parseJson, shown } from './json-fields.ts';
import { manifestKey } from './naming.ts';

/** Environment variables by which a runner tells a worker its job; nothing else is passed. */
export interface JobEnvironment {
  /** Bucket name or directory. */
  readonly bucket: string;
  /** Key of the job's manifest. */
  readonly manifest: string;
}

/** One plain job: `{S3_BUCKET: 'b', MANIFEST_KEY: 'cogs/manifests/x-1.json'}`. */
export function encodeJob({ bucket, manifest }: JobEnvironment): Record<string, string> {
  return { S3_BUCKET: bucket, MANIFEST_KEY: manifest };
}

/** An array job: child `i` takes manifest number `firstJob + i` of the run. */
export function encodeArray(job: {
  readonly bucket: string;
  readonly cogPrefix: string;
  readonly run: string;
  readonly firstJob: number;
}): Record<string, string> {
  return {
    S3_BUCKET: job.bucket,
    COG_PREFIX: job.cogPrefix,
    MANIFEST_RUN: job.run,
    MANIFEST_FIRST: String(job.firstJob),
  };
}

/** Asks a worker on this machine to verify what a local file names: `{S3_BUCKET: 'b', VERIFY_REQUEST: '/tmp/x/request.json'}`. */
export function encodeVerify({
  bucket,
  file,
}: {
  readonly bucket: string;
  readonly file: string;
}): Record<string, string> {
  return { S3_BUCKET: bucket, VERIFY_REQUEST: file };
}

/** Asks a worker what it finds on its machine; it takes no job then, whatever else is set. */
export function encodeProbe(): Record<string, string> {
  return { PROBE_MACHINE: 'true' };
}

/** Whether `encodeProbe` wrote this. */
export function isProbe(env: Environment): boolean {
  return env['PROBE_MACHINE'] === 'true';
}

/**
 * What a worker is asked to do: a manifest in the bucket, bare keys (`TIFF_KEYS`, as the Python worker took), or to verify COGs
 * that a local file names.
 */
export type JobRequest =
  | { readonly kind: 'verify'; readonly bucket: string; readonly file: string }
  | { readonly kind: 'manifest'; readonly bucket: string; readonly key: string }
  | { readonly kind: 'keys'; readonly bucket: string; readonly keys: readonly string[] };

/** From 1, in plain digits. */
const COUNT = /^[1-9]\d{0,8}$/;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads what `encodeJob` or `encodeArray` wrote, or `TIFF_KEYS`: a JSON array, or keys separated by commas.
 * @throws ContractError naming the missing or bad variable
 */
export function decodeJob(env: Environment): JobRequest {
  const bucket = required(env, 'S3_BUCKET');
  if (env['VERIFY_REQUEST']) return { kind: 'verify', bucket, file: env['VERIFY_REQUEST'] };
  if (env['MANIFEST_KEY']) return { kind: 'manifest', bucket, key: env['MANIFEST_KEY'] };
  if (env['MANIFEST_RUN']) {
    const n = firstJob(env) + arrayIndex(env);
    return {
      kind: 'manifest',
      bucket,
      key: manifestKey(required(env, 'COG_PREFIX'), env['MANIFEST_RUN'], n),
    };
  }
  if (env['TIFF_KEYS']) return { kind: 'keys', bucket, keys: keyList(env['TIFF_KEYS']) };
  throw new ContractError('nothing to do: set MANIFEST_KEY (or MANIFEST_RUN with COG_PREFIX, or TIFF_KEYS)');
}

/** The attempt of this job, from 1. */
export function decodeAttempt(env: Environment): number {
  const attempt = env['AWS_BATCH_JOB_ATTEMPT'] ?? '';
  return COUNT.test(attempt) ? Number(attempt) : 1;
}

function firstJob(env: Environment): number {
  const first = env['MANIFEST_FIRST'] ?? '1';
  if (COUNT.test(first)) return Number(first);
  throw new ContractError(`MANIFEST_FIRST must be a whole number >= 1; it is ${shown(first)}`);
}

/** AWS sets AWS_BATCH_JOB_ARRAY_INDEX and a job id `<parent>:<index>`; emulators set only the second. */
function arrayIndex(env: Environment): number {
  const index = env['AWS_BATCH_JOB_ARRAY_INDEX'] ?? /:(\d+)$/.exec(env['AWS_BATCH_JOB_ID'] ?? '')?.[1];
  if (index === undefined || !/^\d+$/.test(index)) {
    throw new ContractError('MANIFEST_RUN is set, but no array index: AWS_BATCH_JOB_ARRAY_INDEX is missing');
  }
  return Number(index);
}

function keyList(text: string): readonly string[] {
  if (!text.trimStart().startsWith('[')) return text.split(',').filter((key) => key !== '');
  return arrayOf(parseJson(text, 'TIFF_KEYS'), 'TIFF_KEYS').map((key) => {
    if (typeof key === 'string' && key !== '') return key;
    throw new ContractError(`TIFF_KEYS: each key must be a non-empty string; it is ${shown(key)}`);
  });
}

function required(env: Environment, name: string): string {
  const value = env[name];
  if (value) return value;
  throw new ContractError(`${name} is not set`);
}
