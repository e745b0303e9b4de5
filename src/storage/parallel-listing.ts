import { fractionOf, middleOf } from './key-interpolation.ts';
import { compareKeys } from './key-order.ts';
import type { ObjectInfo } from './object-store.ts';

/** One answer of a listing, keys ascending. */
export interface ListPage {
  readonly objects: readonly ObjectInfo[];
  /** Where the next page begins; undefined when this is the last. */
  readonly nextToken: string | undefined;
}

/** Asks for a page: of the keys above `after`, or the one that a token of such a listing names. */
export type FetchPage = (after: string, token: string | undefined, signal: AbortSignal) => Promise<ListPage>;

export interface ListingPlan {
  readonly prefix: string;
  readonly fetchPage: FetchPage;
  /** Requests at once. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/** So many pages one after the other first: most listings are short, and parting them would only cost requests. */
const PAGES_BEFORE_PARTING = 3;
/** A part that seems shorter stays whole: each cut costs about half a page that is read twice. */
const WORTH_PARTING_PAGES = 4;
/** Cuts that hit nothing: so many are free, after that one for each so many pages that were of use. */
const FREE_MISSES = 48;
const PAGES_PER_MISS = 4;
/** What parts behind the front one may hold; together it bounds the memory. */
const HELD_PAGES_PER_PART = 6;
const HELD_PAGES = 128;

/** A range of the key space that is listed page after page. */
interface Part {
  readonly after: string;
  upTo: string | undefined;
  /** The first and the last key seen, or `after`. */
  first: string;
  last: string;
  token: string | undefined;
  pagesRead: number;
  /** A guess from the part that this one was cut from. */
  readonly guessedPages: number;
  held: ObjectInfo[][];
  isRunning: boolean;
  isDone: boolean;
}

/**
 * Every object of a prefix in key order, each once: parts of the key space are listed at once, the earliest first, and cut
 * in half where the keys seen so far say that much is left. Memory stays flat: parts far ahead of the reader wait.
 * @throws what `fetchPage` throws; requests under way are aborted when the reader stops
 */
export async function* listInParallel(plan: ListingPlan): AsyncGenerator<ObjectInfo[]> {
  const listing = new Listing(plan);
  try {
    yield* listing.pages();
  } finally {
    listing.stop();
  }
}

class Listing {
  readonly #plan: ListingPlan;
  readonly #parts: Part[];
  readonly #stopped = new AbortController();
  readonly #signal: AbortSignal;
  #running = 0;
  #pagesRead = 0;
  #misses = 0;
  #held = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(plan: ListingPlan) {
    this.#plan = plan;
    this.#parts = [newPart('', undefined, Infinity)];
    const own = this.#stopped.signal;
    this.#signal = plan.signal === undefined ? own : AbortSignal.any([plan.signal, own]);
  }

  stop(): void {
    this.#stopped.abort();
  }

  async *pages(): AsyncGenerator<ObjectInfo[]> {
    for (let front = this.#parts[0]; front !== undefined; front = this.#parts[0]) {
      const page = front.held.shift();
      if (page !== undefined) {
        this.#held -= 1;
        this.#startWhatCan();
        yield page;
      } else if (front.isDone) this.#parts.shift();
      else {
        this.#refuseOver();
        const woken = new Promise<void>((resolve) => (this.#wake = resolve));
        this.#startWhatCan();
        await woken;
      }
    }
  }

  #refuseOver(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#signal.aborted) throw new DOMException('the listing was interrupted', 'AbortError');
  }

  #startWhatCan(): void {
    if (this.#failure !== undefined || this.#signal.aborted) return;
    while (this.#running < this.#plan.concurrency) {
      const part = this.#parts.find((each) => this.#canRun(each)) ?? this.#cutEarliest();
      if (part === undefined) return;
      void this.#readPage(part);
    }
  }

  #canRun(part: Part): boolean {
    if (part.isRunning || part.isDone) return false;
    if (part === this.#parts[0] && part.held.length === 0) return true;
    return part.held.length < HELD_PAGES_PER_PART && this.#held < HELD_PAGES;
  }

  /** Halves what is left of the earliest part that is long enough; returns the second half. */
  #cutEarliest(): Part | undefined {
    if (this.#plan.concurrency === 1 || this.#pagesRead < PAGES_BEFORE_PARTING) return undefined;
    const mayMiss = this.#misses < FREE_MISSES + (this.#pagesRead - this.#misses) / PAGES_PER_MISS;
    if (this.#held >= HELD_PAGES || !mayMiss) return undefined;
    for (const [index, part] of this.#parts.entries()) {
      const left = part.isDone ? 0 : this.#pagesLeft(part);
      const middle =
        left < WORTH_PARTING_PAGES
          ? null
          : middleOf({ ...part, prefix: this.#plan.prefix, after: part.last });
      if (middle === null) continue;
      const second = newPart(middle, part.upTo, left / 2);
      part.upTo = middle;
      this.#parts.splice(index + 1, 0, second);
      return second;
    }
    return undefined;
  }

  #pagesLeft(part: Part): number {
    if (part.pagesRead === 0) return part.guessedPages;
    const done = fractionOf({ ...part, prefix: this.#plan.prefix, after: part.first }, part.last);
    return done === 0 ? Infinity : (part.pagesRead * (1 - done)) / done;
  }

  async #readPage(part: Part): Promise<void> {
    part.isRunning = true;
    this.#running += 1;
    try {
      const page = await this.#plan.fetchPage(part.after, part.token, this.#signal);
      this.#pagesRead += 1;
      const isOfUse = takePage(part, page);
      if (isOfUse) this.#held += 1;
      else this.#misses += 1;
      if (part.isDone && part.held.length === 0) this.#drop(part);
    } catch (error) {
      this.#failure ??= { error };
    }
    part.isRunning = false;
    this.#running -= 1;
    this.#startWhatCan();
    this.#wake();
  }

  #drop(part: Part): void {
    const index = this.#parts.indexOf(part);
    if (index > 0) this.#parts.splice(index, 1);
  }
}

function newPart(after: string, upTo: string | undefined, guessedPages: number): Part {
  const nothingYet = {
    first: after,
    last: after,
    token: undefined,
    pagesRead: 0,
    held: [],
    isRunning: false,
    isDone: false,
  };
  return { after, upTo, guessedPages, ...nothingYet };
}

/** Keeps what belongs to the part; it may have been cut while the page was on its way. True when something was kept. */
function takePage(part: Part, { objects, nextToken }: ListPage): boolean {
  const { upTo } = part;
  const end = upTo === undefined ? objects.length : countUpTo(objects, upTo);
  const kept = objects.slice(0, end);
  if (part.pagesRead === 0) part.first = kept[0]?.key ?? part.after;
  part.pagesRead += 1;
  part.last = kept.at(-1)?.key ?? part.last;
  part.token = nextToken;
  part.isDone = nextToken === undefined || end < objects.length || part.last === upTo;
  if (kept.length > 0) part.held.push(kept);
  return kept.length > 0;
}

/** How many of the ascending keys are at most `upTo`. */
function countUpTo(objects: readonly ObjectInfo[], upTo: string): number {
  let [low, high] = [0, objects.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    const key = objects[middle]?.key ?? '';
    if (compareKeys(key, upTo) <= 0) low = middle + 1;
    else high = middle;
  }
  return low;
}
