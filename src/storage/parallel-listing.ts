import { setMaxListeners } from 'node:events';
import { findFolders, type FetchFolders } from './find-folders.ts';
import {
  cutPart,
  learnFolders,
  newPart,
  takePage,
  type KeySpace,
  type ListPage,
  type Part,
} from './listing-part.ts';
import type { ObjectInfo } from './object-store.ts';

/** Asks for a page: of the keys above `after`, or the one that a token of such a listing names. */
export type FetchPage = (after: string, token: string | undefined, signal: AbortSignal) => Promise<ListPage>;

export interface ListingPlan {
  readonly prefix: string;
  readonly fetchPage: FetchPage;
  readonly fetchFolders: FetchFolders;
  /** Requests at once. */
  readonly concurrency: number;
  readonly signal?: AbortSignal | undefined;
}

/** So many pages one after the other first: most listings are short, and parting them would only cost requests. */
const PAGES_BEFORE_PARTING = 3;
/** A part that seems shorter stays whole: each cut costs about half a page that is read twice. */
const WORTH_PARTING_PAGES = 3;
/** Parts of so many pages are cut first. */
const LONG_PAGES = 6;
/** Pages read in vain, and those that cuts not yet read may turn out to be: so many are free, then a share of the useful. */
const FREE_WASTE = 32;
const WASTE_SHARE = 0.25;
/** What parts behind the front one may hold; together it bounds the memory. */
const HELD_PAGES_PER_PART = 6;
const HELD_PAGES = 128;

/**
 * Every object of a prefix in key order, each once: parts of the key space are listed at once, the earliest first, and cut
 * where the keys seen so far say that much is left. Memory stays flat: parts far ahead of the reader wait.
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
  #space: KeySpace;
  #running = 0;
  #pagesRead = 0;
  #wasted = 0;
  #held = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(plan: ListingPlan) {
    this.#plan = plan;
    this.#space = { prefix: plan.prefix, folders: [] };
    this.#parts = [newPart('')];
    const own = this.#stopped.signal;
    this.#signal = plan.signal === undefined ? own : AbortSignal.any([plan.signal, own]);
    // every request under way listens to it; Node takes more than ten for a leak
    setMaxListeners(0, this.#signal);
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
    if (this.#held >= HELD_PAGES || !this.#mayWaste()) return undefined;
    for (const atLeast of [LONG_PAGES, WORTH_PARTING_PAGES]) {
      const second = this.#cutFirstOf(atLeast);
      if (second !== undefined) return second;
    }
    return undefined;
  }

  #cutFirstOf(atLeast: number): Part | undefined {
    for (const [index, part] of this.#parts.entries()) {
      const second = part.pagesLeft < atLeast ? null : cutPart(part, this.#space);
      if (second === null) continue;
      this.#parts.splice(index + 1, 0, second);
      return second;
    }
    return undefined;
  }

  #mayWaste(): boolean {
    const useful = this.#pagesRead - this.#wasted;
    const unproved = this.#parts.filter(({ pagesRead }) => pagesRead === 0).length;
    return this.#wasted + unproved < FREE_WASTE + useful * WASTE_SHARE;
  }

  async #readPage(part: Part): Promise<void> {
    part.isRunning = true;
    this.#running += 1;
    try {
      const page = await this.#plan.fetchPage(part.after, part.token, this.#signal);
      this.#pagesRead += 1;
      const kept = takePage(part, page, this.#space);
      this.#wasted += 1 - kept;
      if (this.#pagesRead === 1) void this.#readFolders(page);
      if (kept > 0) this.#held += 1;
      if (part.isDone && part.held.length === 0) this.#drop(part);
    } catch (error) {
      this.#failure ??= { error };
    }
    part.isRunning = false;
    this.#running -= 1;
    this.#startWhatCan();
    this.#wake();
  }

  async #readFolders({ objects, nextToken }: ListPage): Promise<void> {
    const { prefix, concurrency, fetchFolders } = this.#plan;
    const isFlat = !objects.some(({ key }) => key.includes('/', prefix.length));
    if (nextToken === undefined || isFlat || concurrency === 1) return;
    try {
      this.#space = { prefix, folders: await findFolders(prefix, fetchFolders, this.#signal) };
      for (const part of this.#parts) learnFolders(part, this.#space);
      this.#startWhatCan();
    } catch (error) {
      this.#failure ??= { error };
      this.#wake();
    }
  }

  #drop(part: Part): void {
    const index = this.#parts.indexOf(part);
    if (index > 0) this.#parts.splice(index, 1);
  }
}
