import { takeUsualObjects, timeOf } from './usual-objects.ts';
import type { ObjectInfo } from './object-store.ts';
import type { ColumnPage } from './page-objects.ts';
import type { ListPage } from './listing-part.ts';

/** What stands before the values that matter; the rest of a page is skipped by name or makes the decoder give up. */
const IGNORED_IN_PAGE = new Set([
  'Name',
  'Prefix',
  'Delimiter',
  'MaxKeys',
  'KeyCount',
  'StartAfter',
  'ContinuationToken',
]);
const IGNORED_IN_OBJECT = new Set(['ChecksumAlgorithm', 'ChecksumType', 'StorageClass']);
const [PERCENT, PLUS] = [0x25, 0x2b] as const;
const TAG = /\s*<(\/?[A-Za-z]+\/?)>/y;

/** Thrown inside only: the page has something that this decoder does not know. */
class Unknown extends Error {}

/**
 * Reads a ListObjectsV2 page in one pass over its bytes, about ten times as fast as a general XML parser. Takes only the
 * form that S3 writes; null for anything else (comments, CDATA, attributes, unknown fields, odd dates), which the SDK's
 * own decoder then reads.
 */
export function decodeListPage(bytes: Buffer): ListPage | null {
  try {
    return new PageReader(bytes).read();
  } catch (error) {
    if (error instanceof Unknown) return null;
    throw error;
  }
}

class PageReader {
  readonly #text: string;
  #at = 0;
  readonly #usual: ColumnPage;
  readonly #others: ObjectInfo[] = [];
  readonly #fields = new Map<string, string>();

  /** Escapes are as rare as odd keys. */
  readonly #hasEscapes: boolean;

  constructor(bytes: Buffer) {
    this.#hasEscapes = bytes.includes(PERCENT) || bytes.includes(PLUS);
    const { objects, rest } = takeUsualObjects(bytes);
    this.#usual = objects;
    this.#text = rest;
  }

  read(): ListPage {
    this.#readRoot();
    for (;;) {
      const name = this.#open();
      if (name === '/ListBucketResult') return this.#toPage();
      if (name === 'Contents') this.#readObject();
      else this.#readField(name);
    }
  }

  #readRoot(): void {
    const root =
      /^(?:<\?xml version="1\.0" encoding="(?:UTF-8|utf-8)"\?>)?\s*<ListBucketResult(?: xmlns="[^"<>]*")?>/.exec(
        this.#text.slice(0, 300),
      );
    if (root === null) throw new Unknown();
    this.#at = root[0].length;
  }

  #readField(name: string): void {
    // `<Prefix/>`, of a listing of everything.
    if (name.endsWith('/') && IGNORED_IN_PAGE.has(name.slice(0, -1))) return;
    const isWanted = name === 'IsTruncated' || name === 'NextContinuationToken' || name === 'EncodingType';
    if (!isWanted && !IGNORED_IN_PAGE.has(name)) throw new Unknown();
    if (this.#fields.has(name)) throw new Unknown();
    this.#fields.set(name, plainText(this.#textOf(name)));
  }

  #readObject(): void {
    const object = { key: '', sizeBytes: -1, etag: '', modifiedMs: Number.NaN };
    for (let name = this.#open(); name !== '/Contents'; name = this.#open()) {
      const text = this.#textOf(name);
      if (name === 'Key') object.key = plainText(text);
      else if (name === 'Size') object.sizeBytes = parseSize(text);
      else if (name === 'ETag') object.etag = parseEtag(text);
      else if (name === 'LastModified') object.modifiedMs = parseTime(text);
      else if (!IGNORED_IN_OBJECT.has(name)) throw new Unknown();
    }
    if (object.key === '' || object.sizeBytes < 0 || Number.isNaN(object.modifiedMs)) throw new Unknown();
    this.#others.push(object);
  }

  /** The name of the next tag: `Key`, `/Contents`; white space before it is skipped. */
  #open(): string {
    TAG.lastIndex = this.#at;
    const [whole, name] = TAG.exec(this.#text) ?? [];
    if (whole === undefined || name === undefined) throw new Unknown();
    this.#at += whole.length;
    return name;
  }

  /** The text up to `</name>`, behind which reading goes on. An empty element, `<Prefix/>`, has a name with a slash. */
  #textOf(name: string): string {
    const start = this.#at;
    const end = this.#text.indexOf('<', start);
    const close = `</${name}>`;
    if (end < 0 || !this.#text.startsWith(close, end)) throw new Unknown();
    this.#at = end + close.length;
    return this.#text.slice(start, end);
  }

  #toPage(): ListPage {
    const { isUrl, isTruncated, nextToken } = pageFacts(this.#fields);
    if (isTruncated !== (nextToken !== undefined)) throw new Unknown();
    const isEncoded = isUrl && this.#hasEscapes;
    if (isEncoded) this.#usual.mapKeys(decodeKey);
    if (this.#others.length === 0) return { objects: this.#usual, nextToken };
    const others = isEncoded ? this.#others.map(decoded) : this.#others;
    return { objects: [...this.#usual, ...others], nextToken };
  }
}

function pageFacts(fields: ReadonlyMap<string, string>): {
  isUrl: boolean;
  isTruncated: boolean;
  nextToken: string | undefined;
} {
  const [encoding, truncated] = [fields.get('EncodingType'), fields.get('IsTruncated')];
  if (encoding !== undefined && encoding !== 'url') throw new Unknown();
  if (truncated !== 'true' && truncated !== 'false') throw new Unknown();
  return {
    isUrl: encoding === 'url',
    isTruncated: truncated === 'true',
    nextToken: fields.get('NextContinuationToken'),
  };
}

function decoded(object: ObjectInfo): ObjectInfo {
  return { ...object, key: decodeKey(object.key) };
}

/** `a+b%2B` -> `a b+`: EncodingType `url` is that of web forms. A key that is not so encoded stays as it is. */
export function decodeKey(encoded: string): string {
  if (!encoded.includes('%') && !encoded.includes('+')) return encoded;
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return encoded;
  }
}

const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/** Text with its five named entities resolved; numbered ones are left to the SDK. */
function plainText(text: string): string {
  if (!text.includes('&')) return text;
  return text.replaceAll(/&([^;]*);?/g, (_whole, name: string) => {
    const character = ENTITIES[name];
    if (character === undefined) throw new Unknown();
    return character;
  });
}

function parseSize(text: string): number {
  if (!/^\d{1,15}$/.test(text)) throw new Unknown();
  return Number(text);
}

function parseEtag(text: string): string {
  return plainText(text).replace(/^"|"$/g, '');
}

function parseTime(text: string): number {
  const time = timeOf(text);
  if (Number.isNaN(time)) throw new Unknown();
  return time;
}
