import { AMPERSAND, LESS, Literal, PageBytes } from './page-bytes.ts';
import { PageObjects, type ColumnPage } from './page-objects.ts';

const ANY_OBJECT = Buffer.from('<Contents');
const BEFORE_KEY = new Literal('<Contents><Key>');
const BEFORE_TIME = new Literal('</Key><LastModified>');
const BEFORE_ETAG = new Literal('</LastModified><ETag>&quot;');
/** Between ETag and size of an object without checksums, and with them. */
const [ETAG_SIZE, ETAG_ALGORITHM] = ['<Size>', '<ChecksumAlgorithm>'].map(
  (next) => new Literal(`&quot;</ETag>${next}`),
) as [Literal, Literal];
const [ALGORITHM_SIZE, ALGORITHM_TYPE] = ['<Size>', '<ChecksumType>'].map(
  (next) => new Literal(`</ChecksumAlgorithm>${next}`),
) as [Literal, Literal];
const TYPE_SIZE = new Literal('</ChecksumType><Size>');
/** Behind the size: of most objects, of one in another storage class, of one that names none. */
const STANDARD_END = new Literal('</Size><StorageClass>STANDARD</StorageClass></Contents>');
const [SIZE_CLASS, CLASS_END] = ['</Size><StorageClass>', '</StorageClass></Contents>'].map(
  (text) => new Literal(text),
) as [Literal, Literal];
const PLAIN_END = new Literal('</Size></Contents>');
const DAY_CHARACTERS = '2024-01-15T'.length;
const MAX_SIZE_DIGITS = 15;
/** S3 gives no more at once; who does has the rest read the slower way. */
const PAGE_KEYS = 1000;
/** The tags of an object alone take more than this. */
const LEAST_OBJECT_BYTES = 100;
const [COLON, POINT, Z] = [':', '.', 'Z'].map((character) => character.charCodeAt(0)) as [
  number,
  number,
  number,
];

/** The keys of the page that is being read; the same memory for the next one. */
let room = new DataView(new ArrayBuffer(0));

/**
 * Takes the objects out of a page that have the very form that S3 writes, `<Contents><Key>a.tif</Key><LastModified>...`: from the
 * first one to one of another form, or to the end. `rest` is the page without them.
 */
export function takeUsualObjects(bytes: Buffer): { readonly objects: ColumnPage; readonly rest: string } {
  const start = bytes.indexOf(ANY_OBJECT);
  if (start === -1) return { objects: new PageObjects(0, room).page(), rest: bytes.toString('utf8') };
  if (room.byteLength < bytes.length) room = new DataView(new ArrayBuffer(2 * bytes.length));
  const found = new PageObjects(Math.min(PAGE_KEYS, Math.ceil(bytes.length / LEAST_OBJECT_BYTES)), room);
  const reader = new UsualObjects(bytes, start);
  while (!found.isFull && reader.next(found));
  const rest = bytes.toString('utf8', 0, start) + bytes.toString('utf8', reader.end);
  return { objects: found.page(), rest };
}

class UsualObjects {
  /** Behind the object that was read last. */
  end: number;
  readonly #bytes: Buffer;
  readonly #page: PageBytes;
  #day: Literal | null = null;
  #dayMs = Number.NaN;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.#page = new PageBytes(bytes, start);
    this.end = start;
  }

  /** Adds the next object; false for one of another form, and at the end. */
  next(found: PageObjects): boolean {
    const page = this.#page;
    if (!page.pass(BEFORE_KEY)) return false;
    const keyEnd = page.copyAscii(room, found.keyStart);
    if (keyEnd === -1 || !page.pass(BEFORE_TIME)) return false;
    const modifiedMs = this.#time();
    if (Number.isNaN(modifiedMs) || !page.pass(BEFORE_ETAG)) return false;
    const etag = this.#etag(found);
    if (etag === '' || !this.#goToSize()) return false;
    const sizeBytes = page.wholeNumber(MAX_SIZE_DIGITS);
    if (Number.isNaN(sizeBytes) || !this.#passEnd()) return false;
    this.end = page.at;
    found.add(keyEnd, sizeBytes, modifiedMs, etag);
    return true;
  }

  /** null for an MD5, which goes to the columns; a text for any other, empty when there is none to be had. */
  #etag({ md5s, md5Start }: PageObjects): string | null {
    const page = this.#page;
    const start = page.at;
    if (page.passMd5(md5s, md5Start) && this.#bytes[page.at] === AMPERSAND) return null;
    page.at = start;
    return page.textToEntity() ?? '';
  }

  /** `2024-01-15T12:00:00.000Z`, with or without milliseconds: milliseconds since 1970; NaN for anything else. */
  #time(): number {
    const page = this.#page;
    const dayMs = this.#startOfDay();
    const hours = page.digits(2, 23);
    if (!this.#passByte(COLON)) return Number.NaN;
    const minutes = page.digits(2, 59);
    if (!this.#passByte(COLON)) return Number.NaN;
    const seconds = page.digits(2, 59);
    const millis = this.#passByte(POINT) ? page.digits(3, 999) : 0;
    if (!this.#passByte(Z)) return Number.NaN;
    return dayMs + ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis;
  }

  /** Objects of one page come from few days. */
  #startOfDay(): number {
    const page = this.#page;
    if (this.#day !== null && page.pass(this.#day)) return this.#dayMs;
    const day = this.#bytes.toString('latin1', page.at, page.at + DAY_CHARACTERS);
    page.at += DAY_CHARACTERS;
    this.#dayMs = timeOf(`${day}00:00:00Z`);
    this.#day = Number.isNaN(this.#dayMs) ? null : new Literal(day);
    return this.#dayMs;
  }

  #passByte(byte: number): boolean {
    const isHere = this.#bytes[this.#page.at] === byte;
    if (isHere) this.#page.at++;
    return isHere;
  }

  #goToSize(): boolean {
    const page = this.#page;
    if (page.pass(ETAG_SIZE)) return true;
    if (!page.pass(ETAG_ALGORITHM) || !page.goTo(LESS)) return false;
    if (page.pass(ALGORITHM_SIZE)) return true;
    return page.pass(ALGORITHM_TYPE) && page.goTo(LESS) && page.pass(TYPE_SIZE);
  }

  #passEnd(): boolean {
    const page = this.#page;
    if (page.pass(STANDARD_END) || page.pass(PLAIN_END)) return true;
    return page.pass(SIZE_CLASS) && page.goTo(LESS) && page.pass(CLASS_END);
  }
}

/** `2024-01-15T12:00:00.000Z`, with or without milliseconds; NaN for anything else. */
export function timeOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
}
