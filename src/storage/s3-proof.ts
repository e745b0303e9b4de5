import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  type HeadObjectCommandOutput,
} from '@aws-sdk/client-s3';
import { crc32 } from 'node:zlib';
import { toChecksumHeader, type FileDigest } from './file-crc32.ts';
import { StorageError, type ObjectInfo } from './object-store.ts';
import { bareEtag, quoteEtag, type S3Bucket } from './s3-calls.ts';
import { toStorageError } from './s3-errors.ts';

/** What S3 answers to a write. */
export interface WriteAnswer {
  readonly ETag?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumType?: string | undefined;
  readonly ServerSideEncryption?: string | undefined;
  readonly SSECustomerAlgorithm?: string | undefined;
}

/** What was sent. */
export interface SentDigest extends FileDigest {
  /** Hexadecimal, of what was sent at once; S3 makes the ETag of it. */
  readonly md5?: string;
}

/** After these S3 wants the whole write again; the SDK does not repeat them. */
const REPEAT = new Set([
  'ConditionalRequestConflict',
  'NoSuchUpload',
  'BadDigest',
  'XAmzContentChecksumMismatch',
  'XAmzContentSHA256Mismatch',
]);

/**
 * The written object, proved by the checksum that the server answered: its CRC-32, and the ETag where that is an MD5, for not
 * every server computes the CRC-32 that it answers. Where it answers none, or the two contradict, the object is read back. One
 * that is not what was sent is removed again.
 * @throws StorageError `changed`
 */
export async function proveWritten(
  to: S3Bucket,
  key: string,
  digest: SentDigest,
  answer: WriteAnswer,
): Promise<ObjectInfo> {
  const etag = bareEtag(answer.ETag);
  const expected = toChecksumHeader(digest.crc32);
  const isDoubtful = contradictsEtag(answer, digest);
  if (wholeCrc(answer) === expected && !isDoubtful) {
    return { key, sizeBytes: digest.sizeBytes, etag, modifiedMs: Date.now() };
  }
  const found = await headWithChecksum(to, key);
  const told = isDoubtful ? undefined : (wholeCrc(answer) ?? wholeCrc(found));
  const isEqual =
    found.ContentLength === digest.sizeBytes &&
    (told ?? (await readBack(to, key, bareEtag(found.ETag)))) === expected;
  if (isEqual) return toInfo(key, found);
  const removal = await removeDamaged(to, key, etag);
  throw new StorageError(
    'changed',
    `s3://${to.bucket}/${key}: what arrived is not what was sent; ${removal}`,
  );
}

/** Of an object that was put at once and is not encrypted with a key of its own the ETag is the MD5. @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_Object.html */
function contradictsEtag(answer: WriteAnswer, { md5 }: SentDigest): boolean {
  const etag = bareEtag(answer.ETag);
  const isMd5 = /^[0-9a-f]{32}$/.test(etag) && (answer.ServerSideEncryption ?? 'AES256') === 'AES256';
  return md5 !== undefined && isMd5 && answer.SSECustomerAlgorithm === undefined && etag !== md5;
}

/** The CRC-32 of the object's bytes; null when they are not those that the server's own checksum tells. @throws the SDK's errors */
async function readBack({ client, bucket }: S3Bucket, key: string, etag: string): Promise<string | null> {
  try {
    const { Body: body } = await client.send(
      new GetObjectCommand({ Bucket: bucket, Key: key, IfMatch: quoteEtag(etag) }),
    );
    let crc = 0;
    // In Node the SDK's body is always a stream of Buffers; its type also covers browsers.
    for await (const chunk of (body ?? []) as AsyncIterable<Buffer>) crc = crc32(chunk, crc);
    return toChecksumHeader(crc);
  } catch (error) {
    if (toStorageError(error, { operation: 'GetObject', bucket, key }).fault === 'changed') return null;
    throw error;
  }
}

/**
 * The object if its bytes are these: then a write that failed when it was repeated had been carried out the first time.
 * Null when it is another one, or S3 cannot tell.
 */
export async function findOwn(to: S3Bucket, key: string, digest: FileDigest): Promise<ObjectInfo | null> {
  try {
    const found = await headWithChecksum(to, key);
    const isOwn =
      found.ContentLength === digest.sizeBytes && wholeCrc(found) === toChecksumHeader(digest.crc32);
    return isOwn ? toInfo(key, found) : null;
  } catch {
    // The write's own error is the one to tell.
    return null;
  }
}

/** True for an error after which the same write may well succeed. */
export function isWorthRepeating({ fault, cause }: StorageError): boolean {
  return cause instanceof Error ? REPEAT.has(cause.name) : fault === 'changed';
}

async function headWithChecksum({ client, bucket }: S3Bucket, key: string): Promise<HeadObjectCommandOutput> {
  return await client.send(new HeadObjectCommand({ Bucket: bucket, Key: key, ChecksumMode: 'ENABLED' }));
}

/** Whether it is gone, in words; one that somebody else wrote meanwhile stays. */
async function removeDamaged({ client, bucket }: S3Bucket, key: string, etag: string): Promise<string> {
  try {
    await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: quoteEtag(etag) }));
    return 'it was removed';
  } catch (error) {
    return `it could not be removed (${error instanceof Error ? error.name : String(error)}): delete it`;
  }
}

/** Checksums of parts (`...-3`) say nothing about the whole. */
function wholeCrc({ ChecksumCRC32: crc, ChecksumType: type }: WriteAnswer): string | undefined {
  return type === 'COMPOSITE' || crc?.includes('-') === true ? undefined : crc;
}

function toInfo(key: string, found: HeadObjectCommandOutput): ObjectInfo {
  const modifiedMs = found.LastModified?.getTime() ?? 0;
  return { key, sizeBytes: found.ContentLength ?? 0, etag: bareEtag(found.ETag), modifiedMs };
}
