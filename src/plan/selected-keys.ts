import { PageCursor, type ListedPage } from './page-cursor.ts';
import { classifySource, type Selection } from './select.ts';
import { eachOf } from './rows.ts';
import type { SizedKey, SizedKeys } from './sized-keys.ts';

const [SPACE, TILDE] = [0x20, 0x7e] as const;

/** The selected sources of a page of a listing. */
export class SelectedKeys implements SizedKeys {
  length = 0;
  /** Of all of them together. */
  bytes = 0;
  readonly #keys: string;
  readonly #starts: Uint32Array;
  readonly #ends: Uint32Array;
  readonly #sizes: Float64Array;

  constructor(page: ListedPage, selection: Selection) {
    const object = new PageCursor(page);
    this.#keys = object.keys;
    this.#starts = new Uint32Array(page.length);
    this.#ends = new Uint32Array(page.length);
    this.#sizes = new Float64Array(page.length);
    while (object.next()) {
      const { keys, start, end, sizeBytes } = object;
      if (classifySource(keys, sizeBytes, selection, start, end) === 'selected') this.#add(object);
    }
  }

  at(index: number): SizedKey | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const key = this.#keys.slice(this.#starts[index], this.#ends[index]);
    return { key, sizeBytes: this.sizeAt(index) };
  }

  sizeAt(index: number): number {
    return this.#sizes[index] ?? 0;
  }

  copyPlain(index: number, into: Buffer, offset: number): number {
    const [keys, start, end] = [this.#keys, this.#starts[index] ?? 0, this.#ends[index] ?? 0];
    if (offset + end - start > into.length || keys[start] === '"') return -1;
    for (let at = start; at < end; at++) {
      const unit = keys.charCodeAt(at);
      if (unit < SPACE || unit > TILDE) return -1;
      into[offset + at - start] = unit;
    }
    return offset + end - start;
  }

  [Symbol.iterator](): Iterator<SizedKey> {
    return eachOf(this);
  }

  #add({ start, end, sizeBytes }: PageCursor): void {
    const index = this.length++;
    this.#starts[index] = start;
    this.#ends[index] = end;
    this.#sizes[index] = sizeBytes;
    this.bytes += sizeBytes;
  }
}
