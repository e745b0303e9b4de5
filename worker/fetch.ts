import { readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { ManifestFile } from '../src/contract/manifest.ts';
import type { Decision, Warning } from '../src/contract/result.ts';
import { StorageError, type ObjectInfo, type ObjectStore } from '../src/storage/object-store.ts';
import { FileFailure } from './file-failure.ts';
import { LOCAL_PAM, LOCAL_SOURCE, localSidecar } from './gdal.ts';
import { filterPam } from './pam.ts';

/** A raster and what belongs to it, in a local folder. */
export interface Fetched {
  readonly info: ObjectInfo;
  /** Local names of the sidecars that came with it. */
  readonly sidecars: readonly string[];
  readonly decisions: readonly Decision[];
  readonly warnings: readonly Warning[];
}

/**
 * Fetches source and sidecars under fixed local names.
 * @throws FileFailure `source-missing`, `source-changed`; StorageError
 */
export async function fetchSource(
  store: ObjectStore,
  row: ManifestFile,
  folder: string,
  signal: AbortSignal,
): Promise<Fetched> {
  const options = row.etag === '' ? { signal } : { ifMatch: row.etag, signal };
  const info = await download(store, row.source, join(folder, LOCAL_SOURCE), options);
  if (info === null) throw new FileFailure('source-missing', 'the source is not there any more');
  const beside = await fetchSidecars(row.sidecars ?? [], folder, async (key, file) => {
    return (await store.download(key, file, { signal })) !== null;
  });
  return { info, ...beside };
}

async function download(
  store: ObjectStore,
  key: string,
  file: string,
  options: { readonly ifMatch?: string; readonly signal: AbortSignal },
): Promise<ObjectInfo | null> {
  try {
    return await store.download(key, file, options);
  } catch (error) {
    if (error instanceof StorageError && error.fault === 'precondition') {
      throw new FileFailure('source-changed', 'the source was replaced after planning', error);
    }
    throw error;
  }
}

/**
 * Fetches what lies beside a source under fixed local names. `a.tif.aux.xml` wins over `a.aux.xml`: GDAL writes the first, ESRI
 * programs also the second.
 * @param take gets one into a local file; false when it was deleted since
 */
export async function fetchSidecars(
  keys: readonly string[],
  folder: string,
  take: (key: string, file: string) => Promise<boolean>,
): Promise<Omit<Fetched, 'info'>> {
  const found: string[] = [];
  for (const key of [...keys].sort((a, b) => b.length - a.length)) {
    const name = localSidecar(key);
    // of keys that nobody has listed most are not there, and any of those with one name may be
    if (name === null || found.includes(name)) continue;
    if (await take(key, join(folder, name))) found.push(name);
  }
  const pam = found.includes(LOCAL_PAM)
    ? await cleanPam(join(folder, LOCAL_PAM))
    : { decisions: [], warnings: [] };
  return { sidecars: found, ...pam };
}

async function cleanPam(file: string): Promise<Pick<Fetched, 'decisions' | 'warnings'>> {
  const { text, isReadable, dropped } = filterPam(await readFile(file, 'utf8'));
  if (text === null) await rm(file);
  else await writeFile(file, text);
  const message = 'the .aux.xml beside the source is no PAM file of GDAL and was ignored';
  return {
    decisions:
      dropped.length === 0
        ? []
        : [
            {
              option: 'sidecar .aux.xml',
              value: `without ${dropped.join(', ')}`,
              because: 'of unknown age or naming other files',
            },
          ],
    warnings: isReadable ? [] : [{ code: 'sidecar-unreadable', message }],
  };
}
