import { fractionOf, keyAt, scaleOf, type KeyRange } from './key-interpolation.ts';
import { compareKeys, countUpTo, folderOf } from './key-order.ts';
import { keyOf, type ObjectPage } from './object-store.ts';

/** What is known about the keys of a listing. */
export interface KeySpace {
  readonly prefix: string;
  /** Folders that exist, ascending; not all of them need be known. */
  readonly folders: readonly string[];
  /** Pages of a folder, as far as earlier ones tell. */
  readonly pagesPerFolder?: number | undefined;
  /** Names of an earlier folder, ascending, at the same distances; empty while none is known. */
  readonly marks: readonly string[];
  /** How the latest block ended: `0099.tif` of `public_rain_0099.tif`. */
  readonly blockEnd?: string | undefined;
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
  /** How many marks of the key space lie in a page; the prefix is then the folder. 0 where names do not go on as in the earlier folder. */
  readonly marksPerPage: number;
  /** Where it ends if it ends as the block before it. */
  readonly end: string | undefined;
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
  const seen = countUpTo(space.folders, last);
  const foldersPerPage = seen - countUpTo(space.folders, first);
  const known = { sample: sampled(page), foldersPerPage, marksPerPage: 0 };
  if (foldersPerPage > 0) {
    const shared = first.slice(0, sharedLength(first, last));
    const prefix = shared.slice(0, Math.max(space.prefix.length, shared.lastIndexOf('/') + 1));
    const ahead = (upTo === undefined ? space.folders.length : countUpTo(space.folders, upTo)) - seen;
    const pagesLeft = ahead / foldersPerPage;
    return { ...known, prefix, pagesLeft, likelyPages: pagesLeft, end: undefined };
  }
  const prefix = prefixOf(first, last, space);
  const end = likelyEnd(prefix, last, space);
  const range = { prefix, after: first, upTo: earlier(endIn(prefix, upTo), end) };
  const pagesLeft = pagesBehind(range, last, known.sample);
  const isInFolder = folderOf(last, space.folders) !== undefined;
  const likelyPages = isInFolder ? Math.min(pagesLeft, likelyBehind(prefix, before, space)) : pagesLeft;
  return { ...known, prefix, pagesLeft, likelyPages, end };
}

/** What keys begin with that lie side by side, without what they share by chance: `public_rain_`. */
export function prefixOf(first: string, last: string, { prefix }: Pick<KeySpace, 'prefix'>): string {
  return prefix + first.slice(prefix.length, sharedLength(first, last)).replace(COUNTED, '');
}

function likelyEnd(prefix: string, last: string, { blockEnd }: KeySpace): string | undefined {
  const end = blockEnd === undefined ? undefined : prefix + blockEnd;
  return end !== undefined && compareKeys(last, end) < 0 ? end : undefined;
}

/** undefined is behind all others. */
function earlier(a: string | undefined, b: string | undefined): string | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return compareKeys(a, b) < 0 ? a : b;
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
  { folders, marks }: KeySpace,
): string | null {
  const { prefix, foldersPerPage, marksPerPage } = block;
  if (foldersPerPage > 0) return placeAhead(folders, { reached, upTo }, Math.round(pages * foldersPerPage));
  const end = endIn(prefix, upTo);
  if (marksPerPage > 0) {
    const within = { reached: reached.slice(prefix.length), upTo: end?.slice(prefix.length) };
    const mark = placeAhead(marks, within, Math.floor(pages * marksPerPage));
    return mark === null ? null : prefix + mark;
  }
  const range = { prefix, after: reached, upTo: earlier(end, block.end) };
  return keyAt(scaleOf(range, block.sample), range, pages / block.pagesLeft);
}

function placeAhead(
  places: readonly string[],
  { reached, upTo }: { readonly reached: string; readonly upTo: string | undefined },
  count: number,
): string | null {
  const place = places[countUpTo(places, reached) + Math.max(1, count) - 1];
  return place !== undefined && (upTo === undefined || compareKeys(place, upTo) < 0) ? place : null;
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
