import { DeleteObjectCommand, HeadBucketCommand, HeadObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { MAX_KEY_BYTES } from '../contract/naming.ts';
import {
  StorageError,
  type ObjectInfo,
  type ObjectPage,
  type ObjectStore,
  type ReadOptions,
  type TextVersion,
  type WriteOptions,
} from './object-store.ts';
import { bareEtag, quoteEtag, sendOptions, type S3Bucket } from './s3-calls.ts';
import { createS3Client, type S3Access } from './s3-client.ts';
import { copyOnServer, type CopySizes } from './s3-copy.ts';
import { downloadObject } from './s3-download.ts';
import { toStorageError } from './s3-errors.ts';
import { listPages } from './s3-listing.ts';
import { readBytes } from './s3-read.ts';
import { putBytes, uploadFile, type UploadSizes } from './s3-upload.ts';

const LONE_SURROGATE = /\p{Surrogate}/u;

/** A store over a real bucket, with a client of its own. */
export function openS3Store(bucket: string, access: S3Access): S3Store {
  return new S3Store(createS3Client(access), bucket);
}

/** Sizes that tests make smaller. */
export interface S3Sizes {
  readonly copy?: CopySizes;
  readonly upload?: UploadSizes;
}

/** An S3 bucket. `close` destroys the client that it was given. */
export class S3Store implements ObjectStore {
  readonly bucket: string;
  readonly maxNameBytes = Infinity;
  readonly #at: S3Bucket;
  readonly #sizes: S3Sizes;
  #bucketSeen: Promise<void> | undefined;

  constructor(client: S3Client, bucket: string, sizes: S3Sizes = {}) {
    this.bucket = bucket;
    this.#at = { client, bucket };
    this.#sizes = sizes;
  }

  describe(key: string): string {
    return `s3://${this.bucket}/${key}`;
  }

  async *list(
    prefix: string,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ObjectPage> {
    try {
      yield* listPages(this.#at, prefix, signal);
    } catch (error) {
      throw toStorageError(error, { operation: 'ListObjectsV2', bucket: this.bucket, key: prefix });
    }
  }

  async head(key: string, signal?: AbortSignal): Promise<ObjectInfo | null> {
    if (isTooLong(key)) return null;
    return await this.#attempt('HeadObject', key, async () => {
      const command = new HeadObjectCommand({ Bucket: this.bucket, Key: key });
      const answer = await this.#at.client.send(command, sendOptions(signal));
      return {
        key,
        sizeBytes: answer.ContentLength ?? 0,
        etag: bareEtag(answer.ETag),
        modifiedMs: answer.LastModified?.getTime() ?? 0,
      };
    }).catch(async (error: unknown) => await this.#nullIfMissing(error, signal));
  }

  async readText(key: string, options: ReadOptions = {}): Promise<string | null> {
    return (await this.readVersion(key, options))?.text ?? null;
  }

  async readVersion(key: string, options: ReadOptions = {}): Promise<TextVersion | null> {
    if (isTooLong(key)) return null;
    return await this.#attempt('GetObject', key, async () => {
      const input = { Key: key, ...matchHeader(options) };
      const { bytes, etag } = await readBytes(this.#at, input, options.signal);
      return { text: Buffer.from(bytes).toString('utf8'), etag };
    }).catch(async (error: unknown) => await this.#nullIfMissing(error, options.signal));
  }

  async readRange(
    key: string,
    offset: number,
    length: number,
    options: ReadOptions = {},
  ): Promise<Uint8Array> {
    return await this.#attempt('GetObject', key, async () => {
      if (length <= 0) return new Uint8Array();
      const Range = `bytes=${String(offset)}-${String(offset + length - 1)}`;
      try {
        return (await readBytes(this.#at, { Key: key, Range, ...matchHeader(options) }, options.signal))
          .bytes;
      } catch (error) {
        if (isBehindTheEnd(error)) return new Uint8Array();
        throw error;
      }
    });
  }

  async download(key: string, file: string, options: ReadOptions = {}): Promise<ObjectInfo | null> {
    if (isTooLong(key)) return null;
    const info = await this.#attempt('GetObject', key, () => downloadObject(this.#at, key, file, options));
    if (info === null) await this.#seeBucket(options.signal);
    return info;
  }

  async writeText(key: string, text: string, options: WriteOptions): Promise<ObjectInfo> {
    return await this.#attempt('PutObject', key, () =>
      putBytes(this.#at, key, Buffer.from(text, 'utf8'), options),
    );
  }

  async upload(file: string, key: string, options: WriteOptions): Promise<ObjectInfo> {
    return await this.#attempt('Upload', key, () =>
      uploadFile(this.#at, file, key, options, this.#sizes.upload),
    );
  }

  async copy(
    from: string,
    to: string,
    options: WriteOptions & { readonly ifMatch?: string },
  ): Promise<ObjectInfo> {
    const source = await this.head(from, options.signal);
    if (source === null) throw new StorageError('missing', `there is no ${this.describe(from)}`);
    return await this.#attempt('CopyObject', to, async () => {
      if (options.ifMatch !== undefined && source.etag !== options.ifMatch) {
        throw new StorageError(
          'precondition',
          `${this.describe(from)} is another version than the one asked for`,
        );
      }
      await this.#refuseUnlessHolds(to, options);
      const etag = await copyOnServer(this.#at, source, to, options, this.#sizes.copy);
      return { key: to, sizeBytes: source.sizeBytes, etag, modifiedMs: Date.now() };
    });
  }

  async delete(key: string): Promise<void> {
    await this.#attempt('DeleteObject', key, async () => {
      await this.#at.client.send(new DeleteObjectCommand({ Bucket: this.bucket, Key: key }));
    });
  }

  close(): void {
    this.#at.client.destroy();
  }

  async #attempt<T>(operation: string, key: string, work: () => Promise<T>): Promise<T> {
    refuseBadKey(this.bucket, key);
    try {
      return await work();
    } catch (error) {
      throw toStorageError(error, { operation, bucket: this.bucket, key });
    }
  }

  /** S3 itself minds the condition of a copy since 2025; other servers with its API may not, so it is looked at before. */
  async #refuseUnlessHolds(to: string, { condition, signal }: WriteOptions): Promise<void> {
    if (condition === 'always') return;
    const there = await this.head(to, signal);
    const holds = condition === 'if-absent' ? there === null : there?.etag === condition.replaces;
    if (!holds)
      throw new StorageError('precondition', `${this.describe(to)} is not what it was expected to be`);
  }

  async #nullIfMissing(error: unknown, signal: AbortSignal | undefined): Promise<null> {
    if (!(error instanceof StorageError) || error.fault !== 'missing') throw error;
    await this.#seeBucket(signal);
    return null;
  }

  /** HEAD answers 404 without a word, so the first one asks once whether the bucket is there at all. */
  async #seeBucket(signal: AbortSignal | undefined): Promise<void> {
    this.#bucketSeen ??= this.#headBucket(signal);
    try {
      await this.#bucketSeen;
    } catch (error) {
      this.#bucketSeen = undefined;
      throw error;
    }
  }

  async #headBucket(signal: AbortSignal | undefined): Promise<void> {
    try {
      await this.#at.client.send(new HeadBucketCommand({ Bucket: this.bucket }), sendOptions(signal));
    } catch (error) {
      const fault = toStorageError(error, { operation: 'HeadBucket', bucket: this.bucket });
      if (fault.fault === 'denied') return;
      if (fault.fault !== 'missing') throw fault;
      throw new StorageError('missing-bucket', `there is no bucket s3://${this.bucket}`, {
        cause: error,
        hint: 'check S3_BUCKET and the account',
      });
    }
  }
}

function isTooLong(key: string): boolean {
  return Buffer.byteLength(key) > MAX_KEY_BYTES;
}

function refuseBadKey(bucket: string, key: string): void {
  const isFit = key !== '' && !LONE_SURROGATE.test(key) && !isTooLong(key);
  if (isFit) return;
  const why = `a key is valid Unicode of 1 to ${String(MAX_KEY_BYTES)} bytes`;
  throw new StorageError('bad-key', `${JSON.stringify(key)} cannot be a key in s3://${bucket}: ${why}`);
}

function matchHeader({ ifMatch }: ReadOptions): { IfMatch?: string } {
  return ifMatch === undefined ? {} : { IfMatch: quoteEtag(ifMatch) };
}

function isBehindTheEnd(error: unknown): boolean {
  return error instanceof StorageError && error.cause instanceof Error && error.cause.name === 'InvalidRange';
}
