import { fractionOf, keyAt, scaleOf, type KeyRange } from './key-interpolation.ts';
import { compareKeys } from './key-order.ts';
import { keyOf, type ObjectPage } from './object-store.ts';

/** What is known about the keys of a listing. */
export interface KeySpace {
  readonly prefix: string;
  /** Folders that exist, ascending; not all of them need be known. */
  readonly folders: readonly string[];
  /** Pages of a folder, as far as earlier ones tell. */
  readonly pagesPerFolder?: number | undefined;
}

/** A stretch of keys that begin alike and are spread alike, as a page showed it: `public_rain_` of `public_rain_0001.tif` ... */
export interface Block {
  readonly prefix: string;
  /** A guess at the pages from the latest key to the end of the block, or of the part, by the spread of the keys. */
  readonly pagesLeft: number;
  /** The same, but no more than other folders have. */
  readonly likelyPages: number;
  /** Some keys of the page. */
  readonly sample: readonly string[];
  /** How many known folders began in the page. */
  readonly foldersPerPage: number;
}

const SAMPLED = 32;
/** A number, or the start of a hash: what begins alike by chance. */
const COUNTED = /(?:[0-9]+|(?<![0-9A-Za-z])[0-9a-f]+)$/;

/** What a page says about the keys behind it; `before` is what the page before it said. */
export function blockOf(
  page: ObjectPage,
  upTo: string | undefined,
  space: KeySpace,
  before: Block | null = null,
): Block {
  const [first, last] = [keyOf(page, 0), keyOf(page, -1)];
  const shared = first.slice(space.prefix.length, sharedLength(first, last));
  const seen = countUpTo(space.folders, last);
  const foldersPerPage = seen - countUpTo(space.folders, first);
  const sample = sampled(page);
  if (foldersPerPage > 0) {
    const prefix = space.prefix + shared.slice(0, shared.lastIndexOf('/') + 1);
    const ahead = (upTo === undefined ? space.folders.length : countUpTo(space.folders, upTo)) - seen;
    const pagesLeft = ahead / foldersPerPage;
    return { prefix, pagesLeft, likelyPages: pagesLeft, sample, foldersPerPage };
  }
  const prefix = space.prefix + shared.replace(COUNTED, '');
  const pagesLeft = pagesBehind({ prefix, after: first, upTo: endIn(prefix, upTo) }, last, sample);
  const isInFolder = last.startsWith(space.folders[seen - 1] ?? '/');
  const likelyPages = isInFolder ? Math.min(pagesLeft, likelyBehind(prefix, before, space)) : pagesLeft;
  return { prefix, pagesLeft, likelyPages, sample, foldersPerPage };
}

/** As many as a folder has; once counted, one less with each page, until there are more after all. */
function likelyBehind(prefix: string, before: Block | null, { pagesPerFolder }: KeySpace): number {
  if (pagesPerFolder === undefined) return Infinity;
  const isCounted = before?.prefix === prefix && before.likelyPages > 1;
  return isCounted ? before.likelyPages - 1 : pagesPerFolder;
}

function pagesBehind(range: KeyRange, last: string, sample: readonly string[]): number {
  const done = fractionOf(scaleOf(range, sample), range, last);
  return done > 0 ? (1 - done) / done : 0;
}

/** A key so many pages behind the last one read, by the spread of the block's keys; null when none can be told. */
export function keyAhead(
  block: Block,
  { reached, upTo }: { readonly reached: string; readonly upTo: string | undefined },
  pages: number,
  { folders }: KeySpace,
): string | null {
  if (block.foldersPerPage > 0) {
    const folder =
      folders[countUpTo(folders, reached) + Math.max(1, Math.round(pages * block.foldersPerPage)) - 1];
    return folder !== undefined && (upTo === undefined || compareKeys(folder, upTo) < 0) ? folder : null;
  }
  const range = { prefix: block.prefix, after: reached, upTo: endIn(block.prefix, upTo) };
  return keyAt(scaleOf(range, block.sample), range, pages / block.pagesLeft);
}

/** The end of a range, undefined when that is the end of the keys that begin so. */
function endIn(prefix: string, upTo: string | undefined): string | undefined {
  return upTo?.startsWith(prefix) === true ? upTo : undefined;
}

/** A place behind the keys that begin so: `public_` -> `` public` ``. */
export function placeBehind(prefix: string): string {
  const code = prefix.charCodeAt(prefix.length - 1);
  return code < 0x7e ? prefix.slice(0, -1) + String.fromCharCode(code + 1) : `${prefix}~`;
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

/** How many characters two keys begin alike with; a surrogate pair counts whole. */
export function sharedLength(a: string, b: string): number {
  const most = Math.min(a.length, b.length);
  let length = 0;
  while (length < most && a[length] === b[length]) length += 1;
  return /[\ud800-\udbff]/.test(a[length - 1] ?? '') ? length - 1 : length;
}

function sampled(page: ObjectPage): string[] {
  const step = Math.max(1, Math.floor(page.length / SAMPLED));
  const keys: string[] = [];
  for (let at = page.length - 1; at >= 0; at -= step) keys.push(keyOf(page, at));
  return keys;
}
