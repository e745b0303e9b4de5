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

/** What the selection makes of an object; its key may stand in a longer text. */
export function classifySource(
  text: string,
  sizeBytes: number,
  selection: Selection,
  start = 0,
  end = text.length,
): SourceClass {
  if (!isSourceKey(text, selection, start, end)) return 'other';
  if (sizeBytes === 0) return 'empty';
  return takesAll(selection) || isSelected(text.slice(start, end), selection) ? 'selected' : 'left-out';
}

function takesAll({ rasterType, filenameFilter, keys }: Selection): boolean {
  return rasterType === 'both' && filenameFilter === null && keys === null;
}

function isSelected(key: string, { rasterType, filenameFilter, keys }: Selection): boolean {
  if (keys !== null && !keys.has(key)) return false;
  const name = fileName(key);
  if (rasterType !== 'both' && !name.startsWith(`${rasterType}_`)) return false;
  // `search` ignores `lastIndex`, so a `g` or `y` flag cannot skip every other file.
  return filenameFilter === null || name.search(filenameFilter) !== -1;
}
