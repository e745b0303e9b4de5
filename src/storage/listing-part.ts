import { fractionOf, keyAt, scaleOf, type KeyRange } from './key-interpolation.ts';
import { compareKeys } from './key-order.ts';
import type { ObjectInfo } from './object-store.ts';

/** One answer of a listing, keys ascending. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** Where the next page begins; undefined when this is the last. */
  readonly nextToken: string | undefined;
}

/** A range of the key space that is listed page after page. */
export interface Part {
  readonly after: string;
  upTo: string | undefined;
  /** The first and the last key of the latest page, or `after`. */
  first: string;
  last: string;
  token: string | undefined;
  pagesRead: number;
  /** A guess: Infinity while nothing is known. */
  pagesLeft: number;
  /** The share of the range that the pages left are expected in: far names may not exist. */
  sparse: number;
  /** Infinity while no folder was read to its end, here or in the part that this one was cut from. */
  pagesPerFolder: number;
  /** Pages read of the folder at hand, there included. */
  pagesInFolder: number;
  /** Some keys seen here, or in the part that this one was cut from. */
  sample: readonly string[];
  held: ObjectInfo[][];
  isRunning: boolean;
  isDone: boolean;
}

/** What is known about the keys of a listing. */
export interface KeySpace {
  readonly prefix: string;
  /** Where keys are grouped, ascending: cuts there hit, however uneven the names are. Empty while unknown. */
  readonly folders: readonly string[];
}

/** How far ahead cuts are made. */
const PART_PAGES = 4;
const SAMPLED_PER_PAGE = 16;
const SAMPLED = 64;

/** A part of which nothing has been read. */
export function newPart(after: string, from?: Part): Part {
  const known = {
    upTo: from?.upTo,
    pagesLeft: Infinity,
    pagesPerFolder: from?.pagesPerFolder ?? Infinity,
    pagesInFolder: from?.pagesInFolder ?? 0,
    sample: from?.sample ?? [],
  };
  const nothingYet = { token: undefined, pagesRead: 0, held: [], isRunning: false, isDone: false };
  return { sparse: 1, after, first: after, last: after, ...known, ...nothingYet };
}

/**
 * Keeps what belongs to the part; it may have been cut while the page was on its way. Returns the share of the page that
 * was kept, 0 to 1.
 */
export function takePage(part: Part, { objects, nextToken }: ListPage, space: KeySpace): number {
  const { upTo } = part;
  const kept = objects.slice(0, countObjects(objects, upTo));
  part.first = kept[0]?.key ?? part.first;
  part.pagesRead += 1;
  part.last = kept.at(-1)?.key ?? part.last;
  part.token = nextToken;
  part.isDone = nextToken === undefined || kept.length < objects.length || part.last === upTo;
  part.sample = [...part.sample, ...sampled(kept)].slice(-SAMPLED);
  part.pagesLeft = part.isDone ? 0 : pagesLeft(part, space);
  if (kept.length > 0) part.held.push(kept);
  return objects.length === 0 ? 0 : kept.length / objects.length;
}

/**
 * Cuts a part some pages behind its latest key, or in half when little is left of it; returns the part behind the cut, null
 * when it cannot be cut. Near cuts hit, where the middle of a range may lie far behind the last of its keys.
 */
export function cutPart(part: Part, space: KeySpace): Part | null {
  const share = part.pagesLeft < 2 * PART_PAGES ? 1 / 2 : PART_PAGES / part.pagesLeft;
  const folder = folderAt(part, space, share);
  const cut = folder ?? keyIn(part, space, Number.isFinite(part.pagesLeft) ? share : 1 / 2);
  if (cut === null) return null;
  const second = newPart(cut, part);
  second.pagesLeft = part.pagesLeft * (1 - share);
  if (folder === undefined) second.sparse = (part.sparse * (1 - share)) / (1 - part.sparse * share);
  else second.pagesInFolder = 0;
  part.sparse = 1;
  part.upTo = cut;
  part.pagesLeft *= share;
  if (Number.isNaN(part.pagesLeft)) part.pagesLeft = PART_PAGES;
  return second;
}

/** Tells a part that began before the folders were known what they hold so far. */
export function learnFolders(part: Part, { folders }: KeySpace): void {
  if (folders.length > 0) part.pagesPerFolder = part.pagesRead / Math.max(1, countUpTo(folders, part.last));
}

function folderAt({ last, upTo }: Part, { folders }: KeySpace, share: number): string | undefined {
  const start = countUpTo(folders, last);
  const end = upTo === undefined ? folders.length : countBelow(folders, upTo);
  return start < end ? folders[start + Math.floor((end - start) * share)] : undefined;
}

function keyIn({ last, upTo, sample, sparse }: Part, { prefix }: KeySpace, share: number): string | null {
  const range = { prefix, after: last, upTo };
  return keyAt(scaleOf(range, sample), range, share * sparse);
}

function pagesLeft(part: Part, { prefix, folders }: KeySpace): number {
  const [passed, seen] = [countUpTo(folders, part.first), countUpTo(folders, part.last)];
  const ahead = (part.upTo === undefined ? folders.length : countBelow(folders, part.upTo)) - seen;
  if (seen > passed) {
    part.pagesPerFolder = (part.pagesInFolder + 1) / (seen - passed);
    part.pagesInFolder = 0;
  } else part.pagesInFolder += 1;
  if (ahead > 0) return ahead * part.pagesPerFolder;
  const range: KeyRange = { prefix, after: part.first, upTo: part.upTo };
  const done = fractionOf(scaleOf(range, part.sample), range, part.last);
  const over = part.pagesInFolder - part.pagesPerFolder;
  const likely = Number.isFinite(over) ? Math.max(-over, 2 * over) : Infinity;
  if (done === 0) return Infinity;
  const even = (1 - done) / done;
  part.sparse = Math.min(1, likely / even);
  return Math.min(even, likely);
}

function sampled(objects: readonly ObjectInfo[]): string[] {
  const step = Math.max(1, Math.floor(objects.length / SAMPLED_PER_PAGE));
  const keys: string[] = [];
  for (let at = objects.length - 1; at >= 0; at -= step) keys.push(objects[at]?.key ?? '');
  return keys;
}

/** How many of the ascending keys are at most `upTo`. */
function countUpTo(keys: readonly string[], upTo: string): number {
  return countWhile(keys.length, (at) => compareKeys(keys[at] ?? '', upTo) <= 0);
}

function countObjects(objects: readonly ObjectInfo[], upTo: string | undefined): number {
  if (upTo === undefined) return objects.length;
  return countWhile(objects.length, (at) => compareKeys(objects[at]?.key ?? '', upTo) <= 0);
}

function countBelow(keys: readonly string[], end: string): number {
  return countWhile(keys.length, (at) => compareKeys(keys[at] ?? '', end) < 0);
}

/** How many of the first indexes hold, where after the first that does not none does. */
function countWhile(length: number, holds: (index: number) => boolean): number {
  let [low, high] = [0, length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (holds(middle)) low = middle + 1;
    else high = middle;
  }
  return low;
}
