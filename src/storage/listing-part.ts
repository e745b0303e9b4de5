import { compareKeys, countFirst } from './key-order.ts';
import { keyOf, type ObjectPage } from './object-store.ts';
import { blockOf, type Block, type KeySpace } from './key-block.ts';
import { markedBlock } from './marked-block.ts';

/** One answer of a listing, keys ascending. */
export interface ListPage {
  readonly objects: ObjectPage;
  /** Where the next page begins; undefined when this is the last. */
  readonly nextToken: string | undefined;
}

/** A range of the key space that is listed page after page. */
export interface Part {
  readonly after: string;
  /** The last key that may be in it; undefined is the end of the prefix. */
  upTo: string | undefined;
  /** The last key read, or the first key where that is known; cuts lie behind it. `after` while nothing is known. */
  reached: string;
  token: string | undefined;
  /** A key is known to be in it. */
  isProved: boolean;
  pagesRead: number;
  /** So many cuts behind it may be unproved at a time: twice as many after each that hit. */
  guessesBehind: number;
  /** What names are like behind `reached`; null while nothing is known. */
  block: Block | null;
  held: ObjectPage[];
  isRunning: boolean;
  isDone: boolean;
}

/** What a stretch is taken for, at most, of which little is known. */
const UNKNOWN_PAGES = 24;
/** Nobody knows how long a new block is. */
const FIRST_GUESSES = 2;
const MOST_GUESSES = 32;

/** A part of which nothing has been read. */
export function newPart(
  after: string,
  upTo: string | undefined,
  known: { readonly isProved: boolean; readonly block: Block | null },
): Part {
  const nothingYet = { token: undefined, pagesRead: 0, held: [], isRunning: false, isDone: false };
  return { after, upTo, reached: after, guessesBehind: FIRST_GUESSES, ...known, ...nothingYet };
}

/**
 * Keeps what belongs to the part; it may have been cut while the page was on its way. Returns whether anything was kept.
 */
export function takePage(part: Part, { objects, nextToken }: ListPage, space: KeySpace): boolean {
  const kept = objects.slice(0, countWithin(objects, part.upTo));
  const last = keyOf(kept, -1);
  part.pagesRead += 1;
  part.isProved = true;
  part.token = nextToken;
  part.isDone = nextToken === undefined || kept.length < objects.length || last === part.upTo;
  if (kept.length === 0) return false;
  part.reached = last;
  const before = part.block;
  part.block = part.isDone ? null : blockOf(kept, part.upTo, space, before);
  heedMarks(part, space);
  if (part.block?.prefix !== before?.prefix) part.guessesBehind = FIRST_GUESSES;
  part.held.push(kept);
  return true;
}

/** Lets the names of an earlier folder say what comes, where they can. */
export function heedMarks(part: Part, space: KeySpace): void {
  part.block = markedBlock(part, space) ?? part.block;
}

/** Pages that are likely to come. */
export function pagesToCome({ isDone, block }: Part, { pagesPerFolder }: KeySpace): number {
  const toCome = block?.likelyPages ?? pagesPerFolder ?? UNKNOWN_PAGES;
  return isDone ? 0 : Math.min(UNKNOWN_PAGES, toCome);
}

/** Takes the first key at or behind the part's start, `undefined` when there is none: the part has it, or nothing at all. */
export function takeFirst(part: Part, first: string | undefined): void {
  part.isProved = first !== undefined && isWithin(first, part.upTo);
  part.isDone = !part.isProved;
  if (first === undefined || !part.isProved) return;
  part.guessesBehind = Math.min(MOST_GUESSES, 2 * part.guessesBehind);
  if (part.block !== null && !first.startsWith(part.block.prefix)) part.block = null;
  part.reached = first;
}

/** True for a key that a part up to there may have. */
export function isWithin(key: string, upTo: string | undefined): boolean {
  return upTo === undefined || compareKeys(key, upTo) <= 0;
}

function countWithin(objects: ObjectPage, upTo: string | undefined): number {
  if (isWithin(keyOf(objects, -1), upTo)) return objects.length;
  return countFirst(objects.length, (at) => isWithin(keyOf(objects, at), upTo));
}
