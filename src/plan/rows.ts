/**
 * A list that is read by index or in order. Arrays are one; the compact lists of planning are others, which make a row
 * anew whenever it is asked for, so that millions of rows need no objects.
 */
export interface Rows<T> extends Iterable<T> {
  readonly length: number;
  /** `undefined` behind the end. */
  at(index: number): T | undefined;
}

/** A row that must be there. @throws RangeError */
export function rowAt<T>(rows: Pick<Rows<T>, 'at' | 'length'>, index: number): T {
  const row = rows.at(index);
  if (row === undefined) throw new RangeError(`row ${String(index)} of ${String(rows.length)}`);
  return row;
}

/** All rows, one after the other. */
export function* eachOf<T>(rows: Pick<Rows<T>, 'at' | 'length'>): Generator<T> {
  for (let index = 0; index < rows.length; index++) yield rowAt(rows, index);
}

/** Rows of which only the number and a maker are known. */
export function rowsOf<T>(length: number, make: (index: number) => T): Rows<T> {
  return {
    length,
    at: (index) => (index >= 0 && index < length ? make(index) : undefined),
    *[Symbol.iterator]() {
      for (let index = 0; index < length; index++) yield make(index);
    },
  };
}

/** The first `count` rows as an array. */
export function firstOf<T>(rows: Rows<T>, count: number): T[] {
  const first: T[] = [];
  for (let index = 0; index < Math.min(count, rows.length); index++) {
    const row = rows.at(index);
    if (row !== undefined) first.push(row);
  }
  return first;
}

/** A count with the first few names, for messages: `{count: 1200, examples: ['src/a.tif', ...]}`. */
export interface Examples {
  readonly count: number;
  readonly examples: readonly string[];
}

/** How many names `Examples` hold. */
export const EXAMPLES_KEPT = 20;

/** Counts names and keeps the first `EXAMPLES_KEPT`. */
export class ExampleCounter implements Examples {
  count = 0;
  readonly examples: string[] = [];

  add(name: string): void {
    this.count++;
    if (this.examples.length < EXAMPLES_KEPT) this.examples.push(name);
  }
}
