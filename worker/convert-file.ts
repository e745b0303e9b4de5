import { stat } from 'node:fs/promises';
import type { ManifestFile } from '../src/contract/manifest.ts';
import type { FileResult } from '../src/contract/result.ts';
import {
  StorageError,
  type ObjectInfo,
  type ObjectStore,
  type WriteCondition,
} from '../src/storage/object-store.ts';
import { convertLocal, type Converted, type ConversionTools } from './conversion.ts';
import { fetchSource, type Fetched } from './fetch.ts';
import { failureOf } from './failure-of.ts';
import { FileFailure, failureReason } from './file-failure.ts';
import { Stopped, type ResourceGate } from './resource-gate.ts';
import { ONE_FETCH } from './schedule.ts';
import { scratchBytes } from './scratch-need.ts';
import type { Room, Scratch } from './scratch.ts';
import { StepClock, type Timed } from './step-clock.ts';

/** All that converting a file of the manifest takes. */
export interface FileTools extends ConversionTools {
  readonly store: ObjectStore;
  readonly scratch: Scratch;
  /** How many sources are fetched at once. */
  readonly fetching: ResourceGate;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
}

const COG_TYPE = 'image/tiff; application=geotiff; profile=cloud-optimized';

/**
 * One file of the manifest, from look to upload. Whatever goes wrong with it becomes its row.
 * @throws Stopped when the job is told to stop: the file has no row then
 */
export async function convertFile(tools: FileTools, row: ManifestFile, slot: string): Promise<FileResult> {
  const clock = new StepClock(tools.now);
  const end = await work(tools, row, slot, clock.timed).catch((error: unknown) =>
    failed(error, tools.signal),
  );
  return {
    ...BLANK,
    source: row.source,
    target: row.target,
    sourceBytes: row.size,
    sourceEtag: row.etag,
    ...end,
    seconds: clock.seconds,
    steps: clock.steps,
  };
}

const BLANK = { cogBytes: 0, crs: null, decisions: [], warnings: [], sidecars: [] } as const;

type End = Pick<FileResult, 'outcome'> & Partial<FileResult>;

function skipped(why: string): End {
  return { outcome: 'skipped', skipped: why };
}

const HAS_COG = 'its COG exists';

async function work(tools: FileTools, row: ManifestFile, slot: string, timed: Timed): Promise<End> {
  const condition = await timed('fetch', () => writeCondition(tools, row));
  if (typeof condition === 'object' && 'skip' in condition) return skipped(condition.skip);
  const sourceBytes = row.size > 0 ? row.size : await timed('fetch', () => sizeNow(tools, row));
  const room = await timed('wait', () => tools.scratch.take(slot, scratchBytes(sourceBytes), tools.signal));
  try {
    return await workIn(room, tools, row, condition, timed);
  } finally {
    await room.release();
  }
}

async function sizeNow({ store, signal }: FileTools, { source }: ManifestFile): Promise<number> {
  return (await store.head(source, signal))?.sizeBytes ?? 0;
}

/** What may be written over: nothing, anything, or the stale COG that this conversion replaces. */
async function writeCondition(
  { store, options, signal }: FileTools,
  row: ManifestFile,
): Promise<WriteCondition | { readonly skip: string }> {
  if (options.overwrite) return 'always';
  const there = await store.head(row.target, signal);
  if (there === null) return 'if-absent';
  if (row.replaces === undefined) return { skip: HAS_COG };
  return there.etag === row.replaces
    ? { replaces: row.replaces }
    : { skip: 'its COG was replaced meanwhile' };
}

async function workIn(
  room: Room,
  tools: FileTools,
  row: ManifestFile,
  condition: WriteCondition,
  timed: Timed,
): Promise<End> {
  const { folder } = room;
  const fetched = await fetchInTurn(tools, row, folder, timed);
  const facts = { sourceBytes: fetched.info.sizeBytes, sourceEtag: fetched.info.etag };
  const converted = await convertLocal(tools, room, fetched.sidecars, timed).catch((error: unknown) =>
    failed(error, tools.signal),
  );
  if ('outcome' in converted) return { ...converted, ...facts };
  const all = {
    ...facts,
    crs: converted.crs,
    decisions: [...fetched.decisions, ...converted.decisions],
    warnings: [...fetched.warnings, ...converted.warnings],
  };
  try {
    const stored = await timed('upload', () =>
      upload(tools, row, { folder, converted, condition, source: fetched.info }),
    );
    return stored === null ? { ...skipped(HAS_COG), ...all } : { outcome: 'converted', ...all, ...stored };
  } catch (error) {
    return { ...all, ...failed(error, tools.signal) };
  }
}

/** Few at once: two files that are there can be converted, five that are on their way cannot. */
async function fetchInTurn(
  { store, fetching, signal }: FileTools,
  row: ManifestFile,
  folder: string,
  timed: Timed,
): Promise<Fetched> {
  const release = await timed('wait', () => fetching.acquire(ONE_FETCH, signal));
  try {
    return await timed('fetch', () => fetchSource(store, row, folder, signal));
  } finally {
    release();
  }
}

interface Upload {
  readonly folder: string;
  readonly converted: Converted;
  readonly condition: WriteCondition;
  readonly source: ObjectInfo;
}

/** Null when another COG got there first. The sidecar goes first, so that a COG that can be seen is complete. */
async function upload(
  tools: FileTools,
  row: ManifestFile,
  job: Upload,
): Promise<Pick<FileResult, 'cogBytes' | 'sidecars'> | null> {
  await refuseReplacedSource(tools, row, job.source);
  const { sidecar } = job.converted;
  const sidecarKey = `${row.target}.aux.xml`;
  if (sidecar !== null) await uploadSidecar(tools, sidecar, sidecarKey);
  try {
    const cogBytes = await put(tools, row, job);
    if (sidecar === null) await removeOldSidecar(tools.store, sidecarKey);
    return { cogBytes, sidecars: sidecar === null ? [] : [sidecarKey] };
  } catch (error) {
    if (await isOthersCog(tools, row, job, error)) return null;
    throw error;
  }
}

/** @throws FileFailure `bad-key` where the COG's key is just short enough, and this one too long */
async function uploadSidecar({ store, signal }: FileTools, file: string, key: string): Promise<void> {
  try {
    await store.upload(file, key, { condition: 'always', contentType: 'application/xml', signal });
  } catch (error) {
    if (!(error instanceof StorageError) || error.fault !== 'bad-key') throw error;
    const what = "the COG's class names or attribute tables, which lie beside it, have no place";
    throw new FileFailure('bad-key', `${what}: ${error.message}`, error);
  }
}

/**
 * One of a COG that was here before would tell of other pixels; a deletion for nothing leaves a mark where versions are kept. No signal
 * ends it: the COG is there, and no other attempt would come back to it.
 */
async function removeOldSidecar(store: ObjectStore, key: string): Promise<void> {
  if ((await store.head(key)) !== null) await store.delete(key);
}

/** A refused write means that another COG got there first; a refused copy may also mean that its source was replaced. */
async function isOthersCog(
  { store, signal }: FileTools,
  { target }: ManifestFile,
  job: Upload,
  error: unknown,
): Promise<boolean> {
  if (!(error instanceof StorageError) || error.fault !== 'precondition') return false;
  if (job.converted.cog !== null) return true;
  const there = await store.head(target, signal);
  return there !== null && (typeof job.condition !== 'object' || there.etag !== job.condition.replaces);
}

async function put(
  { store, signal }: FileTools,
  { source, target }: ManifestFile,
  job: Upload,
): Promise<number> {
  const write = { condition: job.condition, contentType: COG_TYPE, signal };
  const { cog } = job.converted;
  if (cog === null)
    return (await store.copy(source, target, { ...write, ifMatch: job.source.etag })).sizeBytes;
  await store.upload(cog, target, write);
  return (await stat(cog)).size;
}

/** A source replaced while it was converted must not get a COG that is newer than it and yet shows the old pixels. */
async function refuseReplacedSource(
  { store, signal }: FileTools,
  { source }: ManifestFile,
  then: ObjectInfo,
): Promise<void> {
  const now = await store.head(source, signal);
  if (now === null) throw new FileFailure('source-missing', 'the source was deleted while it was converted');
  if (now.etag !== then.etag)
    throw new FileFailure('source-changed', 'the source was replaced while it was converted');
}

/** The row of a failure. @throws Stopped when it is our own stopping that shows */
function failed(error: unknown, signal: AbortSignal): End {
  if (signal.aborted || error instanceof Stopped) throw new Stopped('stopped');
  return { outcome: 'failed', reason: failureReason(failureOf(error)) };
}
