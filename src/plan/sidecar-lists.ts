import { stemOf } from './sidecars.ts';

const SEPARATOR = '|';

/**
 * The sidecars of sources, by the sources' numbers. Of each sidecar only what follows the stem is kept (`.tfw`, `.tif.aux.xml`), and
 * equal lists once: a million rasters with a world file each share one list.
 */
export class SidecarLists {
  readonly #suffixes = new Map<number, string>();
  readonly #shared = new Map<string, string>();

  set(ordinal: number, source: string, sidecars: readonly string[]): void {
    const stem = stemOf(source);
    // No suffix of a sidecar has a separator in it: they are a closed list (sidecars.ts).
    const joined = sidecars.map((key) => key.slice(stem.length)).join(SEPARATOR);
    const shared = this.#shared.get(joined) ?? joined;
    this.#shared.set(shared, shared);
    this.#suffixes.set(ordinal, shared);
  }

  /** Keys, or undefined for a source without sidecars. */
  get(ordinal: number, source: string): readonly string[] | undefined {
    const suffixes = this.#suffixes.get(ordinal)?.split(SEPARATOR);
    const stem = suffixes === undefined ? '' : stemOf(source);
    return suffixes?.map((suffix) => stem + suffix);
  }
}
