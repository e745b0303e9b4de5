import {
  AbortMultipartUploadCommand,
  CompleteMultipartUploadCommand,
  CopyObjectCommand,
  CreateMultipartUploadCommand,
  UploadPartCopyCommand,
  type CompletedPart,
} from '@aws-sdk/client-s3';
import pLimit from 'p-limit';
import type { ObjectInfo, WriteOptions } from './object-store.ts';
import { bareEtag, conditionHeaders, quoteEtag, sendOptions, type S3Bucket } from './s3-calls.ts';

/** @see https://docs.aws.amazon.com/AmazonS3/latest/API/API_CopyObject.html */
const MAX_COPY_BYTES = 5 * 1024 ** 3;
const COPY_PART_BYTES = 512 * 1024 ** 2;
const PARTS_AT_ONCE = 4;

/** Sizes that tests make smaller. */
export interface CopySizes {
  readonly maxCopyBytes: number;
  readonly partBytes: number;
}

/** Copies on the server: one CopyObject up to 5 GiB, above it UploadPartCopy in parts of 512 MiB. Returns the etag. */
export async function copyOnServer(
  within: S3Bucket,
  source: ObjectInfo,
  to: string,
  options: WriteOptions,
  sizes: CopySizes = { maxCopyBytes: MAX_COPY_BYTES, partBytes: COPY_PART_BYTES },
): Promise<string> {
  if (source.sizeBytes > sizes.maxCopyBytes)
    return await copyInParts(within, source, to, options, sizes.partBytes);
  const command = new CopyObjectCommand({
    ...copySource(within.bucket, source),
    Bucket: within.bucket,
    Key: to,
    ContentType: options.contentType,
    MetadataDirective: 'REPLACE',
    ...conditionHeaders(options.condition),
  });
  const answer = await within.client.send(command, sendOptions(options.signal));
  return bareEtag(answer.CopyObjectResult?.ETag);
}

async function copyInParts(
  within: S3Bucket,
  source: ObjectInfo,
  to: string,
  options: WriteOptions,
  partBytes: number,
): Promise<string> {
  const { client, bucket } = within;
  const target = { Bucket: bucket, Key: to };
  const started = await client.send(
    new CreateMultipartUploadCommand({ ...target, ContentType: options.contentType }),
  );
  const upload = { ...target, UploadId: started.UploadId };
  try {
    const Parts = await copyParts(within, source, upload, partBytes, options.signal);
    const complete = { ...upload, MultipartUpload: { Parts }, ...conditionHeaders(options.condition) };
    const answer = await client.send(
      new CompleteMultipartUploadCommand(complete),
      sendOptions(options.signal),
    );
    return bareEtag(answer.ETag);
  } catch (error) {
    await client.send(new AbortMultipartUploadCommand(upload)).catch(() => undefined);
    throw error;
  }
}

async function copyParts(
  { client, bucket }: S3Bucket,
  source: ObjectInfo,
  upload: { readonly Bucket: string; readonly Key: string; readonly UploadId: string | undefined },
  partBytes: number,
  signal: AbortSignal | undefined,
): Promise<CompletedPart[]> {
  const limit = pLimit(PARTS_AT_ONCE);
  const numbers = Array.from({ length: Math.ceil(source.sizeBytes / partBytes) }, (_, index) => index + 1);
  return await limit.map(numbers, async (PartNumber) => {
    const first = (PartNumber - 1) * partBytes;
    const last = Math.min(first + partBytes, source.sizeBytes) - 1;
    const part = {
      ...upload,
      ...copySource(bucket, source),
      PartNumber,
      CopySourceRange: `bytes=${String(first)}-${String(last)}`,
    };
    const answer = await client.send(new UploadPartCopyCommand(part), sendOptions(signal));
    return { PartNumber, ETag: answer.CopyPartResult?.ETag };
  });
}

function copySource(
  bucket: string,
  { key, etag }: ObjectInfo,
): { CopySource: string; CopySourceIfMatch: string } {
  const path = key.split('/').map(encodeURIComponent).join('/');
  return { CopySource: `${bucket}/${path}`, CopySourceIfMatch: quoteEtag(etag) };
}
