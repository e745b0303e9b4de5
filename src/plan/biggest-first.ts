import { valueAt } from './column.ts';

const DIGITS = 2 ** 11;
/** Five digits hold any whole number of a double. */
const SCALES = [1, DIGITS, DIGITS ** 2, DIGITS ** 3, DIGITS ** 4];

/**
 * The places of whole numbers by falling size, equal ones in their order. A radix sort, as a sort with a comparison function copies
 * millions of places to the heap.
 */
export function biggestFirst(sizes: Float64Array): Uint32Array {
  const biggest = sizes.reduce((most, size) => Math.max(most, size), 0);
  let order = placesOf(sizes);
  // two arrays by turns: of millions of files each is some 20 MiB, and garbage of that size stays for seconds
  let spare = new Uint32Array(sizes.length);
  for (const scale of SCALES) {
    if (biggest < scale) break;
    sortByFallingDigit(sizes, order, scale, spare);
    [order, spare] = [spare, order];
  }
  return order;
}

/** 0, 1, 2 ...: as many as there are values. A loop, as `from` makes a list of all values first, in ten times the memory. */
export function placesOf({ length }: { readonly length: number }): Uint32Array<ArrayBuffer> {
  const places = new Uint32Array(length);
  for (let place = 0; place < length; place++) places[place] = place;
  return places;
}

function sortByFallingDigit(sizes: Float64Array, order: Uint32Array, scale: number, into: Uint32Array): void {
  const digitOf = (index: number): number => Math.floor(valueAt(sizes, index) / scale) % DIGITS;
  const places = new Uint32Array(DIGITS);
  for (const index of order) places[digitOf(index)] = valueAt(places, digitOf(index)) + 1;
  let place = 0;
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    const count = valueAt(places, digit);
    places[digit] = place;
    place += count;
  }
  for (const index of order) {
    const digit = digitOf(index);
    const at = valueAt(places, digit);
    into[at] = index;
    places[digit] = at + 1;
  }
}
