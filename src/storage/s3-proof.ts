import { DeleteObjectCommand, HeadObjectCommand, type HeadObjectCommandOutput } from '@aws-sdk/client-s3';
import { toChecksumHeader, type FileDigest } from './file-crc32.ts';
import { StorageError, type ObjectInfo } from './object-store.ts';
import { bareEtag, quoteEtag, type S3Bucket } from './s3-calls.ts';

/** What S3 answers to a write. */
export interface WriteAnswer {
  readonly ETag?: string | undefined;
  readonly ChecksumCRC32?: string | undefined;
  readonly ChecksumType?: string | undefined;
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
 * The written object, proved by the checksum that S3 answered, or by its size where S3 answered none. An object that is not
 * what was sent is removed again.
 * @throws StorageError `changed`
 */
export async function proveWritten(
  to: S3Bucket,
  key: string,
  digest: FileDigest,
  answer: WriteAnswer,
): Promise<ObjectInfo> {
  const etag = bareEtag(answer.ETag);
  if (wholeCrc(answer) === toChecksumHeader(digest.crc32)) {
    return { key, sizeBytes: digest.sizeBytes, etag, modifiedMs: Date.now() };
  }
  const found = await headWithChecksum(to, key);
  const crc = wholeCrc(answer) ?? wholeCrc(found);
  const isEqual =
    found.ContentLength === digest.sizeBytes &&
    (crc ?? toChecksumHeader(digest.crc32)) === toChecksumHeader(digest.crc32);
  if (isEqual) return toInfo(key, found);
  await removeDamaged(to, key, etag);
  throw new StorageError(
    'changed',
    `s3://${to.bucket}/${key}: what arrived is not what was sent; it was removed`,
  );
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

async function removeDamaged({ client, bucket }: S3Bucket, key: string, etag: string): Promise<void> {
  await client.send(new DeleteObjectCommand({ Bucket: bucket, Key: key, IfMatch: quoteEtag(etag) }));
}

/** Checksums of parts (`...-3`) say nothing about the whole. */
function wholeCrc({ ChecksumCRC32: crc, ChecksumType: type }: WriteAnswer): string | undefined {
  return type === 'COMPOSITE' || crc?.includes('-') === true ? undefined : crc;
}

function toInfo(key: string, found: HeadObjectCommandOutput): ObjectInfo {
  const modifiedMs = found.LastModified?.getTime() ?? 0;
  return { key, sizeBytes: found.ContentLength ?? 0, etag: bareEtag(found.ETag), modifiedMs };
}
