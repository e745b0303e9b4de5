import { placeBehind, prefixOf, type KeySpace } from './key-block.ts';
import { compareKeys, countFirst } from './key-order.ts';
import { keyOf, type ObjectPage } from './object-store.ts';

/** A shorter block may end anywhere. */
const FEWEST_PAGES = 2;

/** Learns from the pages of a listing, in key order, how blocks end: numbers of eight digits may well go up to 00999999 only. */
export class BlockEnds {
  /** What came behind the prefix in the last key of the latest block: `00999999.tif` of `public_rain_00999999.tif`. */
  latest: string | undefined;
  readonly #space: Pick<KeySpace, 'prefix'>;
  #block: string | null = null;
  #last = '';
  #pages = 0;

  constructor(space: Pick<KeySpace, 'prefix'>) {
    this.#space = space;
  }

  add(page: ObjectPage): void {
    const last = keyOf(page, -1);
    if (this.#block === null || !last.startsWith(this.#block)) this.#begin(page, last);
    else this.#narrow(page, last, this.#block);
    this.#pages += 1;
    this.#last = last;
  }

  #begin(page: ObjectPage, last: string): void {
    const from = this.#block === null ? 0 : this.#end(this.#block, page);
    this.#block = prefixOf(keyOf(page, from), last, this.#space);
    this.#pages = 0;
  }

  /** Where a page has several blocks, what they share is taken for one. */
  #narrow(page: ObjectPage, last: string, block: string): void {
    const own = prefixOf(keyOf(page, 0), last, this.#space);
    if (own === block || !own.startsWith(block)) return;
    this.#block = own;
    this.#pages = 0;
  }

  /** Returns how many keys of the page are still of the block. */
  #end(block: string, page: ObjectPage): number {
    const end = placeBehind(block);
    const count = countFirst(page.length, (at) => compareKeys(keyOf(page, at), end) < 0);
    const last = count > 0 ? keyOf(page, count - 1) : this.#last;
    if (this.#pages >= FEWEST_PAGES && last.startsWith(block)) this.latest = last.slice(block.length);
    return Math.min(count, page.length - 1);
  }
}
