/** `x.tif.aux.xml` and `x.tif.msk` belong to one file name; the others to any raster of the same stem. */
const OF_FILE = /\.(tiff?)\.(?:aux\.xml|msk)$/i;
const OF_STEM = /\.(?:aux\.xml|tfw|tifw|tiffw|wld|prj)$/i;
const RASTER = /\.(tiff?)$/i;

/** A raster or sidecar seen under a stem: `src/a.tif` and `src/a.tif.msk` have stem `src/a`. */
interface Stem {
  readonly stem: string;
  readonly rasters: { readonly ordinal: number; readonly key: string }[];
  readonly sidecars: string[];
}

/** A raster by where its key stands; none where that is empty. */
interface Held {
  text: string;
  start: number;
  end: number;
  ordinal: number;
}

/** Takes the sidecars of one source, by its number and key. */
export type SidecarsFound = (ordinal: number, source: string, sidecars: readonly string[]) => void;

/**
 * Pairs sidecars with their rasters while keys stream by in key order. All keys that begin with `stem.` come one after the
 * other, so a stem can be forgotten as soon as another key comes: memory stays flat. The stem matches exactly, the suffix
 * in any case. `.ovr` is no sidecar: overviews are made anew.
 */
export class SidecarMatcher {
  readonly #open: Stem[] = [];
  readonly #found: SidecarsFound;
  /** The latest raster, while no stem is open: most have no sidecars, and a million stems take a while to make. */
  readonly #held: Held = { text: '', start: 0, end: 0, ordinal: 0 };

  /** `found` is called once for each raster that has sidecars. */
  constructor(found: SidecarsFound) {
    this.#found = found;
  }

  /** A source, under the number that `found` will name; its key may stand in a longer text. */
  raster(ordinal: number, text: string, start = 0, end = text.length): void {
    this.#release(text, start);
    if (this.#open.length > 0) this.#closeBefore(stemOf(text.slice(start, end)));
    if (this.#open.length > 0) this.#push(text.slice(start, end), ordinal);
    else this.#hold(ordinal, text, start, end);
  }

  /** Any other key below the source prefix. */
  other(key: string): void {
    const stem = stemOfSidecar(key);
    if (stem === null) return;
    this.#release(key, 0);
    this.#stem(stem).sidecars.push(key);
  }

  /** No more keys come. */
  end(): void {
    while (this.#open.length > 0) this.#close();
  }

  #hold(ordinal: number, text: string, start: number, end: number): void {
    const held = this.#held;
    held.text = text;
    held.start = start;
    held.end = end;
    held.ordinal = ordinal;
  }

  /** Opens the stem of the raster that is held if the next key may be its; forgets it if not. */
  #release(next: string, nextStart: number): void {
    const held = this.#held;
    const isIts = held.start < held.end && beginsWithStem(next, nextStart, held);
    if (isIts) this.#push(held.text.slice(held.start, held.end), held.ordinal);
    held.end = held.start;
  }

  #push(key: string, ordinal: number): void {
    this.#stem(stemOf(key)).rasters.push({ ordinal, key });
  }

  #closeBefore(stem: string): void {
    for (let last = this.#open.at(-1); last !== undefined; last = this.#open.at(-1)) {
      if (last.stem === stem || stem.startsWith(`${last.stem}.`)) return;
      this.#close();
    }
  }

  #stem(stem: string): Stem {
    this.#closeBefore(stem);
    const last = this.#open.at(-1);
    if (last?.stem === stem) return last;
    const opened: Stem = { stem, rasters: [], sidecars: [] };
    this.#open.push(opened);
    return opened;
  }

  #close(): void {
    const closed = this.#open.pop();
    if (closed === undefined || closed.sidecars.length === 0) return;
    for (const { ordinal, key } of closed.rasters) {
      const own = closed.sidecars.filter((sidecar) => belongsTo(sidecar, key));
      if (own.length > 0) this.#found(ordinal, key, own);
    }
  }
}

/** `src/a.v1.tif` -> `src/a.v1`. */
export function stemOf(raster: string): string {
  return raster.slice(0, raster.lastIndexOf('.'));
}

/** `a.v1.tif` begins with the stem of `a.tif`. Neighbours mostly differ in the last character of it. */
function beginsWithStem(next: string, nextStart: number, { text, start, end }: Held): boolean {
  const stemEnd = text.lastIndexOf('.', end - 1);
  if (next.charCodeAt(nextStart + stemEnd - 1 - start) !== text.charCodeAt(stemEnd - 1)) return false;
  return next.startsWith(text.slice(start, stemEnd + 1), nextStart);
}

function stemOfSidecar(key: string): string | null {
  const suffix = OF_FILE.exec(key) ?? OF_STEM.exec(key);
  return suffix === null ? null : key.slice(0, suffix.index);
}

function belongsTo(sidecar: string, raster: string): boolean {
  const ofFile = OF_FILE.exec(sidecar);
  return ofFile === null || ofFile[1]?.toLowerCase() === RASTER.exec(raster)?.[1]?.toLowerCase();
}
