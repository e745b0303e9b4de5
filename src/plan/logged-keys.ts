import type { KeyLog, KeyLogReader } from './key-log.ts';
import { eachOf } from './rows.ts';
import type { SizedKey, SizedKeys } from './sized-keys.ts';

/** Keys of a log, in its order: all of them, or those of some numbers. */
export class LoggedKeys implements SizedKeys {
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

  sizeAt(index: number): number {
    return this.#log.sizeAt(this.#ordinalOf(index));
  }

  copyPlain(index: number, into: Buffer, offset: number): number {
    return this.#reader.copyPlain(this.#ordinalOf(index), into, offset);
  }

  [Symbol.iterator](): Iterator<SizedKey> {
    return eachOf(this);
  }

  #ordinalOf(index: number): number {
    return this.#ordinals === null ? index : (this.#ordinals[index] ?? this.#log.length);
  }
}
