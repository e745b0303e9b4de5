import type { Rows } from '../src/plan/rows.ts';
import { compareKeys } from '../src/storage/key-order.ts';
import { etagOf } from './synthetic-store.ts';

/** A ListObjectsV2 request, of the parameters that a listing of keys has. */
export interface PageRequest {
  readonly prefix: string;
  readonly delimiter: string;
  readonly startAfter: string;
  /** The number of the first key, as we gave it out. */
  readonly token: string | null;
  readonly maxKeys: number;
}

const BLOCK_KEYS = 1000;
const MAX_KEYS = 1000;
/** Pages begin anywhere in a block, so each reader needs the block that it was in and the next. */
const BLOCKS_KEPT = 256;
const KIB = 1024;

/** So many `Contents` elements as bytes, and where each begins. */
interface Block {
  readonly bytes: Buffer;
  readonly starts: Uint32Array;
}

/**
 * Answers of ListObjectsV2 from `<Contents>` elements that were made before: a page is two slices of them between a head and
 * a foot. More keys than memory should hold are made when a reader comes by, and kept for a while.
 */
export class ListPages {
  readonly #keys: Rows<string>;
  readonly #blocks = new Map<number, Block>();
  readonly #isWhole: boolean;

  constructor(keys: Rows<string>, { isWhole }: { readonly isWhole: boolean }) {
    this.#keys = keys;
    this.#isWhole = isWhole;
    if (!isWhole) return;
    for (let block = 0; block * BLOCK_KEYS < keys.length; block += 1) this.#block(block);
  }

  /** The body of an answer, in pieces. */
  page(request: PageRequest): readonly Buffer[] {
    const { prefix, startAfter, token } = request;
    const start = Math.max(
      this.#lowerBound(prefix),
      startAfter === '' ? 0 : this.#lowerBound(`${startAfter}\0`),
    );
    const from = token === null ? start : Number(token);
    const end = this.#endOf(prefix);
    return request.delimiter === ''
      ? this.#keyPage(request, from, end)
      : this.#folderPage(request, from, end);
  }

  #keyPage({ maxKeys }: PageRequest, from: number, end: number): readonly Buffer[] {
    const to = Math.max(from, Math.min(end, from + Math.min(maxKeys, MAX_KEYS)));
    return [head(to - from), ...this.#slices(from, to), foot(to < end ? to : null)];
  }

  #folderPage({ prefix, delimiter, maxKeys }: PageRequest, from: number, end: number): readonly Buffer[] {
    const contents: Buffer[] = [];
    const folders: string[] = [];
    let at = from;
    while (at < end && contents.length + folders.length < Math.min(maxKeys, MAX_KEYS)) {
      const key = this.#keys.at(at) ?? '';
      const cut = key.indexOf(delimiter, prefix.length);
      if (cut === -1) contents.push(...this.#slices(at, at + 1));
      else folders.push(key.slice(0, cut + 1));
      at = cut === -1 ? at + 1 : this.#endOf(key.slice(0, cut + 1));
    }
    const prefixes = folders.map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`);
    const all = [...contents, Buffer.from(prefixes.join(''))];
    return [head(contents.length + folders.length), ...all, foot(at < end ? at : null)];
  }

  #slices(from: number, to: number): Buffer[] {
    const slices: Buffer[] = [];
    for (let at = from; at < to;) {
      const { bytes, starts } = this.#block(Math.floor(at / BLOCK_KEYS));
      const first = at % BLOCK_KEYS;
      const count = Math.min(to - at, BLOCK_KEYS - first);
      slices.push(bytes.subarray(starts[first], starts[first + count]));
      at += count;
    }
    return slices;
  }

  #block(number: number): Block {
    const known = this.#blocks.get(number);
    if (known !== undefined) return known;
    const block = makeBlock(this.#keys, number * BLOCK_KEYS);
    this.#blocks.set(number, block);
    if (!this.#isWhole && this.#blocks.size > BLOCKS_KEPT) {
      const [oldest = 0] = this.#blocks.keys();
      this.#blocks.delete(oldest);
    }
    return block;
  }

  /** The first key that does not begin with a prefix, behind those that do. No key has a character above U+FFFD. */
  #endOf(prefix: string): number {
    return this.#lowerBound(`${prefix}\uffff`);
  }

  /** The number of the first key that is not below this one. */
  #lowerBound(key: string): number {
    let [low, high] = [0, this.#keys.length];
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareKeys(this.#keys.at(middle) ?? '', key) < 0) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function makeBlock(keys: Rows<string>, from: number): Block {
  const count = Math.min(BLOCK_KEYS, keys.length - from);
  const elements = Array.from({ length: count }, (_, at) => contents(keys.at(from + at) ?? '', from + at));
  const starts = new Uint32Array(count + 1);
  elements.forEach((element, at) => {
    starts[at + 1] = (starts[at] ?? 0) + element.length;
  });
  // Keys, dates and tags are ASCII, so characters are bytes.
  return { bytes: Buffer.from(elements.join(''), 'latin1'), starts };
}

/** Names of synthetic keys need neither URL encoding nor entities. */
function contents(key: string, index: number): string {
  const seconds = digits(index % 60, 2);
  const time = `2024-01-15T12:${digits(Math.floor(index / 60) % 60, 2)}:${seconds}.000Z`;
  const size = String(KIB * (1 + (index % 50_000)));
  return (
    `<Contents><Key>${key}</Key><LastModified>${time}</LastModified><ETag>&quot;${etagOf(index)}&quot;</ETag>` +
    `<Size>${size}</Size><StorageClass>STANDARD</StorageClass></Contents>`
  );
}

function digits(value: number | string, width: number): string {
  return String(value).padStart(width, '0');
}

function head(count: number): Buffer {
  return Buffer.from(
    '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">' +
      `<Name>bench</Name><KeyCount>${String(count)}</KeyCount><MaxKeys>1000</MaxKeys><EncodingType>url</EncodingType>`,
  );
}

function foot(next: number | null): Buffer {
  const more = next === null ? '' : `<NextContinuationToken>${String(next)}</NextContinuationToken>`;
  return Buffer.from(`<IsTruncated>${String(next !== null)}</IsTruncated>${more}</ListBucketResult>`);
}
