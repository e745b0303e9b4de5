import type { KeySpace } from './key-block.ts';
import { cutPart } from './listing-cuts.ts';
import { pagesToCome, type Part } from './listing-part.ts';

/** How busy a listing is. */
export interface Load {
  /** Pages read and not yet given away. */
  readonly held: number;
  /** Requests under way. */
  readonly running: number;
  readonly mayCut: boolean;
}

/** Pages held and under way. It bounds the memory: only the front part, for which all wait, may go beyond. */
const MOST_PAGES = 180;
/** Of these so many are kept for pages that come before: what all wait for must not wait for room. */
const KEPT_PAGES = 32;
const HELD_PAGES_PER_PART = 8;
/** Pages are read no further ahead than this, as far as that can be told; behind it only what lies there is explored. */
const PAGES_AHEAD = 128;
const HELD_WHEN_EXPLORING = 112;
/** Guesses far ahead at a time. */
const FAR_GUESSES = 12;
/** Long stretches are cut first. */
const WORTH_CUTTING_PAGES = [7, 5];

/** The part to read from next, the earliest of those that can be: one of `parts`, or one that a cut adds to them; null for none. */
export function nextPart(parts: Part[], space: KeySpace, load: Load): Part | null {
  if (!load.mayCut) return earliest(parts, space, load, Infinity);
  for (const pages of WORTH_CUTTING_PAGES) {
    const part = earliest(parts, space, load, pages);
    if (part !== null) return part;
  }
  return null;
}

/** The earliest part that can be read, or that a cut makes of one which seems to have so many pages. */
function earliest(parts: Part[], space: KeySpace, load: Load, worthCutting: number): Part | null {
  const mayExplore = parts.filter(({ isProved }) => !isProved).length < FAR_GUESSES;
  const before = { parts: 0, held: 0, toCome: 0 };
  let guesses = 0;
  for (const part of parts) {
    if (mayRead(part, before, load)) return part;
    if (!hasRoom(before, load)) return null;
    guesses = part.isProved ? part.guessesBehind : guesses - 1;
    const rules = { worthCutting, isInReach: isInReach(before), mayGuess: guesses > 0, mayExplore };
    const second = cutPart(part, space, rules);
    before.parts += 1;
    if (second !== null) {
      parts.splice(before.parts, 0, second);
      return second;
    }
    before.held += part.held.length;
    before.toCome += pagesToCome(part, space);
  }
  return null;
}

/** What comes before a part: so many others, the pages that they hold, and those that are likely to come. */
interface Before {
  readonly parts: number;
  readonly held: number;
  readonly toCome: number;
}

function mayRead(part: Part, before: Before, load: Load): boolean {
  if (part.isRunning || part.isDone) return false;
  if (before.parts === 0 && part.held.length === 0) return true;
  if (isInReach(before)) return hasRoom(before, load) && part.held.length < HELD_PAGES_PER_PART;
  const isUnknown = part.pagesRead === 0 && part.block === null;
  return isUnknown && load.held < HELD_WHEN_EXPLORING;
}

function hasRoom({ toCome }: Before, { held, running }: Load): boolean {
  return held + running < MOST_PAGES - Math.min(KEPT_PAGES, toCome);
}

function isInReach({ held, toCome }: Before): boolean {
  return held + toCome < PAGES_AHEAD;
}
