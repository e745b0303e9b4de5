import type { Clock } from '../ports.ts';
import { StorageError } from '../storage/object-store.ts';

/** How fast, and how patient. */
export interface PaceSettings {
  /** Starts in a second at most. */
  readonly perSecond: number;
  /** How long one piece of work is tried again while the store is not available. */
  readonly patienceMs?: number;
}

const PATIENCE_MS = 120_000;
const FIRST_WAIT_MS = 1_000;
const LONGEST_WAIT_MS = 20_000;
/** The rate halves with each refusal, down to this part of it, and grows back with what succeeds. */
const SLOWEST = 1 / 64;
const RECOVERY = 1.01;

/**
 * Starts pieces of work no faster than a store allows. When it refuses nevertheless (S3: 503 SlowDown, once the SDK's own retries
 * are spent) or is out of reach, all slow down together and what failed is tried again.
 */
export class Pace {
  readonly #clock: Clock;
  readonly #settings: Required<PaceSettings>;
  #rate: number;
  #nextMs = 0;

  constructor(clock: Clock, settings: PaceSettings) {
    this.#clock = clock;
    this.#settings = { patienceMs: PATIENCE_MS, ...settings };
    this.#rate = settings.perSecond;
  }

  /** @throws what `work` throws, `unavailable` only when patience is at its end; the signal's reason */
  async run<T>(work: () => Promise<T>, signal?: AbortSignal): Promise<T> {
    let waitedMs = 0;
    for (let attempt = 0; ; attempt += 1) {
      await this.#turn(signal);
      try {
        const done = await work();
        this.#rate = Math.min(this.#settings.perSecond, this.#rate * RECOVERY);
        return done;
      } catch (error) {
        const isRefused = error instanceof StorageError && error.fault === 'unavailable';
        if (!isRefused || waitedMs >= this.#settings.patienceMs) throw error;
        this.#rate = Math.max(this.#settings.perSecond * SLOWEST, this.#rate / 2);
        const waitMs = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** attempt);
        waitedMs += waitMs;
        await this.#clock.sleep(waitMs, signal);
      }
    }
  }

  async #turn(signal: AbortSignal | undefined): Promise<void> {
    const nowMs = this.#clock.now().getTime();
    const turnMs = Math.max(nowMs, this.#nextMs);
    this.#nextMs = turnMs + 1000 / this.#rate;
    if (turnMs > nowMs) await this.#clock.sleep(Math.ceil(turnMs - nowMs), signal);
    signal?.throwIfAborted();
  }
}
