import { setMaxListeners } from 'node:events';
import { findFolders, type FetchFolders } from './find-folders.ts';
import { GuessRecord } from './guess-record.ts';
import type { KeySpace } from './key-block.ts';
import { heedMarks, newPart, takeFirst, takePage, type ListPage, type Part } from './listing-part.ts';
import { NameHistory } from './name-history.ts';
import { nextPart } from './next-part.ts';
import type { ObjectPage } from './object-store.ts';

/** Asks for a page: of the keys above `after`, or the one that a token of such a listing names; of at most `maxKeys`. */
export type FetchPage = (
  after: string,
  token: string | undefined,
  signal: AbortSignal,
  maxKeys?: number,
) => Promise<ListPage>;

export interface ListingPlan {
  readonly prefix: string;
  readonly fetchPage: FetchPage;
  readonly fetchFolders: FetchFolders;
  /** Requests at once. */
  readonly concurrency: number;
  /** Fewer at once while more would gain nothing. */
  readonly limit?: () => number;
  readonly signal?: AbortSignal | undefined;
}

/** So many pages one after the other first: most listings are short, and parting them would only cost requests. */
const PAGES_BEFORE_PARTING = 3;

/**
 * Every object of a prefix in key order, each once: parts of the key space are listed at once, the earliest first, and cut
 * where the keys seen so far say that much is left. Where a cut is a guess, a request for one key proves it first.
 * Memory stays flat: parts far ahead of the reader wait. How it works: docs/listing.md.
 * @throws what `fetchPage` throws; requests under way are aborted when the reader stops
 */
export async function* listInParallel(plan: ListingPlan): AsyncGenerator<ObjectPage> {
  const listing = new Listing(plan);
  try {
    yield* listing.pages();
  } finally {
    listing.stop();
  }
}

class Listing {
  readonly #plan: ListingPlan;
  /** In key order, without gaps but where no key is. */
  readonly #parts: Part[];
  readonly #stopped = new AbortController();
  readonly #signal: AbortSignal;
  readonly #history: NameHistory;
  readonly #nearGuesses = new GuessRecord();
  #space: KeySpace;
  #running = 0;
  #pagesRead = 0;
  #held = 0;
  #failure: { readonly error: unknown } | undefined;
  #wake: () => void = () => undefined;

  constructor(plan: ListingPlan) {
    this.#plan = plan;
    this.#space = { prefix: plan.prefix, folders: [], marks: [] };
    this.#history = new NameHistory(this.#space);
    this.#parts = [newPart('', undefined, { isProved: true, block: null })];
    const own = this.#stopped.signal;
    this.#signal = plan.signal === undefined ? own : AbortSignal.any([plan.signal, own]);
    // every request under way listens to it; Node takes more than ten for a leak
    setMaxListeners(0, this.#signal);
  }

  stop(): void {
    this.#stopped.abort();
  }

  async *pages(): AsyncGenerator<ObjectPage> {
    for (let front = this.#parts[0]; front !== undefined; front = this.#parts[0]) {
      const page = front.held.shift();
      if (page !== undefined) {
        this.#held -= 1;
        this.#learn(page);
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

  #learn(page: ObjectPage): void {
    const { folders, marks } = this.#space;
    this.#history.add(page, folders);
    this.#space = { ...this.#space, ...this.#history.known };
    if (this.#space.marks !== marks) for (const part of this.#parts) heedMarks(part, this.#space);
  }

  #refuseOver(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#signal.aborted) throw new DOMException('the listing was interrupted', 'AbortError');
  }

  #startWhatCan(): void {
    if (this.#failure !== undefined || this.#signal.aborted) return;
    const { concurrency, limit } = this.#plan;
    const atOnce = Math.min(concurrency, limit?.() ?? concurrency);
    while (this.#running < atOnce) {
      const part = this.#nextPart();
      if (part === null) return;
      void this.#read(part);
    }
  }

  #nextPart(): Part | null {
    const mayCut = this.#plan.concurrency > 1 && this.#pagesRead >= PAGES_BEFORE_PARTING;
    return nextPart(this.#parts, this.#space, { held: this.#held, running: this.#running, mayCut });
  }

  async #read(part: Part): Promise<void> {
    part.isRunning = true;
    this.#running += 1;
    try {
      if (part.isProved || this.#isTrusted(part)) await this.#readPage(part);
      else await this.#prove(part);
      if (part.isDone && part.held.length === 0) this.#drop(part);
    } catch (error) {
      this.#failure ??= { error };
    }
    part.isRunning = false;
    this.#running -= 1;
    this.#startWhatCan();
    this.#wake();
  }

  async #readPage(part: Part): Promise<void> {
    const page = await this.#plan.fetchPage(part.after, part.token, this.#signal);
    this.#pagesRead += 1;
    this.#settle(part, page);
    if (part.isDone) return;
    if (takePage(part, page, this.#space)) this.#held += 1;
    if (this.#pagesRead === 1) void this.#readFolders(page);
  }

  /** The first page is the proof. */
  #isTrusted({ block }: Part): boolean {
    return block !== null && this.#nearGuesses.isGood;
  }

  async #prove(part: Part): Promise<void> {
    this.#settle(part, await this.#plan.fetchPage(part.after, undefined, this.#signal, 1));
  }

  /**
   * Nothing lies between a place and the first key behind it: parts in between are empty, the one that has the key is proved.
   * The answer for an earlier part may have said so before. One with nothing in it though more follows says nothing.
   */
  #settle(from: Part, { objects, nextToken }: ListPage): void {
    if (from.isProved || from.isDone) return;
    const first = objects.at(0)?.key;
    if (first === undefined && nextToken !== undefined) from.isProved = true;
    for (const part of this.#parts.slice(this.#parts.indexOf(from))) {
      if (!part.isProved) this.#takeFirst(part, first);
      if (part.isProved) return;
      this.#drop(part);
    }
  }

  #takeFirst(part: Part, first: string | undefined): void {
    const isNear = part.block !== null;
    takeFirst(part, first);
    if (isNear) this.#nearGuesses.add(part.isProved);
  }

  async #readFolders({ objects, nextToken }: ListPage): Promise<void> {
    const { prefix, concurrency, fetchFolders } = this.#plan;
    const isFlat = !Array.from(objects).some(({ key }) => key.includes('/', prefix.length));
    if (nextToken === undefined || isFlat || concurrency === 1) return;
    try {
      this.#space = { ...this.#space, folders: await findFolders(prefix, fetchFolders, this.#signal) };
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
