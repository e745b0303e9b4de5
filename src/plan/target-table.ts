import { type Column } from './column.ts';

/** Slots per entry at least; open addressing gets slow when it is full. */
const SLOTS_PER_ENTRY = 1.5;

/**
 * Finds the number of a string among millions without holding the strings: 32-bit hashes say where to look, and the
 * caller, who can make any string again from its number, says whether it is the one. So the answers are exact; the hash
 * only decides how often the caller is asked in vain (once in some hundred times).
 */
export class TargetTable {
  readonly #hashes: Column;
  /** Numbers + 1; 0 is a free slot. */
  readonly #slots: Uint32Array;
  readonly #mask: number;
  readonly #textAt: (ordinal: number) => string;

  /** `hashes` has the hash of the text of every number, from 0; the table is empty until `add`. */
  constructor(hashes: Column, textAt: (ordinal: number) => string) {
    this.#hashes = hashes;
    this.#textAt = textAt;
    this.#slots = new Uint32Array(2 ** Math.ceil(Math.log2(hashes.length * SLOTS_PER_ENTRY + 1)));
    this.#mask = this.#slots.length - 1;
  }

  /** Adds a number; returns the number that holds the same text already, or null when it was added. */
  add(ordinal: number): number | null {
    const hash = this.#hashes.at(ordinal);
    let slot = hash & this.#mask;
    for (let entry = this.#slots[slot] ?? 0; entry !== 0; entry = this.#slots[slot] ?? 0) {
      const other = entry - 1;
      if (this.#hashes.at(other) === hash && this.#textAt(other) === this.#textAt(ordinal)) return other;
      slot = (slot + 1) & this.#mask;
    }
    this.#slots[slot] = ordinal + 1;
    return null;
  }

  /** The number of a text with this hash, or null; `isAt` says whether a number has that text. */
  find(hash: number, isAt: (ordinal: number) => boolean): number | null {
    let slot = hash & this.#mask;
    for (let entry = this.#slots[slot] ?? 0; entry !== 0; entry = this.#slots[slot] ?? 0) {
      const other = entry - 1;
      if (this.#hashes.at(other) === hash && isAt(other)) return other;
      slot = (slot + 1) & this.#mask;
    }
    return null;
  }
}
