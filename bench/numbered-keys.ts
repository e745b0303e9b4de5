/** Sorted keys that need not be held: each is made from its number. */
export interface KeyRange {
  readonly length: number;
  keyAt(index: number): string;
  /** Bytes and ETag of the object. */
  factsAt(index: number): { readonly sizeBytes: number; readonly etag: string };
}

const DIGITS = 8;

/** `public_raster_00000042` and the like: numbers that sort as they count. */
export function padded(number: number): string {
  return String(number).padStart(DIGITS, '0');
}

/** 32 hexadecimal digits that look like an MD5 and are the same in every process. */
export function etagOf(index: number): string {
  const words = [1, 2, 3, 4].map(
    (salt) => Math.imul(index + salt, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b * salt),
  );
  return words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}

/** Keys of consecutive ranges, as one bucket. No key of a range may sort before one of the range before it. */
export class KeySpace {
  readonly #ranges: readonly KeyRange[];

  constructor(ranges: readonly KeyRange[]) {
    this.#ranges = ranges;
  }

  /** Objects with this prefix whose keys sort behind `after`, in order. */
  *from(
    prefix: string,
    after: string,
  ): Generator<{ readonly range: KeyRange; readonly index: number; readonly key: string }> {
    for (const range of this.#ranges) {
      for (let index = firstAbove(range, prefix, after); index < range.length; index += 1) {
        const key = range.keyAt(index);
        if (!key.startsWith(prefix)) break;
        yield { range, index, key };
      }
    }
  }
}

/** Index of the first key that is `>= prefix` and `> after`; ASCII keys alone compare as S3 does. */
function firstAbove(range: KeyRange, prefix: string, after: string): number {
  let [low, high] = [0, range.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = range.keyAt(middle);
    if (key >= prefix && key > after) high = middle;
    else low = middle + 1;
  }
  return low;
}
