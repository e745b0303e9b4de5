import type { ObjectColumns } from '../contract/object-columns.ts';

/** An object as listings tell it. */
export interface ObjectInfo {
  readonly key: string;
  readonly sizeBytes: number;
  /** Opaque, without quotes; another content has another one. */
  readonly etag: string;
  /** Milliseconds since 1970, by the storage's clock. */
  readonly modifiedMs: number;
}

/** Objects of a listing, in key order; an array is one. */
export interface ObjectPage extends Iterable<ObjectInfo> {
  readonly length: number;
  at(index: number): ObjectInfo | undefined;
  /** The first ones. */
  slice(start: 0, end: number): ObjectPage;
  /** The same objects, and maybe more behind them, where they were read as columns: rows are made anew whenever they are asked for. */
  readonly columns?: ObjectColumns;
}

/** The key of an object of a page, of the last one for -1, without a row for it; empty behind the end. */
export function keyOf(page: ObjectPage, index: number): string {
  const at = index < 0 ? page.length + index : index;
  const { columns } = page;
  if (columns === undefined || at < 0 || at >= page.length) return page.at(at)?.key ?? '';
  return columns.keys.slice(at === 0 ? 0 : columns.keyEnd(at - 1), columns.keyEnd(at));
}

/** When a write may happen: `always`, only where no object is (`if-absent`), or only over the object with this ETag. */
export type WriteCondition = 'always' | 'if-absent' | { readonly replaces: string };

export interface WriteOptions {
  readonly condition: WriteCondition;
  readonly contentType: string;
  readonly signal?: AbortSignal;
}

export interface ReadOptions {
  /** Refuse (`precondition`) when the object's ETag is another one. */
  readonly ifMatch?: string;
  readonly signal?: AbortSignal;
}

/** A small document and which version of it that is. */
export interface TextVersion {
  readonly text: string;
  readonly etag: string;
}

/**
 * A bucket, real or a directory that stands for one. Objects appear whole or not at all. All methods throw `StorageError`;
 * `null` only ever means "no such object"; there is none at a key that is too long for the store.
 */
export interface ObjectStore {
  /** Bucket name or absolute directory. */
  readonly bucket: string;
  /** Bytes of UTF-8 that a key may have between two slashes; Infinity: as many as the whole. */
  readonly maxNameBytes: number;
  /** For people: `s3://bucket/key`, or the path. */
  describe(key: string): string;
  /** Pages in UTF-8 byte order of the keys. @throws StorageError `missing-bucket`, `denied` ... */
  list(prefix: string, options?: { readonly signal?: AbortSignal }): AsyncIterable<ObjectPage>;
  head(key: string, signal?: AbortSignal): Promise<ObjectInfo | null>;
  /** Small documents. */
  readText(key: string, options?: ReadOptions): Promise<string | null>;
  /** The same with its ETag, for a write that replaces just what was read. */
  readVersion(key: string, options?: ReadOptions): Promise<TextVersion | null>;
  /** `length` bytes from `offset` (fewer at the end of the object); @throws `missing` when there is no object. */
  readRange(key: string, offset: number, length: number, options?: ReadOptions): Promise<Uint8Array>;
  /**
   * Writes the object to a local file; null when there is none. A failed download leaves no file.
   * @throws `precondition` when it is not the one of `ifMatch`, `changed` when it was replaced while it was read
   */
  download(key: string, file: string, options?: ReadOptions): Promise<ObjectInfo | null>;
  /** @throws StorageError `precondition` when the condition does not hold (nothing is written) */
  writeText(key: string, text: string, options: WriteOptions): Promise<ObjectInfo>;
  /** Uploads a local file; the store proves that the object's bytes are the file's. @throws `precondition` */
  upload(file: string, key: string, options: WriteOptions): Promise<ObjectInfo>;
  /** Copies inside the bucket, on the server where it can. @throws `precondition`, `missing` */
  copy(from: string, to: string, options: WriteOptions & { readonly ifMatch?: string }): Promise<ObjectInfo>;
  /** No error when there is none. */
  delete(key: string): Promise<void>;
  /** Releases sockets. */
  close(): void;
}

export const STORAGE_FAULTS = [
  'missing-bucket',
  'missing',
  'precondition',
  'denied',
  'credentials',
  'wrong-region',
  'bad-key',
  'disk-full',
  'changed',
  'unavailable',
  'aborted',
  'other',
] as const;
/**
 * `precondition`: a condition that the caller gave did not hold. `changed`: the object was replaced while it was read or
 * copied, or its bytes are not what was sent. `unavailable`: try again later. `aborted`: the caller's signal.
 */
export type StorageFault = (typeof STORAGE_FAULTS)[number];

/** Any failure of a store; `cause` is the SDK's or the file system's error. */
export class StorageError extends Error {
  override readonly name = 'StorageError';
  readonly fault: StorageFault;
  readonly hint: string | undefined;
  constructor(fault: StorageFault, message: string, options: { cause?: unknown; hint?: string } = {}) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined);
    this.fault = fault;
    this.hint = options.hint;
  }
}
