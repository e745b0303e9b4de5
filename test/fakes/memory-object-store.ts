import { readFile, writeFile } from 'node:fs/promises';
import { compareKeys } from '../../src/storage/key-order.ts';
import {
  StorageError,
  type ObjectInfo,
  type ObjectStore,
  type ReadOptions,
  type TextVersion,
  type WriteCondition,
  type WriteOptions,
} from '../../src/storage/object-store.ts';

const PAGE_KEYS = 1000;

interface StoredObject {
  readonly bytes: Buffer;
  readonly etag: string;
  readonly modifiedMs: number;
}

interface Contents {
  readonly objects: Map<string, StoredObject> | null;
  versions: number;
}

/** A call as `onCall` sees it: `{operation: 'writeText', key: 'cogs/manifests/x-1.json', when: 'before'}`. */
export interface StoreCall {
  readonly operation: string;
  readonly key: string;
  /** `after`: the call has had its effect; throwing now is a lost answer. */
  readonly when: 'before' | 'after';
}

/**
 * A bucket in memory that passes the conformance suite. `onCall` may wait (to let others go first) or throw (a fault, or a
 * crash) around every call.
 */
export class MemoryObjectStore implements ObjectStore {
  readonly bucket: string;
  readonly maxNameBytes = Infinity;
  onCall: (call: StoreCall) => Promise<void> | void = () => undefined;
  now: () => number = () => Date.now();
  readonly #contents: Contents;

  constructor(bucket = 'memory', options: { readonly missing?: boolean; readonly contents?: Contents } = {}) {
    this.bucket = bucket;
    this.#contents = options.contents ?? {
      objects: options.missing === true ? null : new Map(),
      versions: 0,
    };
  }

  /** Another client of the same bucket, with an `onCall` of its own. */
  client(): MemoryObjectStore {
    return new MemoryObjectStore(this.bucket, { contents: this.#contents });
  }

  /** All keys, in order. */
  get keys(): string[] {
    return [...this.#all().keys()].sort(compareKeys);
  }

  describe(key: string): string {
    return `memory://${this.bucket}/${key}`;
  }

  async *list(
    prefix: string,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ObjectInfo[]> {
    const found = await this.#call('list', prefix, signal, () =>
      this.keys.filter((key) => key.startsWith(prefix)).map((key) => this.#infoOf(key)),
    );
    const infos = found.filter((info) => info !== null);
    for (let at = 0; at < infos.length; at += PAGE_KEYS) yield infos.slice(at, at + PAGE_KEYS);
  }

  async head(key: string, signal?: AbortSignal): Promise<ObjectInfo | null> {
    return await this.#call('head', key, signal, () => this.#infoOf(key));
  }

  async readText(key: string, options: ReadOptions = {}): Promise<string | null> {
    return await this.#call(
      'readText',
      key,
      options.signal,
      () => this.#read(key, options)?.toString() ?? null,
    );
  }

  async readVersion(key: string, options: ReadOptions = {}): Promise<TextVersion | null> {
    return await this.#call('readVersion', key, options.signal, () => {
      const text = this.#read(key, options)?.toString();
      return text === undefined ? null : { text, etag: this.#infoOf(key)?.etag ?? '' };
    });
  }

  async readRange(
    key: string,
    offset: number,
    length: number,
    options: ReadOptions = {},
  ): Promise<Uint8Array> {
    return await this.#call('readRange', key, options.signal, () => {
      const bytes = this.#read(key, options);
      if (bytes === null) throw new StorageError('missing', `there is no ${this.describe(key)}`);
      return bytes.subarray(offset, offset + length);
    });
  }

  async download(key: string, file: string, options: ReadOptions = {}): Promise<ObjectInfo | null> {
    const found = await this.#call('download', key, options.signal, () => {
      const bytes = this.#read(key, options);
      return bytes === null ? null : { bytes, info: this.#infoOf(key) };
    });
    if (found === null) return null;
    await writeFile(file, found.bytes);
    return found.info;
  }

  async writeText(key: string, text: string, options: WriteOptions): Promise<ObjectInfo> {
    return await this.#call('writeText', key, options.signal, () =>
      this.#write(key, Buffer.from(text), options.condition),
    );
  }

  async upload(file: string, key: string, options: WriteOptions): Promise<ObjectInfo> {
    const bytes = await readFile(file);
    return await this.#call('upload', key, options.signal, () => this.#write(key, bytes, options.condition));
  }

  async copy(
    from: string,
    to: string,
    options: WriteOptions & { readonly ifMatch?: string },
  ): Promise<ObjectInfo> {
    return await this.#call('copy', to, options.signal, () => {
      const bytes = this.#read(from, options);
      if (bytes === null) throw new StorageError('missing', `there is no ${this.describe(from)}`);
      return this.#write(to, bytes, options.condition);
    });
  }

  async delete(key: string): Promise<void> {
    await this.#call('delete', key, undefined, () => this.#all().delete(key));
  }

  close(): void {}

  /** The effect itself is one step, as it is on a real bucket. */
  async #call<T>(operation: string, key: string, signal: AbortSignal | undefined, act: () => T): Promise<T> {
    await this.onCall({ operation, key, when: 'before' });
    if (signal?.aborted === true) throw new StorageError('aborted', `${operation} ${key} was given up`);
    if (operation !== 'list') refuseBadKey(key, READS.includes(operation));
    const outcome = act();
    await this.onCall({ operation, key, when: 'after' });
    return outcome;
  }

  #all(): Map<string, StoredObject> {
    if (this.#contents.objects === null)
      throw new StorageError('missing-bucket', `there is no bucket ${this.bucket}`);
    return this.#contents.objects;
  }

  #infoOf(key: string): ObjectInfo | null {
    const object = this.#all().get(key);
    if (object === undefined) return null;
    const { bytes, etag, modifiedMs } = object;
    return { key, sizeBytes: bytes.length, etag, modifiedMs };
  }

  #read(key: string, { ifMatch }: ReadOptions): Buffer | null {
    const object = this.#all().get(key);
    if (object === undefined) return null;
    if (ifMatch === undefined || ifMatch === object.etag) return object.bytes;
    throw new StorageError('precondition', `${this.describe(key)} is another version`);
  }

  #write(key: string, bytes: Buffer, condition: WriteCondition): ObjectInfo {
    const etag = this.#all().get(key)?.etag;
    const holds =
      condition === 'always' ||
      (condition === 'if-absent' ? etag === undefined : etag === condition.replaces);
    if (!holds) throw new StorageError('precondition', `${this.describe(key)} was written by somebody else`);
    this.#contents.versions++;
    const object = { bytes, etag: `v${String(this.#contents.versions)}`, modifiedMs: this.now() };
    this.#all().set(key, object);
    return { key, sizeBytes: bytes.length, etag: object.etag, modifiedMs: object.modifiedMs };
  }
}

/** At keys that are too long to be one they find nothing. */
const READS = ['head', 'readText', 'readVersion', 'download'];

function refuseBadKey(key: string, isRead: boolean): void {
  const bytes = Buffer.byteLength(key);
  if (bytes > 0 && (isRead || bytes <= 1024) && !/\p{Surrogate}/u.test(key)) return;
  throw new StorageError('bad-key', `${JSON.stringify(key.slice(0, 80))} cannot be a key`);
}
