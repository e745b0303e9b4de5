import { fileURLToPath } from 'node:url';
import { isDirectoryBucket } from '../contract/naming.ts';
import { DirectoryStore } from './directory-store.ts';
import type { SkippedName } from './directory-walk.ts';
import { StorageError, type ObjectStore } from './object-store.ts';
import type { S3Access } from './s3-client.ts';

/** How to reach a bucket; a directory needs none of it. */
export interface StoreAccess extends S3Access {
  /** Told of each name in a directory that cannot be an object. */
  readonly onSkipped?: SkippedName;
}

/**
 * The store that an `S3_BUCKET` value means. The AWS SDK is loaded only for a real bucket.
 * @throws StorageError `missing-bucket` for a `file:` URL that is no local path
 */
export async function openStore(bucket: string, access: StoreAccess): Promise<ObjectStore> {
  if (isDirectoryBucket(bucket)) return new DirectoryStore(toDirectory(bucket), access.onSkipped);
  const { openS3Store } = await import('./s3-store.ts');
  return openS3Store(bucket, access);
}

function toDirectory(value: string): string {
  if (!/^file:/i.test(value)) return value;
  try {
    return fileURLToPath(value);
  } catch (error) {
    const message = `S3_BUCKET=${value} is no usable file: URL; write it as file:///absolute/path`;
    throw new StorageError('missing-bucket', message, { cause: error });
  }
}
