/** Numbers from 0 to 1 that are the same in every run (mulberry32). */
export function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** File sizes as rasters have them: most are small, few are very big (log-normal). */
export function heavyTailedSizes(
  count: number,
  {
    medianBytes,
    sigma,
    maxBytes,
  }: { readonly medianBytes: number; readonly sigma: number; readonly maxBytes: number },
  random: () => number,
): Float64Array {
  const normal = (): number => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Float64Array.from({ length: count }, () =>
    Math.round(Math.min(maxBytes, medianBytes * Math.exp(sigma * normal()))),
  );
}

/** The middle one; of an even number the upper. */
export function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
}
