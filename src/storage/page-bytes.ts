import { LOWER_HEX, MD5_BYTES, NO_DIGIT } from '../contract/md5-digits.ts';

const WORD = 4;
const LONG = 8;
/** Finds a zero among four bytes: what is taken from it borrows from the bit above. */
const [ONES, TOP_BITS] = [0x01010101, 0x80808080] as const;
const ZERO = 0x30;

/** Characters that end a text. */
export const LESS = 0x3c;
export const AMPERSAND = 0x26;
const AMPERSANDS = AMPERSAND * ONES;

/**
 * A text of at least eight ASCII characters to look for at a place, eight at a time as one number (which is none that is unequal to
 * itself); the last eight may overlap those before.
 */
export class Literal {
  readonly length: number;
  /** Where the last eight begin. */
  readonly lastAt: number;
  readonly last: number;
  readonly others: Float64Array;

  constructor(text: string) {
    const bytes = Buffer.from(text, 'latin1');
    this.length = bytes.length;
    this.lastAt = bytes.length - LONG;
    this.last = bytes.readDoubleLE(this.lastAt);
    this.others = Float64Array.from({ length: Math.floor((bytes.length - 1) / LONG) }, (_, at) =>
      bytes.readDoubleLE(at * LONG),
    );
  }
}

/**
 * The bytes of a page, read from left to right, four or eight at a time where that can be: one by one takes three times as long, and a
 * text of the whole page, or an expression that makes strings of all that it finds, longer still.
 */
export class PageBytes {
  at: number;
  readonly #bytes: Buffer;
  readonly #view: DataView;

  constructor(bytes: Buffer, at: number) {
    this.at = at;
    this.#bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  }

  /** Goes behind a literal if it stands here. */
  pass({ length, lastAt, last, others }: Literal): boolean {
    const [view, start] = [this.#view, this.at];
    if (start + length > this.#bytes.length || view.getFloat64(start + lastAt, true) !== last) return false;
    for (let at = 0; at < others.length; at++) {
      if (view.getFloat64(start + at * LONG, true) !== others[at]) return false;
    }
    this.at = start + length;
    return true;
  }

  /** Goes to the next character of this kind and returns whether there is one. */
  goTo(character: number): boolean {
    const found = this.#bytes.indexOf(character, this.at);
    if (found !== -1) this.at = found;
    return found !== -1;
  }

  /** The text up to an entity; null when there is none, nothing before it, or a tag. */
  textToEntity(): string | null {
    const start = this.at;
    if (!this.goTo(AMPERSAND) || this.at === start) return null;
    const text = this.#bytes.toString('utf8', start, this.at);
    return text.includes('<') ? null : text;
  }

  /** Copies the text up to a tag and returns where it ends in `into`; -1 when there is none, nothing before it, an entity, or more than ASCII. */
  copyAscii(into: DataView, offset: number): number {
    const start = this.at;
    if (!this.goTo(LESS) || this.at === start) return -1;
    const [view, end, shift] = [this.#view, this.at, offset - start];
    let [all, zeros, at] = [0, 0, start];
    for (; at + WORD <= end; at += WORD) {
      const word = view.getInt32(at, true);
      const difference = word ^ AMPERSANDS;
      all |= word;
      zeros |= (difference - ONES) & ~difference;
      into.setInt32(at + shift, word, true);
    }
    for (; at < end; at++) {
      const byte = view.getUint8(at);
      all |= byte;
      if (byte === AMPERSAND) zeros = TOP_BITS;
      into.setUint8(at + shift, byte);
    }
    return ((all | zeros) & TOP_BITS) === 0 ? end + shift : -1;
  }

  /** Goes behind 32 lower-case hexadecimal digits, whose 16 bytes it writes; false, and stays here, for anything else. */
  passMd5(into: Uint8Array, offset: number): boolean {
    const [bytes, start] = [this.#bytes, this.at];
    for (let at = 0; at < MD5_BYTES; at++) {
      const high = LOWER_HEX[bytes[start + 2 * at] ?? 0] ?? NO_DIGIT;
      const low = LOWER_HEX[bytes[start + 2 * at + 1] ?? 0] ?? NO_DIGIT;
      if ((high | low) >= NO_DIGIT) return false;
      into[offset + at] = (high << 4) | low;
    }
    this.at = start + 2 * MD5_BYTES;
    return true;
  }

  /** Goes behind a whole number of at most so many digits and returns it; NaN without a digit, and with more. */
  wholeNumber(mostDigits: number): number {
    const [bytes, start] = [this.#bytes, this.at];
    let [value, at] = [0, start];
    for (; at < bytes.length; at++) {
      const digit = (bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) break;
      value = value * 10 + digit;
    }
    this.at = at;
    return at > start && at - start <= mostDigits ? value : Number.NaN;
  }

  /** Digits from here on, so many, as a number of at most `most`; NaN for anything else. */
  digits(count: number, most: number): number {
    const start = this.at;
    let value = 0;
    for (let at = start; at < start + count; at++) {
      const digit = (this.#bytes[at] ?? 0) - ZERO;
      if (digit < 0 || digit > 9) return Number.NaN;
      value = value * 10 + digit;
    }
    this.at = start + count;
    return value <= most ? value : Number.NaN;
  }
}
