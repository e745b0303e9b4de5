import { deflateSync } from 'node:zlib';
import type { Compression } from '../src/contract/options.ts';
import { lzwSize } from './lzw-size.ts';
import { neighboursBelow, neighboursOf, type Neighbours, type Pixels } from './neighbours.ts';
import { returnsOf, type Returns } from './patches.ts';
import { isFloat, sampleBytes, type BandHeader } from './raster-header.ts';
import { bandValues, type Sample } from './sample.ts';

/** What the sample tells of one band. */
export interface BandFacts {
  /** Distinct valid values, counted up to `DISTINCT_LIMIT` + 1. */
  readonly distinct: number;
  readonly allWhole: boolean;
  readonly minimum: number;
  readonly maximum: number;
  /** A value that looks like undeclared nodata; null for none. */
  readonly suspectNodata: number | null;
  /** Of whole numbers; null for others, and where too few pixels are beside each other. */
  readonly neighbours: Neighbours | null;
  /** Null where there are few values, which tell enough, and where most neighbours differ. */
  readonly fields: Fields | null;
}

/** What else tells names from amounts where most neighbours are equal. */
interface Fields {
  readonly below: Neighbours | null;
  readonly returns: Returns;
}

/** Most neighbours in a field of one class are equal; in imagery and elevation some tenths are. */
export const EQUAL_IN_FIELDS = 0.75;

/** More values than this are no classes unless they lie like names: the richest land cover legends have some 50. */
export const DISTINCT_LIMIT = 64;

/** Values that programs write for "nothing here". */
const USUAL_NODATA: readonly number[] = [
  -9999, -99999, -32768, -32767, -2147483648, -3.4028234663852886e38, -3.3999999521443642e38,
  -1.7976931348623157e308, 255, 65535, 32767, 1e20,
];
/** Those so far below zero are no measurement. */
const HIGHEST_SENTINEL = -9999;
const SENTINELS = USUAL_NODATA.filter((value) => value <= HIGHEST_SENTINEL);
/** Rarer ones are more likely to be data. */
const SUSPECT_SHARE = 0.005;

/** Counts over all sampled bands but alpha, in order. */
export function bandFacts(sample: Sample): readonly BandFacts[] {
  return sample.bands
    .map((band, at) => factsOf(band, bandValues(sample, at), sample))
    .filter((_, at) => !sample.bands[at]?.isAlpha);
}

function factsOf(band: BandHeader, values: ArrayLike<number>, { width, height }: Sample): BandFacts {
  const nodata = band.nodata === null ? NaN : Math.fround(Number(band.nodata));
  const range = rangeOf(values, nodata);
  const isNodata = (value: number): boolean => Number.isNaN(value) || Math.fround(value) === nodata;
  const pixels = { values, width, height, isNodata };
  const distinct = distinctOf(values, nodata);
  const neighbours = range.allWhole ? neighboursOf(pixels) : null;
  return {
    distinct,
    allWhole: range.allWhole,
    minimum: range.minimum,
    maximum: range.maximum,
    suspectNodata: suspect(values, range, { nodata, usual: usualNodata(band) }),
    neighbours,
    fields: distinct > DISTINCT_LIMIT && band.type !== 'Byte' ? fieldsOf(pixels, neighbours) : null,
  };
}

function fieldsOf(pixels: Pixels, neighbours: Neighbours | null): Fields | null {
  if (neighbours === null || neighbours.equalShare < EQUAL_IN_FIELDS) return null;
  return { below: neighboursBelow(pixels), returns: returnsOf(pixels) };
}

function distinctOf(values: ArrayLike<number>, nodata: number): number {
  const seen = new Set<number>();
  for (let at = 0; at < values.length && seen.size <= DISTINCT_LIMIT; at += 1) {
    const value = values[at] ?? NaN;
    if (!Number.isNaN(value) && Math.fround(value) !== nodata) seen.add(value);
  }
  return seen.size;
}

interface Range {
  readonly minimum: number;
  readonly maximum: number;
  readonly count: number;
  readonly allWhole: boolean;
}

function isEither(value: number, one: number, other: number): boolean {
  return value === one || value === other;
}

/** Of all values but NaN and those given. */
function rangeOf(values: ArrayLike<number>, nodata: number, without = NaN): Range {
  let [minimum, maximum, count, allWhole] = [Infinity, -Infinity, 0, true];
  const { length } = values;
  for (let at = 0; at < length; at += 1) {
    const value = values[at] ?? NaN;
    if (Number.isNaN(value) || isEither(Math.fround(value), nodata, without)) continue;
    count += 1;
    if (value < minimum) minimum = value;
    if (value > maximum) maximum = value;
    if (allWhole && !Number.isInteger(value)) allWhole = false;
  }
  return { minimum, maximum, count, allWhole };
}

/** The values to look for: none below a mask, and beside a declared value only those that are hardly ever data. */
function usualNodata({ nodata, maskFlags }: BandHeader): readonly number[] {
  if (nodata !== null) return maskFlags.every((flag) => flag === 'NODATA') ? SENTINELS : [];
  return maskFlags.every((flag) => flag === 'ALL_VALID') ? USUAL_NODATA : [];
}

/** A usual nodata value at the end of the range, which no other value is near. */
function suspect(
  values: ArrayLike<number>,
  range: Range,
  { nodata, usual }: { readonly nodata: number; readonly usual: readonly number[] },
): number | null {
  for (const extreme of [range.minimum, range.maximum]) {
    if (!usual.some((value) => value === extreme || Math.fround(value) === extreme)) continue;
    const rest = rangeOf(values, nodata, Math.fround(extreme));
    const isOften = range.count - rest.count >= values.length * SUSPECT_SHARE;
    if (rest.count > 0 && isOften && isApart(extreme, rest)) return extreme;
  }
  return null;
}

/** Further from all others than these are from each other, or far below what is else never negative, however high that goes. */
function isApart(extreme: number, { minimum, maximum }: Range): boolean {
  if (extreme <= HIGHEST_SENTINEL && minimum >= 0) return true;
  return Math.max(minimum - extreme, extreme - maximum) > maximum - minimum;
}

/** Compressed bytes of the sample, plain and with the predictor that fits its type. */
export interface PredictorTrial {
  readonly rawBytes: number;
  readonly plainBytes: number;
  readonly predictedBytes: number;
}

/** Compresses the sample both ways; null where it is not in the raster's own type. ZSTD is weighed by DEFLATE, which ranks the two alike; Node 20 has no ZSTD. */
export function tryPredictor(sample: Sample, compression: Compression): PredictorTrial | null {
  // 64-bit integers were sampled as doubles
  if (sample.type !== sample.bands[0]?.type) return null;
  const size = compression === 'LZW' ? lzwSize : deflateSize;
  // every second window tells enough, in half the time; one below the other they are like a tile
  const windows = Array.from({ length: Math.ceil(sample.count / 2) }, (_, at) => interleaved(sample, 2 * at));
  return {
    rawBytes: windows.reduce((sum, { length }) => sum + length, 0),
    plainBytes: size(Buffer.concat(windows)),
    predictedBytes: size(Buffer.concat(windows.map((window) => predicted(sample, window)))),
  };
}

function deflateSize(data: Uint8Array): number {
  return deflateSync(data).length;
}

/** One window pixel by pixel, as COG tiles hold it. */
function interleaved(sample: Sample, window: number): Uint8Array {
  const bands = sample.bands.length;
  const bytes = sampleBytes(sample.type);
  const pixels = sample.width * sample.height;
  if (bands === 1) return sample.bytes.subarray(window * pixels * bytes, (window + 1) * pixels * bytes);
  const out = new Uint8Array(pixels * bands * bytes);
  for (let band = 0; band < bands; band += 1) {
    const from = (band * sample.count + window) * pixels * bytes;
    for (let pixel = 0; pixel < pixels; pixel += 1) {
      const to = (pixel * bands + band) * bytes;
      for (let byte = 0; byte < bytes; byte += 1)
        out[to + byte] = sample.bytes[from + pixel * bytes + byte] ?? 0;
    }
  }
  return out;
}

function predicted(sample: Sample, window: Uint8Array): Uint8Array {
  const type = sample.bands[0]?.type ?? 'Byte';
  const shape = {
    stride: sample.bands.length,
    row: sample.width * sample.bands.length,
    bytes: sampleBytes(type),
  };
  return isFloat(type) ? floatingPoint(window, shape) : horizontal(window, shape);
}

interface Shape {
  /** Samples per pixel. */
  readonly stride: number;
  /** Samples per row. */
  readonly row: number;
  /** Bytes per sample. */
  readonly bytes: number;
}

/** TIFF predictor 2: each sample minus the one to its left, as whole numbers of its width. */
function horizontal(window: Uint8Array, { stride, row, bytes }: Shape): Uint8Array {
  const out = new Uint8Array(window.length);
  const step = stride * bytes;
  for (let at = 0; at < window.length; at += bytes) {
    const isFirst = (at / bytes) % row < stride;
    let borrow = 0;
    for (let byte = 0; byte < bytes; byte += 1) {
      const difference = (window[at + byte] ?? 0) - (isFirst ? 0 : (window[at + byte - step] ?? 0)) - borrow;
      borrow = difference < 0 ? 1 : 0;
      out[at + byte] = difference & 255;
    }
  }
  return out;
}

/** TIFF predictor 3: a row's bytes sorted by significance (highest first), then differences of neighbouring bytes. */
function floatingPoint(window: Uint8Array, { stride, row, bytes }: Shape): Uint8Array {
  const out = new Uint8Array(window.length);
  const rowBytes = row * bytes;
  for (let start = 0; start < window.length; start += rowBytes) {
    for (let sample = 0; sample < row; sample += 1) {
      for (let byte = 0; byte < bytes; byte += 1) {
        out[start + byte * row + sample] = window[start + sample * bytes + (bytes - 1 - byte)] ?? 0;
      }
    }
    for (let at = start + rowBytes - 1; at >= start + stride; at -= 1)
      out[at] = ((out[at] ?? 0) - (out[at - stride] ?? 0)) & 255;
  }
  return out;
}
