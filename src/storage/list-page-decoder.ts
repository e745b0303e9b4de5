import type { ObjectInfo } from './object-store.ts';
import type { ListPage } from './listing-part.ts';

const LT = 0x3c;
const FIRST_NON_ASCII = 0x80;
const AMPERSAND = 0x26;

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
const QUOTE = '&quot;';

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
  readonly #bytes: Buffer;
  #at = 0;
  readonly #objects: ObjectInfo[] = [];
  readonly #fields = new Map<string, string>();

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  read(): ListPage {
    this.#readRoot();
    for (let name = this.#open(); name !== '/ListBucketResult'; name = this.#open()) {
      if (name === 'Contents') this.#readObject();
      else this.#readField(name);
    }
    return this.#toPage();
  }

  #readRoot(): void {
    const head = this.#bytes.toString('latin1', 0, 300);
    const root =
      /^(?:<\?xml version="1\.0" encoding="(?:UTF-8|utf-8)"\?>)?\s*<ListBucketResult(?: xmlns="[^"<>]*")?>/.exec(
        head,
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
    this.#fields.set(name, plainText(this.#text(name)));
  }

  #readObject(): void {
    const object = { key: '', sizeBytes: -1, etag: '', modifiedMs: Number.NaN };
    for (let name = this.#open(); name !== '/Contents'; name = this.#open()) {
      const text = this.#text(name);
      if (name === 'Key') object.key = plainText(text);
      else if (name === 'Size') object.sizeBytes = parseSize(text);
      else if (name === 'ETag') object.etag = parseEtag(text);
      else if (name === 'LastModified') object.modifiedMs = parseTime(text);
      else if (!IGNORED_IN_OBJECT.has(name)) throw new Unknown();
    }
    if (object.key === '' || object.sizeBytes < 0 || Number.isNaN(object.modifiedMs)) throw new Unknown();
    this.#objects.push(object);
  }

  /** The name of the next tag: `Key`, `/Contents`; white space before it is skipped. */
  #open(): string {
    const bytes = this.#bytes;
    let at = this.#at;
    while (isSpace(bytes[at])) at += 1;
    if (bytes[at] !== LT) throw new Unknown();
    const end = bytes.indexOf('>', at);
    if (end < 0 || end - at > 40) throw new Unknown();
    this.#at = end + 1;
    return TAGS.get(bytes, at + 1, end);
  }

  /** The text up to `</name>`, behind which reading goes on. An empty element, `<Prefix/>`, has a name with a slash. */
  #text(name: string): string {
    if (name.endsWith('/')) throw new Unknown();
    const bytes = this.#bytes;
    const start = this.#at;
    let end = start;
    let isAscii = true;
    for (let byte = bytes[end]; byte !== LT; byte = bytes[end]) {
      if (byte === undefined) throw new Unknown();
      if (byte >= FIRST_NON_ASCII) isAscii = false;
      end += 1;
    }
    const close = end + 2 + name.length;
    if (bytes[end + 1] !== 0x2f || bytes[close] !== 0x3e || TAGS.get(bytes, end + 2, close) !== name)
      throw new Unknown();
    this.#at = close + 1;
    return bytes.toString(isAscii ? 'latin1' : 'utf8', start, end);
  }

  #toPage(): ListPage {
    const { isUrl, isTruncated, nextToken } = pageFacts(this.#fields);
    if (isTruncated !== (nextToken !== undefined)) throw new Unknown();
    if (!isUrl) return { objects: this.#objects, nextToken };
    const objects = this.#objects.map((object) => (needsDecoding(object.key) ? decoded(object) : object));
    return { objects, nextToken };
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

function needsDecoding(key: string): boolean {
  return key.includes('%') || key.includes('+');
}

function decoded(object: ObjectInfo): ObjectInfo {
  return { ...object, key: decodeKey(object.key) };
}

/** `a+b%2B` -> `a b+`: EncodingType `url` is that of web forms. A key that is not so encoded stays as it is. */
export function decodeKey(encoded: string): string {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return encoded;
  }
}

/** Names repeat a thousand times a page; making their strings once saves a third of the time. */
class TagNames {
  readonly #byLength = new Map<number, string[]>();

  get(bytes: Buffer, start: number, end: number): string {
    const known = this.#byLength.get(end - start);
    for (const name of known ?? []) if (isAt(bytes, start, name)) return name;
    const name = bytes.toString('latin1', start, end);
    if (!/^\/?[A-Za-z]+\/?$/.test(name)) throw new Unknown();
    if (known === undefined) this.#byLength.set(end - start, [name]);
    else if (known.length < 8) known.push(name);
    return name;
  }
}

const TAGS = new TagNames();

function isAt(bytes: Buffer, start: number, name: string): boolean {
  for (let i = 0; i < name.length; i += 1) if (bytes[start + i] !== name.charCodeAt(i)) return false;
  return true;
}

function isSpace(byte: number | undefined): boolean {
  return byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;
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
  if (text.startsWith(QUOTE) && text.endsWith(QUOTE) && text.charCodeAt(0) === AMPERSAND) {
    const bare = text.slice(QUOTE.length, -QUOTE.length);
    if (!bare.includes('&')) return bare;
  }
  return plainText(text).replace(/^"|"$/g, '');
}

/** `2024-01-15T12:00:00.000Z`, with or without milliseconds. */
function parseTime(text: string): number {
  if (!/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/.test(text)) throw new Unknown();
  return Date.parse(text);
}
