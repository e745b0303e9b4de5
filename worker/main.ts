import { readFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { performance } from 'node:perf_hooks';
import { pino } from 'pino';
import { ContractError } from '../src/contract/contract-error.ts';
import { decodeAttempt, decodeJob, isProbe, type JobRequest } from '../src/contract/job-env.ts';
import { manifestFromKeys, parseManifest, type Manifest } from '../src/contract/manifest.ts';
import { normalisePrefix, type Prefixes } from '../src/contract/naming.ts';
import type { FileResult } from '../src/contract/result.ts';
import { parseVerifyRequest, type VerifiedFile, type VerifyRequest } from '../src/contract/verification.ts';
import { StorageError, type ObjectStore } from '../src/storage/object-store.ts';
import { openStore } from '../src/storage/open-store.ts';
import { ownIdentity } from '../src/storage/process-identity.ts';
import { collectLate } from './engine-flags.ts';
import { findGdal, GdalMissing } from './gdal-runner.ts';
import { EXIT, runJob, type JobContext } from './job.ts';
import type { Logger } from './logger.ts';
import { probeMachine } from './probe.ts';
import { Overtaken } from './result-file.ts';
import { Scratch } from './scratch.ts';
import { runVerify } from './verify-job.ts';
import { spotNotice, spotNoticeEndpoint } from './spot-notice.ts';

declare const COGCONV_VERSION: string | undefined;

/** Variables of the worker's environment that GDAL runs get, where they are set. */
const SEARCH = ['PATH', 'LD_LIBRARY_PATH', 'DYLD_LIBRARY_PATH', 'GDAL_DATA', 'SYSTEMROOT'] as const;

/** Storage faults that another attempt would meet again. */
const BAD_ENVIRONMENT = new Set(['missing-bucket', 'denied', 'credentials', 'wrong-region', 'bad-key']);

collectLate();

const env = process.env;
const stop = new AbortController();
const drain = new AbortController();
const watch = new AbortController();
const log: Logger = pino({ base: { pid: process.pid } }, pino.destination({ fd: 1, sync: true }));
let lastMessage: Promise<void> = Promise.resolve();

process.stderr.on('error', () => undefined);
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    log.info({ signal }, 'Job:Stop');
    stop.abort();
  });
}
const onDisconnect = (): void => {
  log.info({}, 'Parent:Gone');
  stop.abort();
};
if (process.send !== undefined) {
  process.on('disconnect', onDisconnect);
  // a parent that was killed while this program was loaded is never told of
  if (!process.connected) onDisconnect();
}

watchForSpotNotice();
process.exitCode = await main().catch(exitCodeOf);
watch.abort();
await lastMessage;
process.off('disconnect', onDisconnect);
if (process.connected) process.disconnect();

function watchForSpotNotice(): void {
  const endpoint = spotNoticeEndpoint(env);
  if (endpoint === null) return;
  void spotNotice(endpoint, watch.signal).then((notice) => {
    if (notice === null) return;
    log.warn(notice, 'Spot:Notice');
    drain.abort();
  });
}

async function main(): Promise<number> {
  if (isProbe(env)) return await probe();
  const request = decodeJob(env);
  const store = await openStore(request.bucket, { region: env['AWS_REGION'] ?? 'us-east-1', ...profile() });
  try {
    return await work(request, store);
  } finally {
    store.close();
  }
}

async function probe(): Promise<number> {
  const machine = await probeMachine(scratchRoot(), { search: search(), signal: stop.signal });
  tell({ type: 'machine', machine });
  return EXIT.done;
}

async function work(request: JobRequest, store: ObjectStore): Promise<number> {
  const job =
    request.kind === 'verify'
      ? parseVerifyRequest(await readFile(request.file, 'utf8'))
      : await readManifest(request, store);
  const scratch = await Scratch.open(scratchRoot());
  try {
    return await workIn(scratch, job, request, store);
  } finally {
    await scratch.close();
  }
}

async function workIn(
  scratch: Scratch,
  job: Manifest | VerifyRequest,
  request: JobRequest,
  store: ObjectStore,
): Promise<number> {
  const converts = 'run' in job;
  const gdal = await findGdal({ search: search(), scratch: scratch.folder, signal: stop.signal, converts });
  const tools = { store, scratch, gdal, signal: stop.signal };
  try {
    if (converts)
      return await runJob(job, request.kind === 'manifest' ? request.key : null, { ...tools, ...facts() });
    await runVerify(job, { ...tools, onFile: tellVerified });
    return stop.signal.aborted ? EXIT.retry : EXIT.done;
  } finally {
    await gdal.close();
  }
}

function scratchRoot(): string {
  return env['SCRATCH_DIR'] ?? tmpdir();
}

function search(): Record<string, string> {
  return Object.fromEntries(SEARCH.flatMap((name) => (env[name] === undefined ? [] : [[name, env[name]]])));
}

function facts(): Omit<JobContext, 'store' | 'scratch' | 'gdal' | 'signal'> {
  return {
    log,
    giveUp: () => {
      stop.abort();
    },
    drain: drain.signal,
    attempt: decodeAttempt(env),
    version: typeof COGCONV_VERSION === 'string' ? COGCONV_VERSION : 'development',
    identity: ownIdentity(),
    onFile: tellParent,
    now: () => performance.now(),
    date: () => new Date(),
  };
}

async function readManifest(
  request: Exclude<JobRequest, { kind: 'verify' }>,
  store: ObjectStore,
): Promise<Manifest> {
  const context = { ...prefixes(), bucket: request.bucket };
  if (request.kind === 'keys') return manifestFromKeys(request.keys, context);
  const text = await store.readText(request.key);
  if (text === null) throw new ContractError(`there is no manifest ${store.describe(request.key)}`);
  return isBareKeys(text) ? manifestFromKeys(JSON.parse(text), context) : parseManifest(text);
}

/** `[...]` or `{"keys": [...]}`, as the Python worker took them. */
function isBareKeys(text: string): boolean {
  try {
    const value: unknown = JSON.parse(text);
    return (
      Array.isArray(value) ||
      (typeof value === 'object' && value !== null && 'keys' in value && !('version' in value))
    );
  } catch {
    return false;
  }
}

function prefixes(): Prefixes {
  return {
    sourcePrefix: normalisePrefix(env['SOURCE_PREFIX'] ?? 'cartodb_exports/rasters/'),
    cogPrefix: normalisePrefix(env['COG_PREFIX'] ?? 'cartodb_exports/cogs/'),
  };
}

function profile(): { profile?: string } {
  return env['AWS_PROFILE'] === undefined ? {} : { profile: env['AWS_PROFILE'] };
}

/** The local runner shows progress from these; nobody minds when it is gone. */
function tellParent(file: FileResult): void {
  tell({ type: 'file', file });
}

function tellVerified(verified: VerifiedFile): void {
  tell({ type: 'verified', verified });
}

function tell(message: object): void {
  if (!process.connected) return;
  lastMessage = new Promise((sent) => {
    process.send?.(message, undefined, undefined, () => {
      sent();
    });
  });
}

/** What ended the job as a whole. */
function exitCodeOf(error: unknown): number {
  if (stop.signal.aborted && !(error instanceof Overtaken)) return EXIT.retry;
  const message = error instanceof Error ? error.message : String(error);
  process.stderr.write(`cogconv worker: ${message}\n`);
  if (isUsage(error)) return EXIT.usage;
  if (!(error instanceof StorageError))
    log.error({ error: error instanceof Error ? error.stack : message }, 'Job:Crashed');
  return EXIT.retry;
}

function isUsage(error: unknown): boolean {
  if (error instanceof StorageError) return BAD_ENVIRONMENT.has(error.fault);
  return error instanceof ContractError || error instanceof GdalMissing;
}
