const FIRST_CAPACITY = 1024;
/** A UTF-16 code unit takes at most 3 bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
const ASCII_END = 0x80;
const [SPACE, QUOTE, TILDE] = [0x20, 0x22, 0x7e] as const;

/** The UTF-8 bytes of one key after the other, in memory that is used again. */
export class KeyBytes {
  length = 0;
  /** Printable ASCII characters only, as far as what `replace` was given since it replaced everything shows. */
  #isPlain = false;
  #bytes = Buffer.allocUnsafeSlow(FIRST_CAPACITY);

  clear(): void {
    this.length = 0;
  }

  /** Takes the next key, which stands in a text; returns how many bytes of it are those of the one before. */
  encode(text: string, start: number, end: number): number {
    const length = end - start;
    this.#ensure(length * MAX_BYTES_PER_UNIT);
    const [bytes, most] = [this.#bytes, Math.min(length, this.length)];
    let shared = 0;
    for (; shared < most; shared++) {
      const unit = text.charCodeAt(start + shared);
      if (unit !== bytes[shared] || unit >= ASCII_END) break;
    }
    this.length = encodeFrom(shared, text, start, end, bytes);
    return shared;
  }

  /** Copies the bytes from `from` on; returns where they end. */
  copyTo(target: Uint8Array, offset: number, from: number): number {
    // A native copy makes an array for the part to be copied: for a key it takes longer than a loop.
    for (let at = from; at < this.length; at++) target[offset + at - from] = this.#bytes[at] ?? 0;
    return offset + this.length - from;
  }

  /** Replaces what follows the first `shared` bytes. */
  replace(shared: number, source: Uint8Array, offset: number, count: number): void {
    this.length = shared;
    this.#ensure(shared + count);
    let isPlain = shared === 0 || this.#isPlain;
    for (let at = 0; at < count; at++) {
      const byte = source[offset + at] ?? 0;
      if (byte < SPACE || byte > TILDE) isPlain = false;
      this.#bytes[shared + at] = byte;
    }
    this.#isPlain = isPlain;
    this.length = shared + count;
  }

  text(): string {
    return this.#bytes.toString(this.#isPlain ? 'latin1' : 'utf8', 0, this.length);
  }

  /** Copies all bytes of a key of printable ASCII characters without a quote before them; -1 for any other, and for too little room. */
  copyPlain(target: Buffer, offset: number): number {
    const end = offset + this.length;
    if (!this.#isPlain || this.#bytes[0] === QUOTE || end > target.length) return -1;
    return this.copyTo(target, offset, 0);
  }

  #ensure(capacity: number): void {
    if (this.#bytes.length >= capacity) return;
    const grown = Buffer.allocUnsafeSlow(2 * capacity);
    this.#bytes.copy(grown, 0, 0, this.length);
    this.#bytes = grown;
  }
}

/** Encodes a key behind its first characters, which are ASCII and encoded already; returns where it ends. */
function encodeFrom(shared: number, text: string, start: number, end: number, into: Buffer): number {
  for (let at = start + shared; at < end; at++) {
    const unit = text.charCodeAt(at);
    if (unit >= ASCII_END) return at - start + into.write(text.slice(at, end), at - start, 'utf8');
    into[at - start] = unit;
  }
  return end - start;
}
