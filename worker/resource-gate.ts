import { fits, type Resources } from './schedule.ts';

interface Waiting {
  readonly need: Resources;
  readonly work: number;
  readonly start: (release: () => void) => void;
  readonly fail: (reason: Error) => void;
}

/** The job was told to stop. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/**
 * Hands threads and memory to GDAL runs: to the most work of those that wait, so that no long one starts last, and of equal work
 * in the order of asking. Nobody passes the first in the queue, so that a large raster is never starved by small ones.
 */
export class ResourceGate {
  readonly budget: Resources;
  #inUse: Resources = { threads: 0, memoryMiB: 0 };
  #queue: Waiting[] = [];

  constructor(budget: Resources, signal: AbortSignal) {
    this.budget = budget;
    signal.addEventListener('abort', () => {
      for (const { fail } of this.#queue.splice(0)) fail(new Stopped('stopped'));
    });
  }

  /**
   * Resolves with what gives the resources back. A need above the budget must be refused before.
   * @param work decoded bytes of a raster that is converted; short looks at one come before all conversions
   */
  acquire(need: Resources, signal: AbortSignal, work = Infinity): Promise<() => void> {
    if (signal.aborted) return Promise.reject(new Stopped('stopped'));
    return new Promise((start, fail) => {
      const behind = this.#queue.findIndex((other) => other.work < work);
      this.#queue.splice(behind < 0 ? this.#queue.length : behind, 0, { need, work, start, fail });
      this.#advance();
    });
  }

  #advance(): void {
    for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
      if (!fits(first.need, this.#inUse, this.budget)) return;
      this.#queue.shift();
      this.#take(first);
    }
  }

  #take({ need, start }: Waiting): void {
    this.#add(need, 1);
    let isHeld = true;
    start(() => {
      if (!isHeld) return;
      isHeld = false;
      this.#add(need, -1);
      this.#advance();
    });
  }

  #add(need: Resources, sign: 1 | -1): void {
    this.#inUse = {
      threads: this.#inUse.threads + sign * need.threads,
      memoryMiB: this.#inUse.memoryMiB + sign * need.memoryMiB,
    };
  }
}
