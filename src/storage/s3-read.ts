import { GetObjectCommand, type GetObjectCommandInput } from '@aws-sdk/client-s3';
import { StorageError } from './object-store.ts';
import { backOff, bareEtag, sendOptions, type S3Bucket } from './s3-calls.ts';
import { toStorageError } from './s3-errors.ts';

/** The SDK retries requests, not bodies; so many times a body that breaks off is asked for again. */
const MAX_REPEATS = 5;
const REPEAT_BASE_MS = 100;

/** What a GetObject call answers. */
export interface ReadAnswer {
  readonly bytes: Uint8Array;
  readonly etag: string;
}

/** The bytes of a GetObject call, for small answers. @throws StorageError, `missing` too */
export async function readBytes(
  { client, bucket }: S3Bucket,
  input: Omit<GetObjectCommandInput, 'Bucket'> & { readonly Key: string },
  signal: AbortSignal | undefined,
): Promise<ReadAnswer> {
  for (let attempt = 0; ; attempt += 1) {
    try {
      const answer = await client.send(
        new GetObjectCommand({ ...input, Bucket: bucket }),
        sendOptions(signal),
      );
      const bytes = (await answer.Body?.transformToByteArray()) ?? new Uint8Array();
      const isWhole = answer.ContentLength === undefined || answer.ContentLength === bytes.length;
      if (isWhole) return { bytes, etag: bareEtag(answer.ETag) };
      throw new StorageError('changed', `s3://${bucket}/${input.Key}: the body ended early`);
    } catch (error) {
      const fault = toStorageError(error, { operation: 'GetObject', bucket, key: input.Key });
      const isBodyTrouble = fault.fault === 'unavailable' || fault.fault === 'changed';
      if (!isBodyTrouble || attempt >= MAX_REPEATS) throw fault;
      await backOff(attempt, REPEAT_BASE_MS, signal);
    }
  }
}
