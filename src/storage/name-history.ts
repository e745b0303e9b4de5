import { BlockEnds } from './block-ends.ts';
import { FolderMarks } from './folder-marks.ts';
import { FolderPages } from './folder-pages.ts';
import type { KeySpace } from './key-block.ts';
import type { ObjectPage } from './object-store.ts';

/** Learns from the pages of a listing, in key order, what those that come may be like. */
export class NameHistory {
  readonly #ends: BlockEnds;
  readonly #pages = new FolderPages();
  readonly #marks = new FolderMarks();
  #fullPage = 1;

  constructor(space: Pick<KeySpace, 'prefix'>) {
    this.#ends = new BlockEnds(space);
  }

  /** The next page; `folders` are those that are known. */
  add(page: ObjectPage, folders: readonly string[]): void {
    this.#ends.add(page);
    if (folders.length === 0) return;
    this.#fullPage = Math.max(this.#fullPage, page.length);
    const share = page.length / this.#fullPage;
    this.#pages.add(page, share, folders);
    this.#marks.add(page, share, folders);
  }

  get known(): Pick<KeySpace, 'pagesPerFolder' | 'marks' | 'blockEnd'> {
    return { pagesPerFolder: this.#pages.most, marks: this.#marks.latest, blockEnd: this.#ends.latest };
  }
}
