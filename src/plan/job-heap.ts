import { placesOf } from './biggest-first.ts';
import { valueAt } from './column.ts';

/** Jobs by load, the lightest on top; of equal ones the first. A binary heap, so that a million files are placed in a second. */
export class JobHeap {
  readonly #heap: Uint32Array;
  readonly #loads: Float64Array;
  #length: number;

  /** Jobs 0 .. with their loads at the start, which must not fall. */
  constructor(loads: Float64Array) {
    this.#heap = placesOf(loads);
    this.#loads = loads.slice();
    this.#length = loads.length;
  }

  /** The job to fill next; there must be an open one. */
  lightest(): number {
    return valueAt(this.#heap, 0);
  }

  /** Adds to the lightest job. */
  load(bytes: number): void {
    const job = this.lightest();
    this.#loads[job] = valueAt(this.#loads, job) + bytes;
    this.#sink();
  }

  /** The lightest job takes no more. */
  close(): void {
    this.#length--;
    this.#heap[0] = valueAt(this.#heap, this.#length);
    this.#sink();
  }

  #sink(): void {
    let at = 0;
    for (;;) {
      const child = this.#lighterChild(at);
      if (child === null || !this.#isLighter(child, at)) return;
      const moved = valueAt(this.#heap, at);
      this.#heap[at] = valueAt(this.#heap, child);
      this.#heap[child] = moved;
      at = child;
    }
  }

  #lighterChild(at: number): number | null {
    const left = 2 * at + 1;
    if (left >= this.#length) return null;
    return left + 1 < this.#length && this.#isLighter(left + 1, left) ? left + 1 : left;
  }

  #isLighter(a: number, b: number): boolean {
    const jobA = valueAt(this.#heap, a);
    const jobB = valueAt(this.#heap, b);
    const difference = valueAt(this.#loads, jobA) - valueAt(this.#loads, jobB);
    return difference < 0 || (difference === 0 && jobA < jobB);
  }
}
