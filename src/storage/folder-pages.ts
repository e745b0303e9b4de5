import { countUpTo } from './key-order.ts';
import { keyOf, type ObjectPage } from './object-store.ts';

/** Neighbours are alike more often than not; the longest of so many is what the next one may be. */
const REMEMBERED = 8;

/** Learns from the pages of a listing, in key order, how many a folder takes. */
export class FolderPages {
  readonly #latest: number[] = [];
  #folder = 0;
  #pages = 0;

  /** undefined while no folder has ended. */
  get most(): number | undefined {
    return this.#latest.length === 0 ? undefined : Math.max(...this.#latest);
  }

  /** The next page, and which share of a full one it is; `folders` are those that are known. */
  add(page: ObjectPage, pages: number, folders: readonly string[]): void {
    const folder = countUpTo(folders, keyOf(page, -1));
    const begun = folder - this.#folder;
    const share = pages / (begun + (this.#folder > 0 ? 1 : 0) || 1);
    if (begun > 0 && this.#folder > 0) this.#remember(this.#pages + share);
    this.#pages = begun > 0 ? share : this.#pages + pages;
    this.#folder = folder;
  }

  #remember(pages: number): void {
    this.#latest.push(pages);
    if (this.#latest.length > REMEMBERED) this.#latest.shift();
  }
}
