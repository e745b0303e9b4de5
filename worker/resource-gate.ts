import { fits, type Resources } from './schedule.ts';

interface Waiting {
  readonly need: Resources;
  readonly start: (release: () => void) => void;
  readonly fail: (reason: Error) => void;
}

/** The job was told to stop. */
export class Stopped extends Error {
  override readonly name = 'Stopped';
}

/** Hands threads and memory to GDAL runs in the order of asking, so that a large raster is never starved by small ones. */
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

  /** Resolves with what gives the resources back. A need above the budget must be refused before. */
  acquire(need: Resources, signal: AbortSignal): Promise<() => void> {
    if (signal.aborted) return Promise.reject(new Stopped('stopped'));
    return new Promise((start, fail) => {
      this.#queue.push({ need, start, fail });
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
