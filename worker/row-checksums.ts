import { crc32 } from 'node:zlib';

const BIGTIFF_HEADER = 16;
const COUNT_BYTES = 8;
const ENTRY_BYTES = 20;
const STRIP_OFFSETS = 273;
const LONG8 = 16;

/**
 * The CRC-32 of every row of pixels out of the TIFF that `pixelsCommand` makes GDAL write, chunk by chunk as it comes: a
 * CRC-32 never misses a change of up to 32 bits in a row. What follows the pixels is ignored.
 */
export class RowChecksums {
  readonly rows: Uint32Array;
  readonly #rowBytes: number;
  readonly #isMask: boolean;
  #header: Buffer | null = Buffer.alloc(0);
  #row = 0;
  #rowDone = 0;

  /** @param part `mask`: any value but 0 means a valid pixel */
  constructor(size: { readonly height: number; readonly rowBytes: number }, part: 'bands' | 'mask') {
    this.rows = new Uint32Array(size.height);
    this.#rowBytes = size.rowBytes;
    this.#isMask = part === 'mask';
  }

  /** Whether all rows have come. */
  get isWhole(): boolean {
    return this.#row === this.rows.length;
  }

  add(chunk: Buffer): void {
    if (this.#header === null) {
      this.#addPixels(chunk);
      return;
    }
    this.#header = Buffer.concat([this.#header, chunk]);
    const start = pixelsStart(this.#header);
    if (start === null || start > this.#header.length) return;
    const pixels = this.#header.subarray(start);
    this.#header = null;
    this.#addPixels(pixels);
  }

  #addPixels(chunk: Buffer): void {
    for (let at = 0; at < chunk.length && !this.isWhole;) {
      const end = Math.min(chunk.length, at + this.#rowBytes - this.#rowDone);
      const part = chunk.subarray(at, end);
      this.rows[this.#row] = crc32(this.#isMask ? validity(part) : part, this.rows[this.#row]);
      this.#rowDone += part.length;
      at = end;
      if (this.#rowDone < this.#rowBytes) continue;
      this.#row += 1;
      this.#rowDone = 0;
    }
  }
}

/** GDAL's own masks hold 0 and 255, those beside a file anything. */
function validity(mask: Buffer): Uint8Array {
  return mask.map((value) => (value === 0 ? 0 : 255));
}

/** Where the first strip begins in a little-endian BigTIFF whose directory comes first; null until it can be told. */
function pixelsStart(file: Buffer): number | null {
  if (file.length < BIGTIFF_HEADER + COUNT_BYTES) return null;
  const directory = Number(file.readBigUInt64LE(8));
  if (file.length < directory + COUNT_BYTES) return null;
  const entries = Number(file.readBigUInt64LE(directory));
  for (
    let at = directory + COUNT_BYTES;
    at < directory + COUNT_BYTES + entries * ENTRY_BYTES;
    at += ENTRY_BYTES
  ) {
    if (file.length < at + ENTRY_BYTES) return null;
    if (file.readUInt16LE(at) === STRIP_OFFSETS) return firstOffset(file, at);
  }
  return null;
}

function firstOffset(file: Buffer, entry: number): number | null {
  const isLong8 = file.readUInt16LE(entry + 2) === LONG8;
  const count = Number(file.readBigUInt64LE(entry + 4));
  const isInline = count * (isLong8 ? 8 : 4) <= 8;
  const at = isInline ? entry + 12 : Number(file.readBigUInt64LE(entry + 12));
  if (file.length < at + 8) return null;
  return isLong8 ? Number(file.readBigUInt64LE(at)) : file.readUInt32LE(at);
}
