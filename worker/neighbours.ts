/** How the values of a band lie beside each other, apart from the commonest one: it may be a background, as large as it likes. */
export interface Neighbours {
  /** How many of the horizontal neighbours are equal, from 0 to 1. */
  readonly equalShare: number;
  /** How far unequal ones are apart, compared with random pairs: 1 for names, far less for quantities; null when too few are unequal. */
  readonly jump: number | null;
}

/** Fewer pairs tell nothing. */
const LEAST_PAIRS = 200;
/** So many pairs are weighed at most. */
const MOST_PAIRS = 4096;
/** So many rows tell as much as all, and it is done for every raster. */
const MOST_ROWS = 256;
/** A prime, so that what repeats in rows does not fall in with it. */
const COUNTED = 13;
/** A prime: a step to values that lie nowhere near. */
const FAR_STEP = 7919;

/** Null when there are too few pairs to tell. */
export function neighboursOf(
  values: ArrayLike<number>,
  width: number,
  isNodata: (value: number) => boolean,
): Neighbours | null {
  const seen: Seen = {
    background: commonest(values, isNodata),
    equal: 0,
    pairs: 0,
    steps: [],
    foreground: [],
  };
  const rowStep = Math.ceil(values.length / width / MOST_ROWS);
  for (let start = 0; start < values.length; start += width * rowStep) {
    lookAtRow(seen, { values, start, end: Math.min(start + width, values.length) }, isNodata);
  }
  const { equal, pairs, steps, foreground } = seen;
  if (pairs < LEAST_PAIRS) return null;
  return { equalShare: equal / pairs, jump: jumpOf(steps, randomSteps(foreground)) };
}

/** What rows have shown so far, of all that is no background. */
interface Seen {
  readonly background: number;
  equal: number;
  pairs: number;
  /** Between unequal neighbours. */
  readonly steps: number[];
  readonly foreground: number[];
}

interface Row {
  readonly values: ArrayLike<number>;
  readonly start: number;
  readonly end: number;
}

function lookAtRow(seen: Seen, { values, start, end }: Row, isNodata: (value: number) => boolean): void {
  const { background, steps, foreground } = seen;
  for (let at = start; at < end; at += 1) {
    const value = values[at] ?? NaN;
    if (value === background || isNodata(value)) continue;
    foreground.push(value);
    const next = at + 1 === end ? NaN : (values[at + 1] ?? NaN);
    if (isNodata(next)) continue;
    seen.pairs += 1;
    if (next === value) seen.equal += 1;
    else if (next !== background) steps.push(Math.abs(next - value));
  }
}

function jumpOf(steps: readonly number[], random: readonly number[]): number | null {
  const isEnough = steps.length >= LEAST_PAIRS && random.length >= LEAST_PAIRS;
  return isEnough ? median(thinned(steps)) / median(random) : null;
}

function commonest(values: ArrayLike<number>, isNodata: (value: number) => boolean): number {
  const counts = new Map<number, number>();
  let [best, most] = [NaN, 0];
  const { length } = values;
  for (let at = 0; at < length; at += length > COUNTED * LEAST_PAIRS ? COUNTED : 1) {
    const value = values[at] ?? NaN;
    if (isNodata(value)) continue;
    const count = (counts.get(value) ?? 0) + 1;
    counts.set(value, count);
    if (count > most) [best, most] = [value, count];
  }
  return best;
}

/** Differences of unequal values that lie far from each other. */
function randomSteps(values: readonly number[]): readonly number[] {
  const steps: number[] = [];
  for (let at = 0; at < Math.min(values.length, MOST_PAIRS); at += 1) {
    const one = values[(at * FAR_STEP) % values.length] ?? 0;
    const other = values[(at * FAR_STEP * 3 + Math.floor(values.length / 2)) % values.length] ?? 0;
    if (one !== other) steps.push(Math.abs(one - other));
  }
  return steps;
}

function thinned(values: readonly number[]): readonly number[] {
  const step = Math.ceil(values.length / MOST_PAIRS);
  return values.filter((_, at) => at % step === 0);
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
