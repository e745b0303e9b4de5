import { paginateListObjectsV2, type ListObjectsV2CommandOutput, type _Object } from '@aws-sdk/client-s3';
import type { ObjectInfo } from './object-store.ts';
import { bareEtag, type S3Bucket } from './s3-calls.ts';

/** Every object below a prefix, page by page, in UTF-8 byte order of the keys. @throws the SDK's errors */
export async function* listPages(
  { client, bucket }: S3Bucket,
  prefix: string,
  signal: AbortSignal | undefined,
): AsyncGenerator<ObjectInfo[]> {
  const input = { Bucket: bucket, Prefix: prefix, EncodingType: 'url' as const };
  const pages = paginateListObjectsV2({ client }, input, signal === undefined ? {} : { abortSignal: signal });
  for await (const page of pages) {
    const infos = toInfos(page);
    if (infos.length > 0) yield infos;
  }
}

function toInfos(page: ListObjectsV2CommandOutput): ObjectInfo[] {
  const decode = page.EncodingType === 'url' ? decodeKey : (key: string) => key;
  return (page.Contents ?? []).map((object) => toInfo(object, decode));
}

function toInfo(object: _Object, decode: (key: string) => string): ObjectInfo {
  return {
    key: decode(object.Key ?? ''),
    sizeBytes: object.Size ?? 0,
    etag: bareEtag(object.ETag),
    modifiedMs: object.LastModified?.getTime() ?? 0,
  };
}

/** `a+b%2B` -> `a b+`: EncodingType `url` is that of web forms. */
export function decodeKey(encoded: string): string {
  return decodeURIComponent(encoded.replaceAll('+', ' '));
}
