const CHUNK_BYTES = 1 << 20;
const VARINT_BASE = 0x80;
/** Longest varint: 2^53 in groups of 7 bits. */
export const VARINT_MAX_BYTES = 8;

/** Where a record begins. */
export interface Position {
  readonly chunk: number;
  readonly offset: number;
}

/** Bytes that are only ever appended, record by record, in chunks, so that growing copies nothing. */
export class ByteLog {
  /** Where the next record goes; valid after `reserve`. */
  chunk = Buffer.alloc(0);
  offset = 0;
  readonly #chunks: Buffer[] = [];
  /** Bytes used of each chunk. */
  readonly #ends: number[] = [];

  /** Bytes of all records. */
  get length(): number {
    return this.#ends.reduce((sum, end) => sum + end, 0);
  }

  /** Makes room for a record of at most this many bytes. */
  reserve(maxBytes: number): void {
    if (this.offset + maxBytes <= this.chunk.length) return;
    this.chunk = Buffer.allocUnsafeSlow(Math.max(CHUNK_BYTES, maxBytes));
    this.#chunks.push(this.chunk);
    this.#ends.push(0);
    this.offset = 0;
  }

  /** The record reaches from `offset` to here. */
  commit(end: number): void {
    this.offset = end;
    this.#ends[this.#ends.length - 1] = end;
  }

  position(): Position {
    return { chunk: this.#chunks.length - 1, offset: this.offset };
  }

  chunkAt(index: number): Buffer {
    return this.#chunks[index] ?? this.chunk;
  }

  endOf(chunk: number): number {
    return this.#ends[chunk] ?? 0;
  }
}

/** Writes a whole number from 0 to 2^53 in 1 to 8 bytes; returns where it ends. */
export function putVarint(bytes: Uint8Array, offset: number, value: number): number {
  let at = offset;
  let rest = value;
  while (rest >= VARINT_BASE) {
    bytes[at++] = (rest % VARINT_BASE) | VARINT_BASE;
    rest = Math.floor(rest / VARINT_BASE);
  }
  bytes[at++] = rest;
  return at;
}

/** Reads a `ByteLog` record by record. */
export class ByteReader {
  bytes: Buffer;
  offset = 0;
  readonly #log: ByteLog;
  #chunk = 0;

  constructor(log: ByteLog) {
    this.#log = log;
    this.bytes = log.chunkAt(0);
  }

  seek({ chunk, offset }: Position): void {
    this.#chunk = chunk;
    this.offset = offset;
    this.bytes = this.#log.chunkAt(chunk);
  }

  /** Call before each record: it may lie in the next chunk. */
  record(): void {
    if (this.offset >= this.#log.endOf(this.#chunk)) this.seek({ chunk: this.#chunk + 1, offset: 0 });
  }

  byte(): number {
    return this.bytes[this.offset++] ?? 0;
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
}
