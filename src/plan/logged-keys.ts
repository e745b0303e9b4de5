import type { KeyLog, KeyLogReader } from './key-log.ts';
import type { Rows } from './rows.ts';

/** A key with its size, as a line of a list has it. */
export interface SizedKey {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Keys of a log, in its order: all of them, or those of some numbers. */
export class LoggedKeys implements Rows<SizedKey> {
  readonly length: number;
  readonly #log: KeyLog;
  readonly #ordinals: Uint32Array | null;
  readonly #reader: KeyLogReader;

  constructor(log: KeyLog, ordinals: Uint32Array | null = null) {
    this.length = ordinals === null ? log.length : ordinals.length;
    this.#log = log;
    this.#ordinals = ordinals;
    this.#reader = log.reader();
  }

  at(index: number): SizedKey | undefined {
    if (index < 0 || index >= this.length) return undefined;
    const ordinal = this.#ordinalOf(index);
    return { key: this.#reader.keyAt(ordinal), sizeBytes: this.#log.sizeAt(ordinal) };
  }

  /** 0 behind the end. */
  sizeAt(index: number): number {
    return this.#log.sizeAt(this.#ordinalOf(index));
  }

  /**
   * Copies a key of printable ASCII characters, as nearly all are, without making a string of it; returns where it ends. -1 when it
   * has others, begins with a quote, or does not fit.
   */
  copyPlain(index: number, into: Buffer, offset: number): number {
    return this.#reader.copyPlain(this.#ordinalOf(index), into, offset);
  }

  *[Symbol.iterator](): Generator<SizedKey> {
    for (let index = 0; index < this.length; index++) {
      const row = this.at(index);
      if (row !== undefined) yield row;
    }
  }

  #ordinalOf(index: number): number {
    return this.#ordinals === null ? index : (this.#ordinals[index] ?? this.#log.length);
  }
}
