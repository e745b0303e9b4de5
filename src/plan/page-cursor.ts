import type { ObjectColumns } from '../contract/object-columns.ts';

/** What planning needs of a listed object; `ObjectInfo` of the storage is one. */
export interface ListedObject {
  /** Well-formed Unicode, as all keys of S3 are: it is kept as UTF-8. */
  readonly key: string;
  readonly sizeBytes: number;
  readonly etag: string;
  readonly modifiedMs: number;
}

/** Listed objects in key order, in columns where the storage read them so; an array is one. */
export interface ListedPage extends Iterable<ListedObject> {
  readonly length: number;
  readonly columns?: ObjectColumns;
}

/** Goes over the objects of a page, without a string for each key: `keys`, from `start` to `end`. */
export class PageCursor {
  readonly keys: string;
  start = 0;
  end = 0;
  readonly #columns: ObjectColumns;
  readonly #length: number;
  #at = -1;

  constructor(page: ListedPage) {
    this.#columns = page.columns ?? columnsOf(Array.from(page));
    this.#length = page.length;
    this.keys = this.#columns.keys;
  }

  /** Goes to the next object, at first to the first one; false behind the last. */
  next(): boolean {
    if (++this.#at >= this.#length) return false;
    this.start = this.end;
    this.end = this.#columns.keyEnd(this.#at);
    return true;
  }

  get key(): string {
    return this.keys.slice(this.start, this.end);
  }

  get sizeBytes(): number {
    return this.#columns.sizeBytes(this.#at);
  }

  get modifiedMs(): number {
    return this.#columns.modifiedMs(this.#at);
  }

  get etag(): string {
    return this.#columns.etag(this.#at);
  }

  /** Copies the 16 bytes of an ETag that is an MD5 and nothing more; false for any other, and where only the text is at hand. */
  copyMd5(into: Uint8Array, offset: number): boolean {
    return this.#columns.copyMd5(this.#at, into, offset);
  }
}

function columnsOf(objects: readonly ListedObject[]): ObjectColumns {
  const ends = new Uint32Array(objects.length);
  let end = 0;
  objects.forEach(({ key }, at) => (ends[at] = end += key.length));
  return {
    keys: objects.map(({ key }) => key).join(''),
    keyEnd: (at) => ends[at] ?? 0,
    sizeBytes: (at) => objects[at]?.sizeBytes ?? 0,
    modifiedMs: (at) => objects[at]?.modifiedMs ?? Number.NaN,
    etag: (at) => objects[at]?.etag ?? '',
    copyMd5: () => false,
  };
}
