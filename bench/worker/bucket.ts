import { stat } from 'node:fs/promises';
import { manifestKey, resultKey } from '../../src/contract/naming.ts';
import { MANIFEST_VERSION, serialiseManifest } from '../../src/contract/manifest.ts';
import { DEFAULT_OPTIONS, type ConversionOptions } from '../../src/contract/options.ts';
import { parseResult, type FileResult, type JobResult } from '../../src/contract/result.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';
import { creationOptions } from '../../worker/choose-options.ts';
import { sourceKey, targetKey } from './rasters.ts';
import type { Choices } from './rivals.ts';

const COGS = 'cogs/';
/** Of the one job of the benchmark. */
export const MANIFEST = manifestKey(COGS, 'bench', 1);

/** Brings what is not there yet; a benchmark runs many times on the same sources. */
export async function uploadSources(store: ObjectStore, files: readonly string[]): Promise<void> {
  for (const file of files) {
    const there = await store.head(sourceKey(file));
    if (there?.sizeBytes === (await stat(file)).size) continue;
    await store.upload(file, sourceKey(file), { condition: 'always', contentType: 'image/tiff' });
  }
}

/** Leaves the sources and one manifest of them, as before the first attempt. */
export async function resetJob(
  store: ObjectStore,
  files: readonly string[],
  options: Partial<ConversionOptions>,
): Promise<void> {
  await emptyCogs(store);
  const rows = [];
  for (const file of files) {
    const info = await store.head(sourceKey(file));
    if (info === null) throw new Error(`${sourceKey(file)} is missing`);
    rows.push({ source: info.key, size: info.sizeBytes, etag: info.etag, target: targetKey(file) });
  }
  const manifest = serialiseManifest({
    version: MANIFEST_VERSION,
    run: 'bench',
    job: 1,
    createdAt: new Date().toISOString(),
    bucket: store.bucket,
    sourcePrefix: 'src/',
    cogPrefix: COGS,
    options: { ...DEFAULT_OPTIONS, ...options },
    files: rows,
  });
  await store.writeText(MANIFEST, manifest, { condition: 'always', contentType: 'application/json' });
}

/** Deletes COGs, manifest and result. */
export async function emptyCogs(store: ObjectStore): Promise<void> {
  const keys: string[] = [];
  for await (const page of store.list(COGS)) for (const { key } of page) keys.push(key);
  for (const key of keys) await store.delete(key);
}

/** What the worker wrote of its job. @throws Error when there is no result */
export async function jobResult(store: ObjectStore): Promise<JobResult> {
  const text = await store.readText(resultKey(MANIFEST));
  if (text === null) throw new Error('the worker wrote no result');
  return parseResult(text);
}

/** The creation options of each raster by the decisions in the result. @throws Error for one that was not converted */
export function chosenOptions({ files: rows }: JobResult, files: readonly string[]): Choices {
  const bySource = new Map(rows.map((row) => [row.source, row]));
  return new Map(files.map((file) => [file, optionsOf(bySource.get(sourceKey(file)))]));
}

function optionsOf(row: FileResult | undefined): readonly (readonly [string, string])[] {
  if (row?.outcome !== 'converted') throw new Error(`not converted: ${JSON.stringify(row)}`);
  const chosen = (option: string): string => row.decisions.find((one) => one.option === option)?.value ?? '';
  const choice = {
    compression: chosen('COMPRESS'),
    predictor: chosen('PREDICTOR'),
    resampling: chosen('RESAMPLING'),
  };
  return creationOptions(choice, 1).filter(([name]) => name !== 'NUM_THREADS');
}
