import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { manifestKey, resultKey } from '../../src/contract/naming.ts';
import { MANIFEST_VERSION, serialiseManifest, type ManifestFile } from '../../src/contract/manifest.ts';
import { DEFAULT_OPTIONS, type ConversionOptions } from '../../src/contract/options.ts';
import { parseResult, type JobResult } from '../../src/contract/result.ts';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import type { ObjectStore } from '../../src/storage/object-store.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));

export const SOURCES = 'src/';
export const COGS = 'cogs/';
export const MANIFEST = manifestKey(COGS, 'x', 1);

/** A bucket that is a folder; removed by `remove`. */
export interface Lab {
  readonly folder: string;
  readonly store: DirectoryStore;
  readonly remove: () => void;
}

export function openLab(): Lab {
  const folder = mkdtempSync(join(tmpdir(), 'cogconv-worker-'));
  const remove = (): void => {
    rmSync(folder, { recursive: true, force: true });
  };
  return { folder, store: new DirectoryStore(folder), remove };
}

/** A Python that has GDAL: the project's own environment, the system's, any. */
export function pythonWithGdal(): string {
  const found = [join(root, '.venv/bin/python'), '/usr/bin/python3', 'python3'].find(
    (python) =>
      spawnSync(python, ['-c', 'import osgeo.gdal, osgeo_utils, numpy'], { stdio: 'ignore' }).status === 0,
  );
  if (found === undefined) throw new Error('no Python with GDAL: run script/bootstrap');
  return found;
}

/** Runs a script of test/fixtures. */
export function fixtureScript(name: string, args: readonly string[], input = ''): string {
  return execFileSync(pythonWithGdal(), [join(root, 'test/fixtures', name), ...args], {
    input,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** Rows for all sources of the lab, with the sidecars of their names. */
export async function rowsOf(store: ObjectStore): Promise<ManifestFile[]> {
  const all = [];
  for await (const page of store.list(SOURCES)) all.push(...page);
  const keys = all.map(({ key }) => key);
  return all
    .filter(({ key }) => key.endsWith('.tif'))
    .map(({ key, sizeBytes, etag }) => {
      const stem = key.slice(SOURCES.length, -'.tif'.length);
      const sidecars = keys.filter((one) => one !== key && one.startsWith(`${SOURCES}${stem}.`));
      return { source: key, size: sizeBytes, etag, target: `${COGS}${stem}_cog.tif`, sidecars };
    });
}

export async function putManifest(
  store: ObjectStore,
  files: readonly ManifestFile[],
  options: Partial<ConversionOptions> = {},
): Promise<void> {
  const manifest = {
    version: MANIFEST_VERSION,
    run: 'x',
    job: 1,
    createdAt: '2026-01-01T00:00:00.000Z',
    bucket: store.bucket,
    sourcePrefix: SOURCES,
    cogPrefix: COGS,
    options: { ...DEFAULT_OPTIONS, ...options },
    files,
  } as const;
  await store.writeText(MANIFEST, serialiseManifest(manifest), {
    condition: 'always',
    contentType: 'application/json',
  });
}

export function resultOf({ folder }: Lab): JobResult {
  return parseResult(readFileSync(join(folder, resultKey(MANIFEST)), 'utf8'));
}

/** All keys below a prefix. */
export async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of store.list(prefix)) for (const { key } of page) keys.push(key);
  return keys;
}
