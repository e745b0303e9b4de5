import { Column } from './column.ts';

const LARGE = 2 ** 32 - 1;

/** A growing list of sizes in bytes: 4 bytes for each, as files of 4 GiB and more are few. */
export class SizeColumn {
  readonly #sizes = Column.ofUint32();
  /** Of those that stand as `LARGE`. */
  readonly #large = new Map<number, number>();

  get length(): number {
    return this.#sizes.length;
  }

  push(size: number): void {
    if (size >= LARGE) this.#large.set(this.length, size);
    this.#sizes.push(Math.min(size, LARGE));
  }

  /** 0 behind the end. */
  at(index: number): number {
    const size = this.#sizes.at(index);
    return size === LARGE ? (this.#large.get(index) ?? LARGE) : size;
  }
}
