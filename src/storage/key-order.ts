const FIRST_SURROGATE = 0xd800;
const LAST_SURROGATE = 0xdfff;

/**
 * The order of S3 listings: by UTF-8 bytes. JavaScript's own `<` compares UTF-16 units, which sorts emoji before
 * U+E000-U+FFFF; UTF-8 sorts them after.
 */
export function compareKeys(a: string, b: string): number {
  const shared = Math.min(a.length, b.length);
  for (let i = 0; i < shared; i += 1) {
    const unitA = a.charCodeAt(i);
    const unitB = b.charCodeAt(i);
    if (unitA !== unitB) return utf8Rank(unitA) - utf8Rank(unitB);
  }
  return a.length - b.length;
}

/** How many of the ascending keys are at most `key`. */
export function countUpTo(keys: readonly string[], key: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle] ?? '', key) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}

function utf8Rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit <= LAST_SURROGATE ? unit + 0x10000 : unit;
}
