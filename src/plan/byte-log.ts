const CHUNK_BYTES = 1 << 20;
const VARINT_BASE = 0x80;
/** Longest varint: 2^53 in groups of 7 bits. */
const VARINT_MAX_BYTES = 8;
/** A UTF-16 code unit as varint. */
const UNIT_MAX_BYTES = 3;

/** Where a record begins. */
export interface Position {
  chunk: number;
  offset: number;
}

/**
 * Bytes that are only ever appended, in chunks, so that growing copies nothing. A record lies in one chunk: call
 * `begin` with its greatest possible size first.
 */
export class ByteLog {
  readonly #chunks: Uint8Array[] = [];
  /** Bytes used of each chunk. */
  readonly #ends: number[] = [];
  #current = new Uint8Array(0);
  #offset = 0;

  /** Room for a record of at most this many bytes; returns where it begins. */
  begin(maxBytes: number): Position {
    if (this.#offset + maxBytes > this.#current.length) this.#grow(maxBytes);
    return { chunk: this.#chunks.length - 1, offset: this.#offset };
  }

  /** The record that was begun is whole. */
  end(): void {
    this.#ends[this.#chunks.length - 1] = this.#offset;
  }

  byte(value: number): void {
    this.#current[this.#offset++] = value;
  }

  /** Whole, not negative, at most 2^53. */
  varint(value: number): void {
    let rest = value;
    while (rest >= VARINT_BASE) {
      this.byte((rest % VARINT_BASE) | VARINT_BASE);
      rest = Math.floor(rest / VARINT_BASE);
    }
    this.byte(rest);
  }

  /** UTF-16 code units from `from`, lossless for any string. */
  units(text: string, from: number): void {
    this.varint(text.length - from);
    for (let at = from; at < text.length; at++) this.varint(text.charCodeAt(at));
  }

  /** Bytes of all records. */
  get length(): number {
    return this.#ends.reduce((sum, end) => sum + end, 0);
  }

  chunk(index: number): Uint8Array {
    return this.#chunks[index] ?? this.#current;
  }

  chunkEnd(index: number): number {
    return this.#ends[index] ?? 0;
  }

  #grow(maxBytes: number): void {
    this.#current = new Uint8Array(Math.max(CHUNK_BYTES, maxBytes));
    this.#chunks.push(this.#current);
    this.#ends.push(0);
    this.#offset = 0;
  }
}

/** Bytes that `units` and `varints` numbers take at most. */
export function maxBytesOf(units: number, varints: number): number {
  return units * UNIT_MAX_BYTES + varints * VARINT_MAX_BYTES;
}

/** Reads a `ByteLog` record by record. */
export class ByteReader {
  readonly #log: ByteLog;
  #chunk = 0;
  #offset = 0;
  #bytes: Uint8Array;
  #units = new Uint16Array(1024);

  constructor(log: ByteLog) {
    this.#log = log;
    this.#bytes = log.chunk(0);
  }

  seek(chunk: number, offset: number): void {
    this.#chunk = chunk;
    this.#offset = offset;
    this.#bytes = this.#log.chunk(chunk);
  }

  /** Call before each record: it may lie in the next chunk. */
  record(): void {
    if (this.#offset >= this.#log.chunkEnd(this.#chunk)) this.seek(this.#chunk + 1, 0);
  }

  byte(): number {
    return this.#bytes[this.#offset++] ?? 0;
  }

  varint(): number {
    let byte = this.byte();
    let value = byte & (VARINT_BASE - 1);
    for (let scale = VARINT_BASE; byte >= VARINT_BASE; scale *= VARINT_BASE) {
      byte = this.byte();
      value += (byte & (VARINT_BASE - 1)) * scale;
    }
    return value;
  }

  /** A text written by `ByteLog.units`. */
  units(): string {
    const length = this.varint();
    if (length > this.#units.length) this.#units = new Uint16Array(length);
    for (let at = 0; at < length; at++) this.#units[at] = this.varint();
    return textOf(this.#units, length);
  }
}

/** Arguments that one call may have on any platform's stack. */
const MAX_ARGUMENTS = 8192;

function textOf(units: Uint16Array, length: number): string {
  let text = '';
  for (let from = 0; from < length; from += MAX_ARGUMENTS) {
    text += String.fromCharCode(...units.subarray(from, Math.min(length, from + MAX_ARGUMENTS)));
  }
  return text;
}
