/**
 * Objects of a page of a listing, by their number in it, in columns: an object and a string for each of millions would be garbage to
 * collect.
 */
export interface ObjectColumns {
  /** All keys, one after the other, in key order. */
  readonly keys: string;
  /** Where a key ends in `keys`; it begins where the one before it ends. */
  keyEnd(at: number): number;
  sizeBytes(at: number): number;
  modifiedMs(at: number): number;
  etag(at: number): string;
  /** Copies the 16 bytes of an ETag that is an MD5 and nothing more; false for any other. */
  copyMd5(at: number, into: Uint8Array, offset: number): boolean;
}
