import { mkdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isPermanent } from '../src/contract/failures.ts';
import type { Difference, VerifiedFile, VerifyFile, VerifyRequest } from '../src/contract/verification.ts';
import { inspectCogLayout } from '../src/raster/cog-layout.ts';
import { copyHeaders } from '../src/raster/header-copy.ts';
import { StorageError, type ObjectInfo, type ObjectStore } from '../src/storage/object-store.ts';
import { failureOf } from './failure-of.ts';
import { fetchSidecars } from './fetch.ts';
import { FileFailure } from './file-failure.ts';
import { runGdal } from './gdal-errors.ts';
import type { GdalRunner } from './gdal-runner.ts';
import { LOCAL_COG, LOCAL_SOURCE } from './gdal.ts';
import { pamBytesIn, readHeader, readSourceHeader, type InspectLimits } from './inspect.ts';
import { pixelDifferences, type LocalRaster } from './pixels.ts';
import { Stopped, type ResourceGate } from './resource-gate.ts';
import { INSPECTION, inspectionOf, planFile } from './schedule.ts';
import type { Scratch } from './scratch.ts';
import { checkTiff } from './tiff-check.ts';
import { crsDifferences, structureDifferences } from './verify.ts';

/** What verifying the COGs of one request takes. */
export interface VerifyTools {
  readonly store: ObjectStore;
  readonly scratch: Scratch;
  readonly gdal: GdalRunner;
  readonly gate: ResourceGate;
  readonly request: Omit<VerifyRequest, 'files'>;
  readonly signal: AbortSignal;
  /** Files not yet done. */
  readonly filesLeft: () => number;
}

/** Sidecars and the header parts of two rasters, mostly far less. */
const HEADER_ROOM_BYTES = 16 * 1024 * 1024;
const HEADER_TIMEOUT_MS = 5 * 60 * 1000;
const TOLD = 3;

/**
 * Verifies one COG in the bucket against its source, there too. Without pixels only headers are read of both. Whatever goes
 * wrong becomes its row.
 * @throws Stopped when the job is told to stop
 */
export async function verifyObject(tools: VerifyTools, row: VerifyFile, slot: string): Promise<VerifiedFile> {
  try {
    return await verify(tools, row, slot);
  } catch (error) {
    if (tools.signal.aborted || error instanceof Stopped) throw new Stopped('stopped');
    return unchecked(row, wordsOf(error));
  }
}

function wordsOf(error: unknown): string {
  const isReplaced = error instanceof StorageError && error.fault === 'precondition';
  return isReplaced ? 'it was replaced while it was read' : failureOf(error).message;
}

function unchecked({ source, target }: VerifyFile, reason: string): VerifiedFile {
  return {
    source,
    target,
    outcome: 'unchecked',
    differences: [],
    reason,
    sourceEtag: '',
    isSourceNewer: false,
  };
}

async function verify(tools: VerifyTools, row: VerifyFile, slot: string): Promise<VerifiedFile> {
  const { store, request, scratch, signal } = tools;
  const cog = await store.head(row.target, signal);
  if (cog === null) return unchecked(row, 'the COG is not there any more');
  const source = row.source === null ? null : await store.head(row.source, signal);
  const wholeBytes = request.pixels ? cog.sizeBytes + (source?.sizeBytes ?? 0) : 0;
  const room = await scratch.take(slot, wholeBytes + HEADER_ROOM_BYTES, signal);
  try {
    const differences = await differencesOf({ ...tools, folder: room.folder }, row, cog, source);
    return verifiedFile(row, cog, source, differences);
  } finally {
    await room.release();
  }
}

function verifiedFile(
  { source: key, target }: VerifyFile,
  cog: ObjectInfo,
  source: ObjectInfo | null,
  differences: readonly Difference[],
): VerifiedFile {
  const outcome = source === null ? 'source-gone' : 'verified';
  return {
    source: key,
    target,
    outcome: differences.length > 0 ? 'different' : outcome,
    differences,
    reason: '',
    sourceEtag: source?.etag ?? '',
    isSourceNewer: source !== null && source.modifiedMs > cog.modifiedMs,
  };
}

/** The tools with the folder of one file. */
interface Bench extends VerifyTools {
  readonly folder: string;
}

async function differencesOf(
  bench: Bench,
  row: VerifyFile,
  cogInfo: ObjectInfo,
  sourceInfo: ObjectInfo | null,
): Promise<readonly Difference[]> {
  const file = join(bench.folder, 'lone', LOCAL_COG);
  await mkdir(join(bench.folder, 'lone'));
  await fetch(bench, cogInfo, file);
  const layout = await layoutDifferences(file, bench.request.pixels);
  const cog = await openCog(bench, file);
  if ('check' in cog) return layout.length > 0 ? layout : [cog];
  if (sourceInfo === null) return layout;
  const source = await openSource(bench, row, sourceInfo);
  const structure = [
    ...crsDifferences(source.header, cog.header),
    ...structureDifferences(source.header, cog.header),
  ];
  const found = [...layout, ...structure];
  const isComparable = structure.every(({ check }) => !['size', 'bands', 'type'].includes(check));
  return bench.request.pixels && isComparable
    ? [...found, ...(await comparePixels(bench, source, cog))]
    : found;
}

/** All of it for pixels, else its headers by range reads. @throws StorageError `precondition` when it was replaced since */
async function fetch({ store, request, signal }: Bench, info: ObjectInfo, file: string): Promise<void> {
  const { key, sizeBytes, etag: ifMatch } = info;
  if (request.pixels) {
    if ((await store.download(key, file, { ifMatch, signal })) !== null) return;
    throw new StorageError('missing', `there is no ${store.describe(key)} any more`);
  }
  await copyHeaders(
    { sizeBytes, read: (offset, length) => store.readRange(key, offset, length, { ifMatch, signal }) },
    file,
  );
}

/** The bytes around each block are only there when the whole file is. */
async function layoutDifferences(file: string, checkBlockBytes: boolean): Promise<readonly Difference[]> {
  const { problems } = await inspectCogLayout(file, { checkBlockBytes, hasExternalOverviews: false });
  return problems.slice(0, TOLD).map((message) => ({ check: 'layout', message }));
}

/** The COG alone, as its readers open it; or why nobody can. */
async function openCog(bench: Bench, file: string): Promise<LocalRaster | Difference> {
  try {
    await checkTiff(file);
    const header = await withLimits(bench, (limits) =>
      readHeader(bench.gdal, file, { ...limits, sidecars: false }),
    );
    return { file, header, sidecars: false };
  } catch (error) {
    if (!(error instanceof FileFailure) || !isPermanent(error.code) || MACHINE.has(error.code)) throw error;
    return { check: 'layout', message: `GDAL cannot open it: ${error.message}` };
  }
}

/** These are no fault of the file. */
const MACHINE = new Set(['timeout', 'out-of-memory', 'does-not-fit']);

async function openSource(bench: Bench, row: VerifyFile, info: ObjectInfo): Promise<LocalRaster> {
  const file = join(bench.folder, LOCAL_SOURCE);
  await fetch(bench, info, file);
  const { sidecars } = await fetchSidecars(row.sidecars, bench.folder, (key, local) =>
    fetchBeside(bench, key, local),
  );
  try {
    await checkTiff(file);
    const { header } = await withLimits(bench, (limits) => readSourceHeader(bench.gdal, limits, sidecars));
    return { file, header, sidecars: true };
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    throw new FileFailure(error.code, `the source: ${error.message}`, error);
  }
}

/** A mask beside the source may be as large as a raster. */
async function fetchBeside(bench: Bench, key: string, file: string): Promise<boolean> {
  const { store, signal } = bench;
  if (!file.endsWith('.msk')) return (await store.download(key, file, { signal })) !== null;
  const info = await store.head(key, signal);
  if (info !== null) await fetch(bench, info, file);
  return info !== null;
}

async function withLimits<T>(
  { gate, signal, folder }: Bench,
  work: (limits: InspectLimits) => Promise<T>,
): Promise<T> {
  const release = await gate.acquire(inspectionOf(await pamBytesIn(folder), gate.budget), signal);
  const limits = { folder, cacheMiB: INSPECTION.memoryMiB / 4, timeoutMs: HEADER_TIMEOUT_MS };
  return await work(limits).finally(release);
}

async function comparePixels(
  { gdal, gate, folder, request, filesLeft, signal }: Bench,
  source: LocalRaster,
  cog: LocalRaster,
): Promise<readonly Difference[]> {
  const plan = planFile(source.header, {
    budget: gate.budget,
    filesLeft: filesLeft(),
    fileTimeoutSeconds: request.fileTimeoutSeconds,
    sourceBytes: (await stat(source.file)).size,
    pamBytes: await pamBytesIn(folder),
    resampling: null,
  });
  if (plan.memoryMiB > gate.budget.memoryMiB)
    throw new FileFailure(
      'does-not-fit',
      `needs ${String(plan.memoryMiB)} MiB to be decoded; raise JOB_MEMORY`,
    );
  const release = await gate.acquire(plan, signal);
  return await runGdal(pixelDifferences(gdal, source, cog, plan)).finally(release);
}
