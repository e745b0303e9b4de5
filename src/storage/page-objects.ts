import { MD5_BYTES } from '../contract/md5-digits.ts';
import type { ObjectInfo } from './object-store.ts';

/** Times and ETags of the objects of one page, in typed arrays: a text and a boxed number for each of millions would be garbage to collect. */
class Columns {
  readonly times: Float64Array;
  readonly md5s: Buffer;
  /** ETags that are no bare MD5, by the number of their object. */
  readonly otherEtags = new Map<number, string>();

  constructor(most: number) {
    this.times = new Float64Array(most);
    this.md5s = Buffer.allocUnsafeSlow(most * MD5_BYTES);
  }
}

/** An object of a page. Its ETag becomes a text only for who asks for it. */
class PageObject implements ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
  readonly #columns: Columns;
  readonly #at: number;

  constructor(key: string, sizeBytes: number, columns: Columns, at: number) {
    this.key = key;
    this.sizeBytes = sizeBytes;
    this.#columns = columns;
    this.#at = at;
  }

  get modifiedMs(): number {
    return this.#columns.times[this.#at] ?? Number.NaN;
  }

  get etag(): string {
    const { md5s, otherEtags } = this.#columns;
    const start = this.#at * MD5_BYTES;
    return otherEtags.get(this.#at) ?? md5s.toString('hex', start, start + MD5_BYTES);
  }

  copyMd5(into: Uint8Array, offset: number): boolean {
    const { md5s, otherEtags } = this.#columns;
    if (otherEtags.size > 0 && otherEtags.has(this.#at)) return false;
    const start = this.#at * MD5_BYTES;
    // A loop is faster than a native call for so few bytes.
    for (let at = 0; at < MD5_BYTES; at++) into[offset + at] = md5s[start + at] ?? 0;
    return true;
  }
}

/** Gathers the objects of a page, of which there are at most so many. */
export class PageObjects {
  readonly objects: ObjectInfo[] = [];
  readonly #columns: Columns;
  readonly #most: number;

  constructor(most: number) {
    this.#columns = new Columns(most);
    this.#most = most;
  }

  get isFull(): boolean {
    return this.objects.length === this.#most;
  }

  /** Where the MD5 of the next object goes: in `md5s`, from `md5At` on, before `add`. */
  get md5s(): Uint8Array {
    return this.#columns.md5s;
  }

  get md5At(): number {
    return this.objects.length * MD5_BYTES;
  }

  /** `etag` is null when it is the MD5 that has been written. */
  add(key: string, sizeBytes: number, modifiedMs: number, etag: string | null): void {
    const at = this.objects.length;
    this.#columns.times[at] = modifiedMs;
    if (etag !== null) this.#columns.otherEtags.set(at, etag);
    this.objects.push(new PageObject(key, sizeBytes, this.#columns, at));
  }
}
