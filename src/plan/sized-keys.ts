import type { Rows } from './rows.ts';

/** A key with its size, as a line of a list has it. */
export interface SizedKey {
  readonly key: string;
  readonly sizeBytes: number;
}

/** Keys with their sizes that can be written without a string for each. */
export interface SizedKeys extends Rows<SizedKey> {
  /** 0 behind the end. */
  sizeAt(index: number): number;
  /**
   * Copies a key of printable ASCII characters, as nearly all are, without making a string of it; returns where it ends. -1 when it
   * has others, begins with a quote, or does not fit.
   */
  copyPlain(index: number, into: Buffer, offset: number): number;
}
