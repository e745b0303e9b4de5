import type { ObjectInfo } from './object-store.ts';

const ANY_OBJECT = Buffer.from('<Contents');
const BEFORE_KEY = Buffer.from('<Contents><Key>');
const BEFORE_TIME = Buffer.from('</Key><LastModified>');
const BEFORE_ETAG = Buffer.from('</LastModified><ETag>&quot;');
const BEFORE_SIZE = Buffer.from('<Size>');
const BEHIND_ETAG = Buffer.from('&quot;</ETag>');
const BEHIND_SIZE = Buffer.from('</Size>');
const BEHIND_OBJECT = Buffer.from('</Contents>');
/** What may stand between ETag and size, and behind the size: `<StorageClass>STANDARD</StorageClass>`. */
const [ALGORITHM, TYPE, STORAGE_CLASS] = ['ChecksumAlgorithm', 'ChecksumType', 'StorageClass'].map(
  (name) => ({
    open: Buffer.from(`<${name}>`),
    close: Buffer.from(`</${name}>`),
  }),
) as [Element, Element, Element];
/** Of `2024-01-15T12:00:00Z`. */
const [DAY_END, MINUTES_AT, SECONDS_AT, SECONDS_END] = [11, 14, 17, 19] as const;
const MAX_SIZE_DIGITS = 15;
const [LESS, AMPERSAND, COLON, POINT, Z, ZERO] = [60, 38, 58, 46, 90, 48] as const;
const ASCII_END = 0x80;

interface Element {
  readonly open: Buffer;
  readonly close: Buffer;
}

/**
 * Takes the objects out of a page that have the very form that S3 writes, `<Contents><Key>a.tif</Key><LastModified>...`: from the
 * first one to one of another form, or to the end. `rest` is the page without them. Byte by byte, as a text of a whole page, and an
 * expression that makes a string of all that it finds, take twice as long.
 */
export function takeUsualObjects(bytes: Buffer): { readonly objects: ObjectInfo[]; readonly rest: string } {
  const start = bytes.indexOf(ANY_OBJECT);
  if (start === -1) return { objects: [], rest: bytes.toString('utf8') };
  const reader = new UsualObjects(bytes, start);
  const objects: ObjectInfo[] = [];
  for (let next = reader.next(); next !== null; next = reader.next()) objects.push(next);
  const rest = bytes.toString('utf8', 0, start) + bytes.toString('utf8', reader.end);
  return { objects, rest };
}

class UsualObjects {
  /** Behind the object that was read last. */
  end: number;
  readonly #bytes: Buffer;
  #at = 0;
  #day = '';
  #dayMs = Number.NaN;

  constructor(bytes: Buffer, start: number) {
    this.#bytes = bytes;
    this.end = start;
  }

  /** null for an object of another form, and at the end. */
  next(): ObjectInfo | null {
    this.#at = this.end;
    if (!this.#pass(BEFORE_KEY)) return null;
    const key = this.#textTo(LESS);
    if (key === null || !this.#pass(BEFORE_TIME)) return null;
    const modifiedMs = this.#time();
    if (!this.#pass(BEFORE_ETAG)) return null;
    const etag = this.#textTo(AMPERSAND);
    if (etag === null || !this.#pass(BEHIND_ETAG)) return null;
    const sizeBytes = this.#size();
    if (Number.isNaN(modifiedMs + sizeBytes) || !this.#pass(BEHIND_OBJECT)) return null;
    this.end = this.#at;
    return { key, sizeBytes, etag, modifiedMs };
  }

  #pass(literal: Buffer): boolean {
    const bytes = this.#bytes;
    const start = this.#at;
    for (let index = 0; index < literal.length; index++) {
      if (bytes[start + index] !== literal[index]) return false;
    }
    this.#at = start + literal.length;
    return true;
  }

  /** Up to this character; null when there is none, or an entity or a tag before it. */
  #textTo(stop: number): string | null {
    const bytes = this.#bytes;
    const start = this.#at;
    let [at, all] = [start, 0];
    for (; at < bytes.length; at++) {
      const byte = bytes[at] ?? 0;
      if (byte === LESS || byte === AMPERSAND) break;
      all |= byte;
    }
    if (bytes[at] !== stop || at === start) return null;
    this.#at = at;
    return bytes.toString(all < ASCII_END ? 'latin1' : 'utf8', start, at);
  }

  /** `2024-01-15T12:00:00.000Z`, with or without milliseconds: milliseconds since 1970; NaN for anything else. */
  #time(): number {
    const bytes = this.#bytes;
    const start = this.#at;
    const hasMillis = bytes[start + SECONDS_END] === POINT;
    const end = start + SECONDS_END + (hasMillis ? 4 : 0);
    const isFramed = bytes[start + MINUTES_AT - 1] === COLON && bytes[start + SECONDS_AT - 1] === COLON;
    if (!isFramed || bytes[end] !== Z) return Number.NaN;
    this.#at = end + 1;
    const hours = this.#number(start + DAY_END, start + MINUTES_AT - 1, 23);
    const minutes = this.#number(start + MINUTES_AT, start + SECONDS_AT - 1, 59);
    const seconds = this.#number(start + SECONDS_AT, start + SECONDS_END, 59);
    const millis = hasMillis ? this.#number(start + SECONDS_END + 1, end, 999) : 0;
    return this.#startOfDay(start) + ((hours * 60 + minutes) * 60 + seconds) * 1000 + millis;
  }

  /** Objects of one page come from few days. */
  #startOfDay(start: number): number {
    if (this.#day === '' || !this.#isAt(start, this.#day)) {
      this.#day = this.#bytes.toString('latin1', start, start + DAY_END);
      this.#dayMs = timeOf(`${this.#day}00:00:00Z`);
    }
    return this.#dayMs;
  }

  #isAt(start: number, text: string): boolean {
    for (let index = 0; index < text.length; index++) {
      if (this.#bytes[start + index] !== text.charCodeAt(index)) return false;
    }
    return true;
  }

  #size(): number {
    this.#passElement(ALGORITHM);
    this.#passElement(TYPE);
    if (!this.#pass(BEFORE_SIZE)) return Number.NaN;
    const start = this.#at;
    const end = this.#bytes.indexOf(LESS, start);
    if (end <= start || end - start > MAX_SIZE_DIGITS) return Number.NaN;
    this.#at = end;
    if (!this.#pass(BEHIND_SIZE)) return Number.NaN;
    this.#passElement(STORAGE_CLASS);
    return this.#number(start, end, Number.MAX_SAFE_INTEGER);
  }

  /** Stays where it is when there is none, or one that is not plain. */
  #passElement({ open, close }: Element): void {
    const start = this.#at;
    if (!this.#pass(open)) return;
    while (this.#at < this.#bytes.length && this.#bytes[this.#at] !== LESS) this.#at++;
    if (!this.#pass(close)) this.#at = start;
  }

  /** NaN for anything but digits, and for more than `most`. */
  #number(start: number, end: number, most: number): number {
    let value = 0;
    for (let at = start; at < end; at++) {
      const digit = (this.#bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return Number.NaN;
      value = value * 10 + digit;
    }
    return value <= most ? value : Number.NaN;
  }
}

/** `2024-01-15T12:00:00.000Z`, with or without milliseconds; NaN for anything else. */
export function timeOf(text: string): number {
  return /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d{3})?Z$/.test(text) ? Date.parse(text) : Number.NaN;
}
