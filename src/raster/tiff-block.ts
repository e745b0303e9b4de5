import { inflateSync } from 'node:zlib';
import { decodeLzw } from './lzw-decode.ts';

/** How the samples of a block are stored. */
export interface BlockCoding {
  /** TIFF's numbers. */
  readonly compression: number;
  readonly predictor: number;
  readonly isLittleEndian: boolean;
  /** Bytes of one sample. */
  readonly sampleBytes: number;
  /** Samples side by side: the bands, or one where each band has its own blocks. */
  readonly samplesPerPixel: number;
  readonly width: number;
  readonly height: number;
}

const [NONE, LZW, DEFLATE, OLD_DEFLATE] = [1, 5, 8, 32946] as const;
const [NO_PREDICTOR, HORIZONTAL, FLOATING_POINT] = [1, 2, 3] as const;

/** Whether `decodeBlock` knows the codec. */
export function isDecodable({
  compression,
  predictor,
}: Pick<BlockCoding, 'compression' | 'predictor'>): boolean {
  const isCodec = [NONE, LZW, DEFLATE, OLD_DEFLATE].some((one) => one === compression);
  // libtiff heeds the predictor with these codecs alone
  return isCodec && (predictor === NO_PREDICTOR || compression !== NONE) && predictor <= FLOATING_POINT;
}

/** The samples of a block as they lie in memory on this machine (little-endian); null when the data are damaged. */
export function decodeBlock(data: Uint8Array, coding: BlockCoding): Uint8Array | null {
  const bytes = coding.width * coding.height * coding.samplesPerPixel * coding.sampleBytes;
  const samples = decompress(data, coding.compression, bytes);
  if (samples === null) return null;
  if (coding.predictor === FLOATING_POINT) return undoFloatingPoint(samples, coding);
  if (!coding.isLittleEndian) swap(samples, coding.sampleBytes);
  if (coding.predictor === HORIZONTAL) undoHorizontal(samples, coding);
  return samples;
}

function decompress(data: Uint8Array, compression: number, bytes: number): Uint8Array | null {
  // a copy of its own, for it is worked on in place; Buffer's slice would be none
  if (compression === NONE) return data.length < bytes ? null : new Uint8Array(data.subarray(0, bytes));
  if (compression === LZW) {
    const samples = new Uint8Array(bytes);
    return decodeLzw(data, samples) ? samples : null;
  }
  try {
    const samples = inflateSync(data, { maxOutputLength: bytes + 65_536 });
    return samples.length < bytes ? null : samples.subarray(0, bytes);
  } catch {
    return null;
  }
}

function swap(samples: Uint8Array, sampleBytes: number): void {
  const buffer = Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength);
  if (sampleBytes === 2) buffer.swap16();
  if (sampleBytes === 4) buffer.swap32();
  if (sampleBytes === 8) buffer.swap64();
}

/** Each sample is stored as what it is more than the one to its left, as a whole number of its width. */
function undoHorizontal(
  samples: Uint8Array,
  { sampleBytes, samplesPerPixel, width, height }: BlockCoding,
): void {
  const row = width * samplesPerPixel * sampleBytes;
  const step = samplesPerPixel * sampleBytes;
  for (let start = 0; start < height * row; start += row) {
    for (let at = start + step; at < start + row; at += sampleBytes) {
      let carry = 0;
      for (let byte = at; byte < at + sampleBytes; byte += 1) {
        const sum = (samples[byte] ?? 0) + (samples[byte - step] ?? 0) + carry;
        samples[byte] = sum & 255;
        carry = sum >> 8;
      }
    }
  }
}

/** A row's bytes are stored by significance (highest first), as differences of neighbouring bytes. */
function undoFloatingPoint(
  stored: Uint8Array,
  { sampleBytes, samplesPerPixel, width, height }: BlockCoding,
): Uint8Array {
  const rowSamples = width * samplesPerPixel;
  const row = rowSamples * sampleBytes;
  const samples = new Uint8Array(stored.length);
  for (let start = 0; start < height * row; start += row) {
    for (let at = start + samplesPerPixel; at < start + row; at += 1)
      stored[at] = ((stored[at] ?? 0) + (stored[at - samplesPerPixel] ?? 0)) & 255;
    for (let sample = 0; sample < rowSamples; sample += 1) {
      for (let byte = 0; byte < sampleBytes; byte += 1)
        samples[start + sample * sampleBytes + byte] =
          stored[start + (sampleBytes - 1 - byte) * rowSamples + sample] ?? 0;
    }
  }
  return samples;
}
