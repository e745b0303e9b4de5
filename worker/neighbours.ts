/** How the values of a band lie beside each other, apart from the commonest one: it may be a background, as large as it likes. */
export interface Neighbours {
  /** How many of the neighbours are equal, from 0 to 1. */
  readonly equalShare: number;
  /** How far unequal ones are apart, compared with random pairs: 1 for names, far less for quantities; null when too few are unequal. */
  readonly jump: number | null;
  /** How far unequal ones are apart; 0 and infinite where none are. */
  readonly step: { readonly median: number; readonly least: number };
}

/** Windows of pixels, stacked. */
export interface Pixels {
  readonly values: ArrayLike<number>;
  readonly width: number;
  /** Of one window. */
  readonly height: number;
  readonly isNodata: (value: number) => boolean;
}

/** Fewer pairs tell nothing. */
const LEAST_PAIRS = 200;
/** So many pairs are weighed at most. */
const MOST_PAIRS = 4096;
/** So many rows or columns tell as much as all, and it is done for every raster. */
const MOST_LINES = 256;
/** A prime, so that what repeats in rows does not fall in with it. */
const COUNTED = 13;
/** A prime: a step to values that lie nowhere near. */
const FAR_STEP = 7919;

/** Of pixels side by side; null when there are too few pairs to tell. */
export function neighboursOf(pixels: Pixels): Neighbours | null {
  const { values, width } = pixels;
  const count = Math.ceil(values.length / width);
  return neighboursAlong(pixels, count, (row) => {
    const start = row * width;
    return { start, end: Math.min(start + width, values.length), stride: 1 };
  });
}

/** Of pixels one below the other, within their window; null when there are too few pairs to tell. */
export function neighboursBelow(pixels: Pixels): Neighbours | null {
  const { values, width, height } = pixels;
  return neighboursAlong(pixels, values.length / height, (column) => {
    const start = Math.floor(column / width) * width * height + (column % width);
    return { start, end: start + width * height, stride: width };
  });
}

/** A row or a column. */
interface Line {
  readonly start: number;
  readonly end: number;
  readonly stride: number;
}

function neighboursAlong(pixels: Pixels, count: number, lineAt: (at: number) => Line): Neighbours | null {
  const seen: Seen = {
    background: backgroundOf(pixels),
    equal: 0,
    pairs: 0,
    steps: [],
    overGaps: [],
    foreground: [],
  };
  const every = Math.ceil(count / MOST_LINES);
  for (let at = 0; at < count; at += every) lookAlong(seen, pixels, lineAt(at));
  const { equal, pairs, foreground } = seen;
  if (pairs < LEAST_PAIRS) return null;
  // fields with lines or gaps between them touch no other
  const steps = thinned(seen.steps.length < LEAST_PAIRS ? [...seen.steps, ...seen.overGaps] : seen.steps);
  const step = { median: steps.length === 0 ? 0 : median(steps), least: Math.min(...steps) };
  return { equalShare: equal / pairs, jump: jumpOf(steps, randomSteps(foreground)), step };
}

/** What lines have shown so far, of all that is no background. */
interface Seen {
  readonly background: number;
  equal: number;
  pairs: number;
  /** Between unequal neighbours. */
  readonly steps: number[];
  /** Between unequal values that only background or nodata keeps apart. */
  readonly overGaps: number[];
  readonly foreground: number[];
}

function lookAlong(seen: Seen, { values, isNodata }: Pixels, { start, end, stride }: Line): void {
  // the last value that is no background, and whether it is the one before
  let [last, isBefore] = [NaN, false];
  for (let at = start; at < end; at += stride) {
    const value = values[at] ?? NaN;
    const hasValue = !isNodata(value);
    if (isBefore && hasValue) countPair(seen, last, value);
    const isForeground = hasValue && value !== seen.background;
    if (isForeground) {
      if (!isBefore) countOverGap(seen, last, value);
      seen.foreground.push(value);
      last = value;
    }
    isBefore = isForeground;
  }
}

function countPair(seen: Seen, value: number, next: number): void {
  seen.pairs += 1;
  if (next === value) seen.equal += 1;
  else if (next !== seen.background) seen.steps.push(Math.abs(next - value));
}

function countOverGap({ overGaps }: Seen, last: number, value: number): void {
  if (last !== value && !Number.isNaN(last)) overGaps.push(Math.abs(value - last));
}

function jumpOf(steps: readonly number[], random: readonly number[]): number | null {
  const isEnough = steps.length >= LEAST_PAIRS && random.length >= LEAST_PAIRS;
  return isEnough ? median(steps) / median(random) : null;
}

/** The commonest value. */
export function backgroundOf({ values, isNodata }: Pixels): number {
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
