import { ByteLog, ByteReader, maxBytesOf, type Position } from './byte-log.ts';
import { Column } from './column.ts';
import { readEtag, writeEtag } from './etag-bytes.ts';

/** What planning needs of a listed object; `ObjectInfo` of the storage is one. */
export interface ListedObject {
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** Every block starts with a whole key, so that any record is found in at most this many steps. */
const BLOCK_RECORDS = 16;
const CHUNK_SHIFT = 2 ** 32;

/**
 * Listed objects in some 35 bytes each, in the order they came, found by their number. A key is stored as what differs from
 * the key before it; listings are in key order, so that is a few characters. Times are kept in whole milliseconds.
 */
export class KeyLog {
  readonly #bytes = new ByteLog();
  readonly #blocks = Column.ofFloat64();
  readonly #sizes = Column.ofFloat64();
  #previousKey = '';
  #previousMs = 0;

  get length(): number {
    return this.#sizes.length;
  }

  /** Memory of the records, without what is spare in the last chunk. */
  get bytesUsed(): number {
    return this.#bytes.length + this.#sizes.length * Float64Array.BYTES_PER_ELEMENT;
  }

  /** Returns the object's number, from 0. */
  append({ key, sizeBytes, etag, modifiedMs }: ListedObject): number {
    const ordinal = this.#sizes.length;
    const ms = Math.floor(modifiedMs);
    const position = this.#bytes.begin(maxBytesOf(key.length + etag.length, 8));
    if (ordinal % BLOCK_RECORDS === 0) this.#startBlock(position);
    const shared = sharedLength(this.#previousKey, key);
    this.#bytes.varint(shared);
    this.#bytes.units(key, shared);
    this.#bytes.varint(zigzag(ms - this.#previousMs));
    writeEtag(this.#bytes, etag);
    this.#bytes.end();
    this.#sizes.push(sizeBytes);
    this.#previousKey = key;
    this.#previousMs = ms;
    return ordinal;
  }

  sizeAt(ordinal: number): number {
    return this.#sizes.at(ordinal);
  }

  /** A cursor over the log as it is now; cheap for reading in order or nearly so. */
  reader(): KeyLogReader {
    return new KeyLogReader(this, this.#bytes, this.#blocks);
  }

  #startBlock({ chunk, offset }: Position): void {
    this.#blocks.push(chunk * CHUNK_SHIFT + offset);
    this.#previousKey = '';
    this.#previousMs = 0;
  }
}

/** Reads a `KeyLog`; holds the record that was read last. */
export class KeyLogReader {
  readonly #log: KeyLog;
  readonly #bytes: ByteReader;
  readonly #blocks: Column;
  /** Number of the record behind the one read last. */
  #next = 0;
  #key = '';
  #ms = 0;
  #etag = '';

  constructor(log: KeyLog, bytes: ByteLog, blocks: Column) {
    this.#log = log;
    this.#bytes = new ByteReader(bytes);
    this.#blocks = blocks;
  }

  keyAt(ordinal: number): string {
    this.#goTo(ordinal);
    return this.#key;
  }

  modifiedMsAt(ordinal: number): number {
    this.#goTo(ordinal);
    return this.#ms;
  }

  at(ordinal: number): ListedObject {
    this.#goTo(ordinal);
    return { key: this.#key, sizeBytes: this.#log.sizeAt(ordinal), etag: this.#etag, modifiedMs: this.#ms };
  }

  #goTo(ordinal: number): void {
    if (ordinal === this.#next - 1) return;
    const blockStart = ordinal - (ordinal % BLOCK_RECORDS);
    if (ordinal < this.#next || blockStart > this.#next) this.#seekBlock(blockStart);
    while (this.#next <= ordinal) this.#readNext();
  }

  #seekBlock(blockStart: number): void {
    const position = this.#blocks.at(blockStart / BLOCK_RECORDS);
    this.#bytes.seek(Math.floor(position / CHUNK_SHIFT), position % CHUNK_SHIFT);
    this.#next = blockStart;
  }

  #readNext(): void {
    this.#bytes.record();
    if (this.#next % BLOCK_RECORDS === 0) {
      this.#key = '';
      this.#ms = 0;
    }
    const shared = this.#bytes.varint();
    this.#key = this.#key.slice(0, shared) + this.#bytes.units();
    this.#ms += unzigzag(this.#bytes.varint());
    this.#etag = readEtag(this.#bytes);
    this.#next++;
  }
}

function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let at = 0;
  while (at < most && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}
