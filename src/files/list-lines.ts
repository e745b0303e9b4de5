import { lineKey } from '../plan/line-key.ts';
import type { SizedKeys } from '../plan/sized-keys.ts';

/** Lines are gathered to blocks of about this many bytes before they are written. */
const BLOCK_BYTES = 1 << 20;
/** A tab, the digits of a size and the end of the line. */
const AFTER_KEY_BYTES = 20;
/** A UTF-16 code unit takes at most 3 bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;
const [TAB, NEWLINE, ZERO] = [0x09, 0x0a, 0x30] as const;

/** What stands in a line: the key alone, or `key<TAB>bytes`. */
export interface LineForm {
  readonly withSizes: boolean;
}

/** Gathers lines to blocks; a block is the same memory again once the next line is added. */
export class LineBlock {
  readonly #withSizes: boolean;
  readonly #bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  #end = 0;

  constructor({ withSizes }: LineForm) {
    this.#withSizes = withSizes;
  }

  /** Adds lines; yields each block that is full. */
  *add(keys: SizedKeys): Generator<Buffer> {
    for (let index = 0; index < keys.length; index++) {
      if (this.#end + AFTER_KEY_BYTES > BLOCK_BYTES) yield this.take();
      const end = keys.copyPlain(index, this.#bytes, this.#end);
      if (end !== -1 && end + AFTER_KEY_BYTES <= BLOCK_BYTES) this.#endLine(end, keys.sizeAt(index));
      else yield* this.#addLine(keys.at(index)?.key ?? '', keys.sizeAt(index));
    }
  }

  /** What was gathered since the last block. */
  take(): Buffer {
    const block = this.#bytes.subarray(0, this.#end);
    this.#end = 0;
    return block;
  }

  *#addLine(key: string, sizeBytes: number): Generator<Buffer> {
    const text = lineKey(key);
    const most = text.length * MAX_BYTES_PER_UNIT + AFTER_KEY_BYTES;
    if (this.#end + most > BLOCK_BYTES) yield this.take();
    if (most > BLOCK_BYTES)
      yield Buffer.from(this.#withSizes ? `${text}\t${String(sizeBytes)}\n` : `${text}\n`);
    else this.#endLine(this.#end + this.#bytes.write(text, this.#end, 'utf8'), sizeBytes);
  }

  #endLine(keyEnd: number, sizeBytes: number): void {
    let at = keyEnd;
    if (this.#withSizes) {
      this.#bytes[at++] = TAB;
      at = putDigits(this.#bytes, at, sizeBytes);
    }
    this.#bytes[at++] = NEWLINE;
    this.#end = at;
  }
}

/** Writes a whole number; returns where it ends. */
function putDigits(bytes: Buffer, start: number, value: number): number {
  let end = start + 1;
  for (let rest = value; rest >= 10; rest = Math.floor(rest / 10)) end++;
  let rest = value;
  for (let at = end - 1; at >= start; at--) {
    bytes[at] = ZERO + (rest % 10);
    rest = Math.floor(rest / 10);
  }
  return end;
}
