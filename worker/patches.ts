import { backgroundOf, type Pixels } from './neighbours.ts';

/** How often a value lies in a patch (pixels of one value that touch) that is not its first: names hardly do, and amounts come back. */
export interface Returns {
  readonly count: number;
  /** As often as random numbers of the same range would; amounts that are no smooth slope do at least. */
  readonly byChance: number;
}

/** Smaller ones are splinters of ragged borders, which the edge of a window cut off. */
const LEAST_PIXELS = 9;
/** Windows that lie beside each other, where those of a raster are three in a row: a field is in one of them alone, and what lies between them has names, too. */
const TOGETHER = 3;

/** Of all patches but those of the background and of nodata, and of the value that comes back most: lines between fields. */
export function returnsOf(pixels: Pixels): Returns {
  const patches = patchesOf(pixels);
  const size = pixels.width * pixels.height * TOGETHER;
  let [count, byChance] = [0, 0];
  for (let start = 0; start < pixels.values.length; start += size) {
    const values = patches.flatMap(({ at, value }) => (at >= start && at < start + size ? [value] : []));
    const returns = returnsAmong(values);
    count += returns.count;
    byChance += returns.byChance;
  }
  return { count, byChance };
}

function returnsAmong(values: readonly number[]): Returns {
  const times = new Map<number, number>();
  for (const value of values) times.set(value, (times.get(value) ?? 0) + 1);
  const most = Math.max(0, ...times.values());
  const others = values.length - most;
  if (others <= 0) return { count: 0, byChance: 0 };
  const range = Math.max(...times.keys()) - Math.min(...times.keys()) + 1;
  const distinctByChance = range * (1 - (1 - 1 / range) ** others);
  return { count: others - (times.size - 1), byChance: others - distinctByChance };
}

interface Patch {
  /** Of its first pixel. */
  readonly at: number;
  readonly value: number;
}

function patchesOf(pixels: Pixels): readonly Patch[] {
  const roots = rootsOf(pixels);
  const sizes = new Uint32Array(roots.length);
  for (const root of roots) if (root >= 0) sizes[root] = (sizes[root] ?? 0) + 1;
  const patches: Patch[] = [];
  for (let at = 0; at < sizes.length; at += 1)
    if ((sizes[at] ?? 0) >= LEAST_PIXELS) patches.push({ at, value: pixels.values[at] ?? NaN });
  return patches;
}

/** For each pixel the first one of its patch; -1 for what is left out. */
function rootsOf(pixels: Pixels): Int32Array {
  const { values, isNodata } = pixels;
  const background = backgroundOf(pixels);
  const parents = new Int32Array(values.length).fill(-1);
  for (let at = 0; at < values.length; at += 1) {
    const value = values[at] ?? NaN;
    if (value !== background && !isNodata(value)) joinToEqual(parents, pixels, at);
  }
  for (let at = 0; at < parents.length; at += 1) if (parents[at] !== -1) parents[at] = rootOf(parents, at);
  return parents;
}

function joinToEqual(parents: Int32Array, { values, width, height }: Pixels, at: number): void {
  parents[at] = at;
  if (at % width > 0 && values[at - 1] === values[at]) join(parents, at, at - 1);
  if (at % (width * height) >= width && values[at - width] === values[at]) join(parents, at, at - width);
}

function join(parents: Int32Array, one: number, other: number): void {
  const [a, b] = [rootOf(parents, one), rootOf(parents, other)];
  parents[Math.max(a, b)] = Math.min(a, b);
}

function rootOf(parents: Int32Array, pixel: number): number {
  let at = pixel;
  for (let next = parents[at] ?? at; next !== at; next = parents[at] ?? at) {
    // halves the way for whoever comes after
    parents[at] = parents[next] ?? next;
    at = next;
  }
  return at;
}
