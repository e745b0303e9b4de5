import type { Decision } from '../src/contract/result.ts';
import { besideCacheMiB, MIB, TILE_SIDE, type Conversion } from './block-memory.ts';
import { overviewMiB } from './overview-memory.ts';
import { pixelBytes, type RasterHeader } from './raster-header.ts';
import { convertingTableMiB } from './table-memory.ts';

/** GDAL with its libraries and the PROJ database, measured with gdalinfo and small conversions: 55 to 60 MB. */
export const GDAL_MIB = 64;
/** Tiles held beside those of the threads: one to write and one as its mask or overview. */
const SPARE_TILES = 2;

/** What is chosen for a conversion and tells how much memory it takes. */
export interface Chosen {
  readonly threads: number;
  readonly cacheMiB: number;
}

type Parts = readonly (readonly [what: string, mib: number])[];

/** What a conversion takes, but for an attribute table. */
export function memoryOf(source: Conversion, chosen: Chosen): number {
  return sumOf(partsOf(source, chosen));
}

/**
 * What is planned for a conversion of a raster with an `.aux.xml` of so many bytes (0: none), with its parts for the result. What is reckoned for
 * overviews can be twice too much where bands are hundreds and compress well, and for an attribute table where its cells are long: they
 * alone refuse no raster, which then has all memory for itself.
 */
export function planMemory(
  source: Conversion,
  pamBytes: number,
  chosen: Chosen,
  budgetMiB: number,
): { readonly memoryMiB: number; readonly decision: Decision } {
  const parts: Parts = [...partsOf(source, chosen), ['attribute table', convertingTableMiB(pamBytes)]];
  const needed = sumOf(parts);
  const least = memoryOf({ ...source, resampling: null }, chosen);
  const memoryMiB = least <= budgetMiB ? Math.min(needed, budgetMiB) : needed;
  const isAll = memoryMiB < needed;
  const because = isAll
    ? 'all of the job, for its overviews or attribute table may need so much'
    : shown(parts);
  return { memoryMiB, decision: { option: 'memory', value: `${String(memoryMiB)} MiB`, because } };
}

function partsOf(source: Conversion, { threads, cacheMiB }: Chosen): Parts {
  // overviews are done before the first tile is written
  const workMiB = Math.max(tilesMiB(source.header, threads), overviewMiB(source, threads));
  return [
    ['GDAL', GDAL_MIB],
    ['tiles or overviews in the making', workMiB],
    ['cache', cacheMiB],
    ['large blocks of the source', besideCacheMiB(source, threads, cacheMiB)],
  ];
}

function shown(parts: Parts): string {
  const used = parts.filter(([, mib]) => mib > 0);
  return used.map(([what, mib]) => `${what} ${String(mib)}`).join(', ');
}

function sumOf(parts: Parts): number {
  return parts.reduce((sum, [, mib]) => sum + mib, 0);
}

/** A tile of all bands is held decoded once per thread, and the spare ones. 1,500 bands: 1.2 GB. */
function tilesMiB({ bands }: RasterHeader, threads: number): number {
  return Math.ceil((TILE_SIDE * TILE_SIDE * pixelBytes(bands) * (threads + SPARE_TILES)) / MIB);
}
