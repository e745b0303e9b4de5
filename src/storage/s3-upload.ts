import { CompleteMultipartUploadCommand, PutObjectCommand, type S3Client } from '@aws-sdk/client-s3';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { crc32 } from 'node:zlib';
import { digestFile, toChecksumHeader, type FileDigest } from './file-crc32.ts';
import { StorageError, type ObjectInfo, type WriteOptions } from './object-store.ts';
import { backOff, conditionHeaders, sendOptions, wasRetried, type S3Bucket } from './s3-calls.ts';
import { toStorageError } from './s3-errors.ts';
import { sendsFile } from './s3-file-body.ts';
import { findOwn, isWorthRepeating, proveWritten, type SentDigest, type WriteAnswer } from './s3-proof.ts';

const MIB = 1024 * 1024;
/** Up to here the ETag is proved, too; above it reading a file for its MD5 as well costs too much. */
const MAX_MD5_BYTES = 8 * MIB;
/** How files are cut; tests make them smaller. */
export interface UploadSizes {
  /** Up to here one PUT, above it parts: they take S3 and its like twice the work, and only large files gain by them. */
  readonly maxPutBytes: number;
  /** At least; four are under way at once, in memory. */
  readonly partBytes: number;
}

/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/mpuoverview.html "when your object size reaches 100 MB" */
const SIZES: UploadSizes = { maxPutBytes: 100 * MIB, partBytes: 8 * MIB };
/** @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/qfacts.html */
const MAX_PARTS = 10_000;
/** After 409 ConditionalRequestConflict S3 wants the whole write again; so too after bytes damaged on the way. */
const MAX_TRIES = 6;
const TRY_BASE_MS = 100;

/** Puts bytes from memory. S3 refuses them if they do not have the CRC-32 computed here; the ETag proves that they arrived. */
export async function putBytes(
  to: S3Bucket,
  key: string,
  bytes: Uint8Array,
  options: WriteOptions,
): Promise<ObjectInfo> {
  const md5 = createHash('md5').update(bytes).digest('hex');
  const digest = { sizeBytes: bytes.length, crc32: crc32(bytes), md5 };
  return await writeProved(to, key, digest, options, 'PutObject', async () => {
    const command = new PutObjectCommand({
      ...target(to, key, options),
      Body: bytes,
      ChecksumAlgorithm: 'CRC32',
      ChecksumCRC32: toChecksumHeader(digest.crc32),
    });
    return await to.client.send(command, sendOptions(options.signal));
  });
}

/**
 * Uploads a file: in one PUT with its CRC-32, or in parts above 100 MiB, each with its own; S3 refuses to join them to anything
 * but the file's. The checksum of the whole that it answers must be the file's too.
 */
export async function uploadFile(
  to: S3Bucket,
  file: string,
  key: string,
  options: WriteOptions,
  sizes: UploadSizes = SIZES,
): Promise<ObjectInfo> {
  const digest = await digestFile(file);
  if (digest.sizeBytes <= MAX_MD5_BYTES) return await putSmall(to, file, digest, key, options);
  const send = digest.sizeBytes <= sizes.maxPutBytes ? sendWhole : sendParts;
  return await writeProved(to, key, digest, options, 'Upload', () =>
    send(to, { path: file, partBytes: sizes.partBytes, ...digest }, key, options),
  );
}

interface SentFile extends FileDigest {
  readonly path: string;
  readonly partBytes: number;
}

async function putSmall(
  to: S3Bucket,
  file: string,
  digest: FileDigest,
  key: string,
  options: WriteOptions,
): Promise<ObjectInfo> {
  const bytes = await readFile(file);
  if (crc32(bytes) !== digest.crc32)
    throw new StorageError('changed', `${file} changed while it was uploaded`);
  return await putBytes(to, key, bytes, options);
}

async function sendWhole(
  to: S3Bucket,
  { path, sizeBytes, crc32: crc }: SentFile,
  key: string,
  options: WriteOptions,
): Promise<WriteAnswer> {
  const command = new PutObjectCommand({
    ...target(to, key, options),
    ContentLength: sizeBytes,
    ChecksumAlgorithm: 'CRC32',
    ChecksumCRC32: toChecksumHeader(crc),
  });
  sendsFile(command, path);
  return await to.client.send(command, sendOptions(options.signal));
}

async function sendParts(
  to: S3Bucket,
  { path, partBytes, sizeBytes, crc32: whole }: SentFile,
  key: string,
  options: WriteOptions,
): Promise<WriteAnswer> {
  const { Upload } = await import('@aws-sdk/lib-storage');
  const abortController = new AbortController();
  const abort = (): void => {
    abortController.abort();
  };
  options.signal?.addEventListener('abort', abort, { once: true });
  const body = createReadStream(path, { highWaterMark: MIB });
  try {
    const upload = new Upload({
      client: completing(to.client, toChecksumHeader(whole)),
      params: {
        ...target(to, key, options),
        Body: body,
        ChecksumAlgorithm: 'CRC32',
        ChecksumType: 'FULL_OBJECT',
      },
      partSize: Math.max(partBytes, Math.ceil(sizeBytes / MAX_PARTS)),
      abortController,
    });
    return await upload.done();
  } finally {
    options.signal?.removeEventListener('abort', abort);
    body.destroy();
  }
}

/**
 * The client, but the request that joins the parts names the CRC-32 of the whole: S3 compares before the object can be seen.
 * `Upload` would give it to every part too.
 */
function completing(client: S3Client, crc: string): S3Client {
  const send = (command: Parameters<S3Client['send']>[0], ...rest: readonly unknown[]): unknown => {
    if (command instanceof CompleteMultipartUploadCommand) command.input.ChecksumCRC32 = crc;
    return (client.send as (...args: readonly unknown[]) => unknown).call(client, command, ...rest);
  };
  return Object.assign(Object.create(client) as S3Client, { send });
}

function target({ bucket }: S3Bucket, key: string, options: WriteOptions) {
  return {
    Bucket: bucket,
    Key: key,
    ContentType: options.contentType,
    ...conditionHeaders(options.condition),
  };
}

/** @param operation the API's name, for errors */
async function writeProved(
  to: S3Bucket,
  key: string,
  digest: SentDigest,
  options: WriteOptions,
  operation: string,
  send: () => Promise<WriteAnswer>,
): Promise<ObjectInfo> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      return await proveWritten(to, key, digest, await send());
    } catch (error) {
      const own = wasRetried(error) ? await findOwn(to, key, digest) : null;
      if (own !== null) return own;
      const fault = toStorageError(error, { operation, bucket: to.bucket, key });
      if (!isWorthRepeating(fault) || attempt >= MAX_TRIES) throw fault;
      await backOff(attempt, TRY_BASE_MS, options.signal);
    }
  }
}
