import { MD5_BYTES } from '../contract/md5-digits.ts';
import { ByteLog, ByteReader, putVarint, VARINT_MAX_BYTES } from './byte-log.ts';
import { Column } from './column.ts';
import { maxEtagBytes, putEtag, readEtag, skipEtag } from './etag-bytes.ts';
import { KeyBytes } from './key-bytes.ts';
import type { ListedObject, PageCursor } from './page-cursor.ts';
import { SizeColumn } from './size-column.ts';

/** Every block starts with a whole key, so that any record is found in at most this many steps. */
const BLOCK_RECORDS = 16;
const CHUNK_FACTOR = 2 ** 32;

/**
 * Listed objects in some 40 bytes each, in the order they came, found by their number. A key is stored as what differs from
 * the key before it; listings are in key order, so that is a few characters. Times are kept in whole milliseconds.
 */
export class KeyLog {
  readonly #bytes = new ByteLog();
  readonly #blocks = Column.ofFloat64();
  readonly #sizes = new SizeColumn();
  readonly #key = new KeyBytes();
  readonly #md5 = new Uint8Array(MD5_BYTES);
  #previousMs = 0;

  get length(): number {
    return this.#sizes.length;
  }

  /** Memory of the records, without what is spare in the last chunk. */
  get bytesUsed(): number {
    return this.#bytes.length + this.#sizes.length * Uint32Array.BYTES_PER_ELEMENT;
  }

  /** Takes the object that the cursor stands at; returns its number, from 0. */
  append(object: PageCursor): number {
    const { keys, start, end } = object;
    const etag = object.copyMd5(this.#md5, 0) ? this.#md5 : object.etag;
    const log = this.#bytes;
    const ordinal = this.#sizes.length;
    log.reserve(3 * VARINT_MAX_BYTES + 3 * (end - start) + maxEtagBytes(etag));
    if (ordinal % BLOCK_RECORDS === 0) this.#startBlock();
    const shared = this.#key.encode(keys, start, end);
    const ms = Math.floor(object.modifiedMs);
    let at = putVarint(log.chunk, log.offset, shared);
    at = putVarint(log.chunk, at, this.#key.length - shared);
    at = this.#key.copyTo(log.chunk, at, shared);
    at = putVarint(log.chunk, at, zigzag(ms - this.#previousMs));
    log.commit(putEtag(log.chunk, at, etag));
    this.#sizes.push(object.sizeBytes);
    this.#previousMs = ms;
    return ordinal;
  }

  sizeAt(ordinal: number): number {
    return this.#sizes.at(ordinal);
  }

  /** A cursor over the log; cheap for reading in order or nearly so. */
  reader(): KeyLogReader {
    return new KeyLogReader(this, this.#bytes, this.#blocks);
  }

  #startBlock(): void {
    const { chunk, offset } = this.#bytes.position();
    this.#blocks.push(chunk * CHUNK_FACTOR + offset);
    this.#key.clear();
    this.#previousMs = 0;
  }
}

/** Reads a `KeyLog`; stands on the record that was read last. */
export class KeyLogReader {
  readonly #log: KeyLog;
  readonly #bytes: ByteReader;
  readonly #blocks: Column;
  readonly #key = new KeyBytes();
  /** Number of the record behind the one read last. */
  #next = 0;
  #ms = 0;
  #etagOffset = 0;

  constructor(log: KeyLog, bytes: ByteLog, blocks: Column) {
    this.#log = log;
    this.#bytes = new ByteReader(bytes);
    this.#blocks = blocks;
  }

  keyAt(ordinal: number): string {
    this.#goTo(ordinal);
    return this.#key.text();
  }

  /** Copies a plain key and returns where it ends; -1 when it is not plain, or does not fit. */
  copyPlain(ordinal: number, into: Buffer, offset: number): number {
    this.#goTo(ordinal);
    return this.#key.copyPlain(into, offset);
  }

  modifiedMsAt(ordinal: number): number {
    this.#goTo(ordinal);
    return this.#ms;
  }

  etagAt(ordinal: number): string {
    this.#goTo(ordinal);
    this.#bytes.offset = this.#etagOffset;
    return readEtag(this.#bytes);
  }

  at(ordinal: number): ListedObject {
    return {
      key: this.keyAt(ordinal),
      sizeBytes: this.#log.sizeAt(ordinal),
      etag: this.etagAt(ordinal),
      modifiedMs: this.#ms,
    };
  }

  #goTo(ordinal: number): void {
    if (ordinal === this.#next - 1) return;
    const blockStart = ordinal - (ordinal % BLOCK_RECORDS);
    if (ordinal < this.#next || blockStart > this.#next) this.#seekBlock(blockStart);
    while (this.#next <= ordinal) this.#readNext();
  }

  #seekBlock(blockStart: number): void {
    const position = this.#blocks.at(blockStart / BLOCK_RECORDS);
    this.#bytes.seek({ chunk: Math.floor(position / CHUNK_FACTOR), offset: position % CHUNK_FACTOR });
    this.#next = blockStart;
  }

  #readNext(): void {
    const bytes = this.#bytes;
    bytes.record();
    if (this.#next % BLOCK_RECORDS === 0) this.#ms = 0;
    const shared = bytes.varint();
    const count = bytes.varint();
    this.#key.replace(shared, bytes.bytes, bytes.offset, count);
    bytes.offset += count;
    this.#ms += unzigzag(bytes.varint());
    this.#etagOffset = bytes.offset;
    skipEtag(bytes);
    this.#next++;
  }
}

function zigzag(value: number): number {
  return value < 0 ? -2 * value - 1 : 2 * value;
}

function unzigzag(value: number): number {
  return value % 2 === 1 ? -(value + 1) / 2 : value / 2;
}
