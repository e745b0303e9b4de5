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
  let order = Uint32Array.from(sizes, (_, index) => index);
  for (const scale of SCALES) if (biggest >= scale) order = byFallingDigit(sizes, order, scale);
  return order;
}

function byFallingDigit(sizes: Float64Array, order: Uint32Array, scale: number): Uint32Array<ArrayBuffer> {
  const digitOf = (index: number): number => Math.floor(valueAt(sizes, index) / scale) % DIGITS;
  const places = new Uint32Array(DIGITS);
  for (const index of order) places[digitOf(index)] = valueAt(places, digitOf(index)) + 1;
  let place = 0;
  for (let digit = DIGITS - 1; digit >= 0; digit--) {
    const count = valueAt(places, digit);
    places[digit] = place;
    place += count;
  }
  const sorted = new Uint32Array(order.length);
  for (const index of order) {
    const digit = digitOf(index);
    const at = valueAt(places, digit);
    sorted[at] = index;
    places[digit] = at + 1;
  }
  return sorted;
}
