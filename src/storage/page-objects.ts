import { MD5_BYTES } from '../contract/md5-digits.ts';
import type { ObjectColumns } from '../contract/object-columns.ts';
import type { ObjectInfo, ObjectPage } from './object-store.ts';

class Columns implements ObjectColumns {
  keys = '';
  readonly #keyEnds: Uint32Array;
  readonly #sizes: Float64Array;
  readonly #times: Float64Array;
  readonly #md5s: Buffer;
  /** ETags that are no bare MD5, by the number of their object. */
  readonly #otherEtags = new Map<number, string>();

  constructor(most: number) {
    this.#keyEnds = new Uint32Array(most);
    this.#sizes = new Float64Array(most);
    this.#times = new Float64Array(most);
    this.#md5s = Buffer.allocUnsafeSlow(most * MD5_BYTES);
  }

  get md5s(): Uint8Array {
    return this.#md5s;
  }

  keyEnd(at: number): number {
    return this.#keyEnds[at] ?? 0;
  }

  keyAt(at: number): string {
    return this.keys.slice(at === 0 ? 0 : this.keyEnd(at - 1), this.keyEnd(at));
  }

  sizeBytes(at: number): number {
    return this.#sizes[at] ?? 0;
  }

  modifiedMs(at: number): number {
    return this.#times[at] ?? Number.NaN;
  }

  etag(at: number): string {
    const start = at * MD5_BYTES;
    return this.#otherEtags.get(at) ?? this.#md5s.toString('hex', start, start + MD5_BYTES);
  }

  copyMd5(at: number, into: Uint8Array, offset: number): boolean {
    if (this.#otherEtags.size > 0 && this.#otherEtags.has(at)) return false;
    const start = at * MD5_BYTES;
    // A loop is faster than a native call for so few bytes.
    for (let byte = 0; byte < MD5_BYTES; byte++) into[offset + byte] = this.#md5s[start + byte] ?? 0;
    return true;
  }

  /** Gives the first objects other keys, in the same order. */
  mapKeys(length: number, keyOf: (key: string) => string): void {
    const keys = Array.from({ length }, (_, at) => keyOf(this.keyAt(at)));
    let end = 0;
    keys.forEach((key, at) => (this.#keyEnds[at] = end += key.length));
    this.keys = keys.join('');
  }

  /** `etag` is null when it is the MD5 that stands in `md5s` already. */
  set(at: number, keyEnd: number, sizeBytes: number, modifiedMs: number, etag: string | null): void {
    this.#keyEnds[at] = keyEnd;
    this.#sizes[at] = sizeBytes;
    this.#times[at] = modifiedMs;
    if (etag !== null) this.#otherEtags.set(at, etag);
  }
}

/** The first objects of columns, as rows for who asks for them. */
export class ColumnPage implements ObjectPage {
  readonly length: number;
  readonly columns: Columns;

  constructor(columns: Columns, length: number) {
    this.columns = columns;
    this.length = length;
  }

  at(index: number): ObjectInfo | undefined {
    const at = index < 0 ? this.length + index : index;
    return at >= 0 && at < this.length ? this.#row(at) : undefined;
  }

  slice(start: 0, end: number): ObjectPage {
    return new ColumnPage(this.columns, Math.max(start, Math.min(end, this.length)));
  }

  /** Gives the objects other keys, in the same order. */
  mapKeys(keyOf: (key: string) => string): void {
    this.columns.mapKeys(this.length, keyOf);
  }

  *[Symbol.iterator](): Generator<ObjectInfo> {
    for (let at = 0; at < this.length; at++) yield this.#row(at);
  }

  #row(at: number): ObjectInfo {
    const { columns } = this;
    return {
      key: columns.keyAt(at),
      sizeBytes: columns.sizeBytes(at),
      etag: columns.etag(at),
      modifiedMs: columns.modifiedMs(at),
    };
  }
}

/** Gathers the objects of a page, of which there are at most so many; `keys` has room for the keys of all. */
export class PageObjects {
  readonly #columns: Columns;
  readonly #most: number;
  readonly #keys: DataView;
  #keysEnd = 0;
  #length = 0;

  constructor(most: number, keys: DataView) {
    this.#columns = new Columns(most);
    this.#most = most;
    this.#keys = keys;
  }

  get isFull(): boolean {
    return this.#length === this.#most;
  }

  /** Where the key of the next object goes, before `add`: in the buffer of keys, from here on. */
  get keyStart(): number {
    return this.#keysEnd;
  }

  /** Where the MD5 of the next object goes, before `add`: in `md5s`, from `md5Start` on. */
  get md5s(): Uint8Array {
    return this.#columns.md5s;
  }

  get md5Start(): number {
    return this.#length * MD5_BYTES;
  }

  /** `etag` is null when it is the MD5 that has been written. */
  add(keyEnd: number, sizeBytes: number, modifiedMs: number, etag: string | null): void {
    this.#columns.set(this.#length++, keyEnd, sizeBytes, modifiedMs, etag);
    this.#keysEnd = keyEnd;
  }

  /** All that were added, whose keys are ASCII. */
  page(): ColumnPage {
    this.#columns.keys = Buffer.from(this.#keys.buffer).toString('latin1', 0, this.#keysEnd);
    return new ColumnPage(this.#columns, this.#length);
  }
}
