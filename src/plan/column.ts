const CHUNK_BITS = 16;
const CHUNK_LENGTH = 1 << CHUNK_BITS;
const CHUNK_MASK = CHUNK_LENGTH - 1;

type NumberArray = Uint8Array | Uint32Array | Float64Array;

/** A number out of a typed array; 0 behind the end. */
export function valueAt(numbers: NumberArray, index: number): number {
  return numbers[index] ?? 0;
}

/** A growing list of numbers in chunks of typed arrays: 1, 4 or 8 bytes each, and no copy of everything when it grows. */
export class Column {
  length = 0;
  readonly #chunks: NumberArray[] = [];
  readonly #makeChunk: () => NumberArray;

  private constructor(makeChunk: () => NumberArray) {
    this.#makeChunk = makeChunk;
  }

  /** Whole numbers from 0 to 255. */
  static ofUint8(): Column {
    return new Column(() => new Uint8Array(CHUNK_LENGTH));
  }

  /** Whole numbers from 0 to 2^32 - 1. */
  static ofUint32(): Column {
    return new Column(() => new Uint32Array(CHUNK_LENGTH));
  }

  /** Any numbers. */
  static ofFloat64(): Column {
    return new Column(() => new Float64Array(CHUNK_LENGTH));
  }

  push(value: number): void {
    const at = this.length++;
    let chunk = this.#chunks[at >>> CHUNK_BITS];
    if (chunk === undefined) this.#chunks.push((chunk = this.#makeChunk()));
    chunk[at & CHUNK_MASK] = value;
  }

  /** 0 behind the end. */
  at(index: number): number {
    return this.#chunks[index >>> CHUNK_BITS]?.[index & CHUNK_MASK] ?? 0;
  }
}
