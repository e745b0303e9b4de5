import { MIB, TILE_SIDE, type SourceFile } from './block-memory.ts';
import { pixelBytes, rawBytes, type RasterHeader } from './raster-header.ts';

/** Itself, its COG of about that size, and a third for overviews under construction. */
const TIMES_SOURCE = 2.4;

/** Scratch that one source needs. */
export function scratchBytes(sourceBytes: number): number {
  return Math.ceil(sourceBytes * TIMES_SOURCE) + MIB;
}

/** The largest source for which so much scratch is enough; 0: for none. */
export function largestSourceBytes(freeBytes: number): number {
  return Math.max(0, Math.floor((freeBytes - MIB) / TIMES_SOURCE));
}

/**
 * What a COG's overviews and their mask take under construction when nothing compresses them. They are made of whole tiles, so that
 * those of a narrow raster can be larger than itself: 100,000 by 3 pixels of four bytes, 1.2 MB, take 129 MB.
 */
export function plainOverviewBytes({ width, height, bands }: RasterHeader): number {
  let pixels = 0;
  for (let side = [width, height]; Math.max(...side) > TILE_SIDE;) {
    side = side.map((length) => Math.ceil(length / 2));
    pixels += side.reduce((area, length) => area * Math.ceil(length / TILE_SIDE) * TILE_SIDE, 1);
  }
  return pixels * (pixelBytes(bands) + 1);
}

/** Their COG, which is lossless, is as large as if there had been no codec. */
const LOSSY = /JPEG|WEBP|JXL|JP2000|LERC/i;
/** A COG with its overviews, and a third of it for overviews under construction, by the raw pixels. */
const MOST_OF_RAW = 1.4 + 1 / 3;
/** Times that a source is smaller than its pixels before its size stops telling that of the COG. */
const FAR = 8;
/** LZW keeps about a hundredth of equal pixels, of which other codecs and sparse files keep nothing. */
const LEAST_OF_RAW = 1 / 32;
/** How much smaller than LZW other lossless codecs may be. */
const LZW_LOSS = 4;

/**
 * What a source needs beyond `scratchBytes`, as its header tells. The COG of a lossy source may be many times its size; that of
 * one far below its raw size may be, where blocks are missing or the codec is better than the COG's.
 */
export function moreScratchBytes({ header, sourceBytes }: SourceFile): number {
  const raw = rawBytes(header);
  const isLossy = LOSSY.test(header.compression ?? '');
  if (!isLossy && sourceBytes >= raw / FAR) return 0;
  const pixels = isLossy ? raw : Math.min(raw, LZW_LOSS * sourceBytes + raw * LEAST_OF_RAW);
  return Math.max(0, Math.ceil(sourceBytes + pixels * MOST_OF_RAW) - scratchBytes(sourceBytes));
}
