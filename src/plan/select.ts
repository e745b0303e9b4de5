import { fileName, isSourceKey, type Prefixes, type RasterType } from '../contract/naming.ts';

/** Which sources the user means. */
export interface Selection extends Prefixes {
  readonly rasterType: RasterType;
  /** Searched in the file name, never in the folder. */
  readonly filenameFilter: RegExp | null;
  /** Only these keys (`--keys-from`); null = all. */
  readonly keys: ReadonlySet<string> | null;
}

/** `empty`: a raster by its name, but of 0 bytes, so no source. `other`: no raster, or outside the prefixes. */
export type SourceClass = 'selected' | 'left-out' | 'empty' | 'other';

/** What the selection makes of an object. */
export function classifySource(key: string, sizeBytes: number, selection: Selection): SourceClass {
  if (!isSourceKey(key, selection)) return 'other';
  if (sizeBytes === 0) return 'empty';
  return isSelected(key, selection) ? 'selected' : 'left-out';
}

function isSelected(key: string, { rasterType, filenameFilter, keys }: Selection): boolean {
  if (keys !== null && !keys.has(key)) return false;
  if (rasterType === 'both' && filenameFilter === null) return true;
  const name = fileName(key);
  if (rasterType !== 'both' && !name.startsWith(`${rasterType}_`)) return false;
  // `search` ignores `lastIndex`, so a `g` or `y` flag cannot skip every other file.
  return filenameFilter === null || name.search(filenameFilter) !== -1;
}
