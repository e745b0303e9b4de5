import { performance } from 'node:perf_hooks';
import { ListObjectsV2Command, type ListObjectsV2CommandOutput, type _Object } from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { decodeKey, decodeListPage } from './list-page-decoder.ts';
import type { ObjectInfo } from './object-store.ts';
import type { ListPage } from './listing-part.ts';
import { listInParallel } from './parallel-listing.ts';
import { bareEtag, type S3Bucket } from './s3-calls.ts';

/** Below the sockets of the client, so that other calls get through. */
const LISTINGS_AT_ONCE = 28;

/** The share of time in which this process works rather than waits, from which on it is what takes the time. */
const BUSY = 0.95;
const MEASURED_MS = 20;
/** Enough for a server at hand. */
const LEAST_AT_ONCE = 4;

/** What an empty page looks like to the SDK once ours has been read. */
const NO_PAGE = Buffer.from('<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/"/>');

/** Every object below a prefix, page by page, in UTF-8 byte order of the keys. @throws the SDK's errors */
export function listPages(
  at: S3Bucket,
  prefix: string,
  signal: AbortSignal | undefined,
  concurrency = LISTINGS_AT_ONCE,
): AsyncGenerator<ObjectInfo[]> {
  const fetchPage = (
    after: string,
    token: string | undefined,
    stop: AbortSignal,
    maxKeys?: number,
  ): Promise<ListPage> => fetchListPage(at, { prefix, after, token, maxKeys }, stop);
  const fetchFolders = (under: string, stop: AbortSignal): Promise<readonly string[]> =>
    fetchFolderNames(at, under, stop);
  return listInParallel({
    prefix,
    fetchPage,
    fetchFolders,
    concurrency,
    signal,
    limit: adaptedTo(concurrency),
  });
}

/**
 * Requests at once: fewer while the event loop has no time to spare, as their answers would only wait in memory, more while it
 * waits.
 */
function adaptedTo(most: number): () => number {
  let [start, limit] = [performance.eventLoopUtilization(), most];
  return () => {
    const { active, idle, utilization } = performance.eventLoopUtilization(start);
    if (active + idle < MEASURED_MS) return limit;
    start = performance.eventLoopUtilization();
    limit = utilization > BUSY ? Math.max(LEAST_AT_ONCE, limit * 0.8) : Math.min(most, limit * 1.25);
    return limit;
  };
}

async function fetchFolderNames(
  { client, bucket }: S3Bucket,
  under: string,
  signal: AbortSignal,
): Promise<readonly string[]> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: under,
    Delimiter: '/',
    EncodingType: 'url',
  });
  const output = await client.send(command, { abortSignal: signal });
  const decode = output.EncodingType === 'url' ? decodeKey : (key: string) => key;
  return (output.CommonPrefixes ?? []).map(({ Prefix }) => decode(Prefix ?? ''));
}

/** Which page: of the keys above `after`, or the one that a token names. */
export interface ListRequest {
  readonly prefix: string;
  readonly after: string;
  readonly token: string | undefined;
  readonly maxKeys?: number | undefined;
}

/**
 * One page. Signing, endpoints, errors and retries are the SDK's; only the XML of a good answer is read by our decoder, and
 * by the SDK's when ours does not know something in it.
 */
export async function fetchListPage(
  { client, bucket }: S3Bucket,
  { prefix, after, token, maxKeys }: ListRequest,
  signal: AbortSignal,
): Promise<ListPage> {
  const command = new ListObjectsV2Command({
    Bucket: bucket,
    Prefix: prefix,
    EncodingType: 'url',
    ...(token === undefined ? {} : { ContinuationToken: token }),
    ...(maxKeys === undefined ? {} : { MaxKeys: maxKeys }),
    ...(token === undefined && after !== '' ? { StartAfter: after } : {}),
  });
  const own = new OwnDecoder();
  command.middlewareStack.addRelativeTo(own.middleware, {
    relation: 'after',
    toMiddleware: 'deserializerMiddleware',
    name: 'cogconvListPage',
  });
  const output = await client.send(command, { abortSignal: signal });
  return own.page ?? toPage(output);
}

/** Stands between the network and the SDK's decoder for one request, each of its attempts. */
class OwnDecoder {
  page: ListPage | null = null;

  middleware = <A, R extends { readonly response: unknown }>(next: (args: A) => Promise<R>) => {
    return async (args: A): Promise<R> => {
      const result = await next(args);
      const { response } = result;
      if (!isGoodAnswer(response)) return result;
      const chunks = await chunksOf(response.body);
      const bytes = gathered(chunks);
      this.page = decodeListPage(bytes);
      response.body = this.page === null ? Buffer.from(bytes) : NO_PAGE;
      return result;
    };
  };
}

interface Answer {
  readonly statusCode: number;
  body: Readable | Uint8Array;
}

function isGoodAnswer(response: unknown): response is Answer {
  if (typeof response !== 'object' || response === null) return false;
  return (
    'statusCode' in response && response.statusCode === 200 && 'body' in response && Boolean(response.body)
  );
}

/** By events: asynchronous iteration costs as much as reading. */
async function chunksOf(body: Answer['body']): Promise<readonly Uint8Array[]> {
  if (body instanceof Uint8Array) return [body];
  const chunks: Uint8Array[] = [];
  return await new Promise((resolve, reject) => {
    body.on('data', (chunk: Uint8Array) => chunks.push(chunk));
    body.on('error', reject);
    body.on('end', () => {
      resolve(chunks);
    });
  });
}

let room = Buffer.alloc(0);

/** One after the other, in memory that the next page takes again: new memory for each costs more than the copy. */
function gathered(chunks: readonly Uint8Array[]): Buffer {
  const length = chunks.reduce((sum, chunk) => sum + chunk.length, 0);
  if (room.length < length) room = Buffer.allocUnsafeSlow(2 * length);
  let at = 0;
  for (const chunk of chunks) {
    room.set(chunk, at);
    at += chunk.length;
  }
  return room.subarray(0, length);
}

function toPage(output: ListObjectsV2CommandOutput): ListPage {
  const decode = output.EncodingType === 'url' ? decodeKey : (key: string) => key;
  const objects = (output.Contents ?? []).map((object) => toInfo(object, decode));
  return { objects, nextToken: output.IsTruncated === true ? output.NextContinuationToken : undefined };
}

function toInfo(object: _Object, decode: (key: string) => string): ObjectInfo {
  return {
    key: decode(object.Key ?? ''),
    sizeBytes: object.Size ?? 0,
    etag: bareEtag(object.ETag),
    modifiedMs: object.LastModified?.getTime() ?? 0,
  };
}
