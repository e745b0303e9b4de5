import { pixelBytes, type RasterHeader } from './raster-header.ts';

/** A raster, and how large its file is: no block in it has more compressed bytes. */
export interface SourceFile {
  readonly header: RasterHeader;
  readonly sourceBytes: number;
}

/** A raster on its way to a COG. */
export interface Conversion extends SourceFile {
  /** GDAL's name of what its overviews are made by: `CUBIC`; null where none are made. */
  readonly resampling: string | null;
}

/** These methods weigh more than the pixels below: GDAL holds rows of them filtered one way, as doubles. */
export const CONVOLVING: ReadonlySet<string | null> = new Set([
  'BILINEAR',
  'CUBIC',
  'CUBICSPLINE',
  'LANCZOS',
]);
const DOUBLE_BYTES = 8;

export const MIB = 1024 * 1024;
export const TILE_SIDE = 512;
export const MIN_CACHE_MIB = 16;
/** What each thread's heap keeps of the memory that was given back. */
const LOST_SHARE = 0.1;
/** What it keeps however large the blocks are, measured. */
const LOST_MIB = 24;
/** Blocks of as much as so many tiles of the COG are within what any conversion takes. */
const ORDINARY_TILES = 4;

/** The blocks of a source when they are so large that they say how much memory it takes; null for ordinary ones. */
interface LargeBlocks {
  readonly width: number;
  readonly height: number;
  /** Of all bands, decoded. */
  readonly bytes: number;
  /** Of one band, as the cache holds them. */
  readonly bandBytes: number;
  /** Held while a block is decoded, by each thread: the compressed block, and all bands of it where these lie pixel by pixel. */
  readonly decodingBytes: number;
  readonly count: number;
  readonly isTiled: boolean;
}

function largeBlocks({ header, sourceBytes }: SourceFile): LargeBlocks | null {
  const [width, height] = header.bands[0]?.block ?? [0, 0];
  const pixels = Math.min(width, header.width) * Math.min(height, header.height);
  if (pixels <= ORDINARY_TILES * TILE_SIDE * TILE_SIDE) return null;
  const bytes = pixels * pixelBytes(header.bands);
  const compressed = header.compression === null ? 0 : Math.min(bytes, sourceBytes);
  return {
    width,
    height,
    bytes,
    bandBytes: bytes / header.bands.length,
    // that the bands lie one after the other is not told by the header
    decodingBytes: compressed + (header.bands.length > 1 ? bytes : 0),
    count: Math.ceil(header.width / width) * Math.ceil(header.height / height),
    isTiled: width < header.width,
  };
}

/** The cache that holds all blocks below one row of COG tiles: with less, each of them is decoded again for every tile it is below. */
export function cacheForBlocksMiB(source: SourceFile): number {
  const blocks = largeBlocks(source);
  if (blocks === null) return MIN_CACHE_MIB;
  const { width, height, bands } = source.header;
  const isAligned = blocks.height % TILE_SIDE === 0 || blocks.height >= height;
  const rows = Math.ceil(TILE_SIDE / blocks.height) + (isAligned ? 0 : 1);
  const columns = Math.ceil(width / blocks.width);
  const ownHeight = Math.min(blocks.height, height);
  const blockBytes = rows * ownHeight * columns * Math.min(blocks.width, width) * pixelBytes(bands);
  return Math.ceil((blockBytes + TILE_SIDE * width * pixelBytes(bands)) / MIB) + MIN_CACHE_MIB;
}

/** What large blocks take beside the cache while they become a COG; 0 for ordinary ones. */
export function besideCacheMiB(source: Conversion, threads: number, cacheMiB: number): number {
  const blocks = largeBlocks(source);
  if (blocks === null) return 0;
  const decoders = Math.min(threads, blocks.count);
  const decoding = decoders * blocks.decodingBytes;
  const copying = Math.max(blocks.isTiled ? blocks.bytes : 0, (cacheMiB * MIB) / 4);
  const bytes = decoding + copying + overviewBytes(source, blocks) + uncached(blocks, cacheMiB);
  return LOST_MIB + Math.ceil((bytes * (1 + decoders * LOST_SHARE)) / MIB);
}

/** What sampling such blocks by GDAL takes beside the cache; 0 for ordinary ones. */
export function samplingMiB(source: SourceFile, cacheMiB: number): number {
  const blocks = largeBlocks(source);
  return blocks === null ? 0 : Math.ceil((blocks.decodingBytes + uncached(blocks, cacheMiB)) / MIB);
}

/** GDAL gives overviews the tiles of the source, and reads all that is below one of them at once. */
function overviewBytes({ header, resampling }: Conversion, blocks: LargeBlocks): number {
  if (!blocks.isTiled) return 0;
  const { width, height, bands } = header;
  const below = Math.min(2 * blocks.width, width) * Math.min(2 * blocks.height, height);
  const filteredBytes = CONVOLVING.has(resampling) ? 2 * blocks.width * blocks.height * DOUBLE_BYTES : 0;
  return below * pixelBytes(bands) * 1.25 + filteredBytes;
}

/** A block in use is held even where the cache is too small for it. */
function uncached({ bandBytes }: LargeBlocks, cacheMiB: number): number {
  return bandBytes > (cacheMiB - MIN_CACHE_MIB) * MIB ? bandBytes : 0;
}
