const CLEAR = 256;
const END = 257;
const FIRST_FREE = 258;
const MOST_CODES = 4096;

/**
 * Decodes TIFF's LZW (most significant bit first) into `into`. False when the data are damaged, end early or are of the old kind
 * that libtiff knows (least significant bit first).
 */
export function decodeLzw(data: Uint8Array, into: Uint8Array): boolean {
  const decoder = new LzwDecoder(data, into);
  return decoder.run();
}

/** Each code stands for the text of another one and a byte; texts are found again in the output, where they were written. */
class LzwDecoder {
  readonly #data: Uint8Array;
  readonly #into: Uint8Array;
  /** Where the text of a code was written, and its length. */
  readonly #starts = new Uint32Array(MOST_CODES);
  readonly #lengths = new Uint32Array(MOST_CODES).fill(1, 0, CLEAR);
  #next = FIRST_FREE;
  #width = 9;
  #done = 0;
  #at = 0;
  #bits = 0;
  #bitCount = 0;

  constructor(data: Uint8Array, into: Uint8Array) {
    this.#data = data;
    this.#into = into;
  }

  run(): boolean {
    let previous = -1;
    while (this.#done < this.#into.length) {
      const code = this.#read();
      if (code === CLEAR) {
        previous = -1;
        this.#next = FIRST_FREE;
        this.#width = 9;
        continue;
      }
      if (!this.#isKnown(code, previous)) return false;
      this.#write(code, previous);
      previous = code;
    }
    return true;
  }

  /** The next free code stands for the text before and its own first byte. */
  #isKnown(code: number, previous: number): boolean {
    if (code < 0 || code === END) return false;
    return previous < 0 ? code < CLEAR : code <= this.#next;
  }

  #write(code: number, previous: number): void {
    const into = this.#into;
    const before = previous < 0 ? 0 : (this.#lengths[previous] ?? 0);
    const at = this.#done;
    if (previous >= 0 && this.#next < MOST_CODES) this.#learn(at - before, before + 1);
    const length = this.#lengths[code] ?? 0;
    if (code < CLEAR) into[at] = code;
    else {
      const end = Math.min(at + length, into.length);
      for (let to = at, from = this.#starts[code] ?? 0; to < end; to += 1, from += 1)
        into[to] = into[from] ?? 0;
    }
    this.#done = at + length;
  }

  #learn(start: number, length: number): void {
    this.#starts[this.#next] = start;
    this.#lengths[this.#next] = length;
    this.#next += 1;
    // libtiff widens one code early
    if (this.#next + 1 >= 1 << this.#width && this.#width < 12) this.#width += 1;
  }

  /** -1 behind the end. */
  #read(): number {
    while (this.#bitCount < this.#width) {
      if (this.#at >= this.#data.length) return -1;
      this.#bits = ((this.#bits << 8) | (this.#data[this.#at++] ?? 0)) & 0xffffff;
      this.#bitCount += 8;
    }
    this.#bitCount -= this.#width;
    return (this.#bits >>> this.#bitCount) & ((1 << this.#width) - 1);
  }
}
