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
  return countFirst(keys.length, (at) => compareKeys(keys[at] ?? '', key) <= 0);
}

/** How many places, of so many, come before the first that is not so; behind it none is. */
export function countFirst(length: number, isSo: (at: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isSo(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** The folder that is next before a key, of ascending ones, if the key lies in it: `a/b.tif` in `['a/', 'c/']` -> `a/`; else undefined. */
export function folderOf(key: string, folders: readonly string[]): string | undefined {
  const folder = folders[countUpTo(folders, key) - 1];
  return folder !== undefined && key.startsWith(folder) ? folder : undefined;
}

function utf8Rank(unit: number): number {
  if (unit < FIRST_SURROGATE) return unit;
  return unit <= LAST_SURROGATE ? unit + 0x10000 : unit;
}
