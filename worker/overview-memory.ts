import { CONVOLVING, MIB, MIN_CACHE_MIB, TILE_SIDE, type Conversion } from './block-memory.ts';
import { pixelBytes, rawBytes, type RasterHeader } from './raster-header.ts';

/** All bands of what is below a tile, the tile itself, and what the heap keeps of them. */
const CHUNKS = 1.4;
/** The same with what the tiles take that are compressed behind them, which for pixels of so many bytes is more; measured with noise. */
const LARGE_PIXEL = { bytes: 32, chunks: 2.6 };
/** Of one thread that convolves, beside its chunks. */
const KERNEL_MIB = { one: 10, many: 46 };
/** GDAL makes those of several bands together, and the heap keeps more of it. */
const MANY_BANDS_MIB = 40;

/** What GDAL holds beside the cache while it makes a COG's overviews, measured with 3.6: by 1 and 2 threads, of 1 to 100 bands. */
export function overviewMiB({ header, resampling }: Conversion, threads: number): number {
  const { width, height, bands } = header;
  if (resampling === null || Math.max(width, height) <= TILE_SIDE) return 0;
  const below = Math.min(2 * TILE_SIDE, width) * Math.min(2 * TILE_SIDE, height);
  const [shared, kernel] = bands.length > 1 ? [MANY_BANDS_MIB, KERNEL_MIB.many] : [0, KERNEL_MIB.one];
  const bytes = pixelBytes(bands);
  const chunks =
    (bytes < LARGE_PIXEL.bytes ? CHUNKS : LARGE_PIXEL.chunks) * bytes +
    (CONVOLVING.has(resampling) ? kernel : 0);
  return shared + Math.ceil((threads * chunks * below) / MIB);
}

/** A quarter more: the first overview is written while the raster below it is read. */
const WITH_OVERVIEW = 1.25;

/**
 * The cache that holds a raster whole: its blocks are decoded once, not for the overviews, of several bands for each band, and again
 * for the COG's tiles. Null where they are not compressed, so that to read them again costs next to nothing.
 */
export function wholeCacheMiB(header: RasterHeader): number | null {
  if (header.compression === null) return null;
  return Math.ceil((WITH_OVERVIEW * rawBytes(header)) / MIB) + MIN_CACHE_MIB;
}

/** Whether GDAL should write the overviews uncompressed in between: of several bands it then makes them band by band, and decodes all for each. */
export function makesPlainOverviews(header: RasterHeader, cacheMiB: number): boolean {
  const wholeMiB = wholeCacheMiB(header);
  return wholeMiB === null || header.bands.length === 1 || cacheMiB >= wholeMiB;
}
