import { keyAhead, placeBehind, sharedLength, type KeySpace } from './key-block.ts';
import { compareKeys, countUpTo } from './key-order.ts';
import { newPart, type Part } from './listing-part.ts';

/** How far ahead cuts are made; a bit less than whole pages, so that the last page of a part is nearly full. */
const PART_PAGES = 4.95;
/** Less than this is cut in half. */
const HALVED_BELOW_PAGES = 7;
/** A folder with more than one block has at least so much for the others. */
const PAGES_FOR_OTHERS = 1;
/** What names may go on with; others are found by those who read. */
const LIKELY = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ_abcdefghijklmnopqrstuvwxyz';

/** Which cuts may be made. */
export interface CutRules {
  /** So many pages must seem left; `Infinity` is no cut at all. */
  readonly worthCutting: number;
  /** Within the pages that may be read. */
  readonly isInReach: boolean;
  readonly mayGuess: boolean;
  readonly mayExplore: boolean;
}

/** Cuts a part where its keys say that much is left, or where others may begin. Returns the part behind the cut; null for none. */
export function cutPart(part: Part, space: KeySpace, rules: CutRules): Part | null {
  const { worthCutting, isInReach, mayGuess, mayExplore } = rules;
  if (part.isDone || worthCutting === Infinity) return null;
  const atFolder = isInReach || part.pagesRead > 0 ? cutAtFolder(part, space) : null;
  const near = atFolder ?? (isInReach && mayGuess ? cutNear(part, space, worthCutting) : null);
  return near ?? (mayExplore ? cutFar(part, space) : null);
}

/**
 * Cuts a part some pages behind its latest key, or in half when little seems left of its block; null when that is not
 * `atLeast` so many pages. Returns the part behind the cut.
 */
function cutNear(part: Part, space: KeySpace, atLeast: number): Part | null {
  const { block, upTo } = part;
  if (block === null || block.likelyPages < atLeast) return null;
  const pages = block.likelyPages < HALVED_BELOW_PAGES ? block.likelyPages / 2 : PART_PAGES;
  const place = keyAhead(block, part, pages, space);
  if (place === null) return null;
  const isProved = block.foldersPerPage > 0;
  const [pagesLeft, likelyPages] = [block.pagesLeft - pages, block.likelyPages - pages];
  const second = newPart(place, upTo, { isProved, block: { ...block, pagesLeft, likelyPages } });
  second.guessesBehind = part.guessesBehind;
  part.block = { ...block, pagesLeft: pages, likelyPages: pages };
  part.upTo = place;
  return second;
}

/** Cuts at the next known folder, when pages lie within one: within this one, or, where it is not read yet, in those before it. */
function cutAtFolder(part: Part, space: KeySpace): Part | null {
  const { block, pagesRead, reached } = part;
  const isKnown = pagesRead > 0 ? block !== null : (space.pagesPerFolder ?? 0) >= 1;
  if (!isKnown || (block?.foldersPerPage ?? 0) > 0) return null;
  const folder = nextFolder(reached, space);
  return isInside(part, folder) ? cutAt(part, folder, true) : null;
}

/** The first known folder behind a key; behind a folder the one after its first, as most have nothing before that. */
function nextFolder(key: string, { folders }: KeySpace): string | undefined {
  const next = countUpTo(folders, key);
  const isFirstWithin = key.endsWith('/') && folders[next]?.startsWith(key) === true;
  return folders[isFirstWithin ? next + 1 : next];
}

/** Cuts where something else may begin: behind the block, or half-way between what is known to be there. */
function cutFar(part: Part, space: KeySpace): Part | null {
  if (fillsFolder(part, space)) return null;
  const place = part.block === null ? halfWay(part, space) : placeBehind(part.block.prefix);
  return place !== null && isInside(part, place) ? cutAt(part, place, false) : null;
}

/** Names that would fill a folder, as they filled those before it, have nothing behind them: each try would be a request in vain. */
function fillsFolder(part: Part, space: KeySpace): boolean {
  const { block, pagesRead, reached } = part;
  if (space.pagesPerFolder === undefined) return false;
  if (block === null) return !isInside(part, nextFolder(reached, space));
  if (block.foldersPerPage > 0) return false;
  if (block.marksPerPage > 0) return true;
  if (pagesRead > space.pagesPerFolder) return false;
  if (block.end === undefined) return block.pagesLeft > block.likelyPages;
  return pagesRead + block.pagesLeft + PAGES_FOR_OTHERS > space.pagesPerFolder;
}

function cutAt(part: Part, place: string, isProved: boolean): Part {
  const second = newPart(place, part.upTo, { isProved, block: null });
  part.upTo = place;
  return second;
}

/** Half of the characters that may come where the first key and the end differ. */
function halfWay({ reached, upTo, isProved }: Part, { prefix }: KeySpace): string | null {
  if (!isProved) return null;
  const shared = upTo === undefined ? prefix.length : Math.max(prefix.length, sharedLength(reached, upTo));
  const [low, high] = [reached.charAt(shared), upTo?.charAt(shared) ?? '~'];
  const likely = Array.from(LIKELY).filter((character) => character > low && character <= high);
  const half = likely[Math.floor(likely.length / 2)];
  return half === undefined ? null : reached.slice(0, shared) + half;
}

function isInside({ reached, upTo }: Part, place: string | undefined): place is string {
  if (place === undefined || compareKeys(place, reached) <= 0) return false;
  return upTo === undefined || compareKeys(place, upTo) < 0;
}
