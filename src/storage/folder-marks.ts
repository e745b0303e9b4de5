import { folderOf } from './key-order.ts';
import { keyOf, type ObjectPage } from './object-store.ts';

const MARKS_PER_PAGE = 4;
/** Of a shorter folder the pages tell too little of the next one. */
const FEWEST = 6 * MARKS_PER_PAGE;
/** A mark is some 50 bytes. What lies behind the last one goes by the spread of its names. */
const MOST = 20_000;

/** Learns from the pages of a listing, in key order, which names a folder has, at the same distances: some of each page. */
export class FolderMarks {
  /** Of the latest folder that was long, without its name: `['rain_0250.tif', 'rain_0500.tif', ...]`. */
  latest: readonly string[] = [];
  #folder: string | undefined;
  #names: string[] = [];

  /** The next page, and which share of a full one it is; `folders` are those that are known. */
  add(page: ObjectPage, share: number, folders: readonly string[]): void {
    const marks = Math.max(1, Math.round(share * MARKS_PER_PAGE));
    for (let mark = 1; mark <= marks; mark++) {
      const key = keyOf(page, Math.ceil((mark * page.length) / marks) - 1);
      if (this.#folder === undefined || !key.startsWith(this.#folder)) this.#begin(key, folders);
      this.#take(key);
    }
  }

  #begin(key: string, folders: readonly string[]): void {
    if (this.#names.length >= FEWEST) this.latest = this.#names;
    this.#names = [];
    this.#folder = folderOf(key, folders);
  }

  #take(key: string): void {
    if (this.#folder === undefined || this.#names.length === MOST) return;
    // a part of a string keeps all of it in memory, here the keys of a whole page
    this.#names.push(Buffer.from(key.slice(this.#folder.length)).toString());
  }
}
