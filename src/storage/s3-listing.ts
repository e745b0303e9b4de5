import { performance } from 'node:perf_hooks';
import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type _Object,
} from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { decodeKey, decodeListPage } from './list-page-decoder.ts';
import type { ObjectInfo, ObjectPage } from './object-store.ts';
import type { ListPage } from './listing-part.ts';
import { listInParallel } from './parallel-listing.ts';
import { bareEtag, type S3Bucket } from './s3-calls.ts';

/** Below the sockets of the client, so that other calls get through. */
const LISTINGS_AT_ONCE = 28;

/** The share of time in which this process works rather than waits, from which on it is what takes the time. */
const BUSY = 0.99;
const MEASURED_MS = 200;
/** Enough for a server at hand. */
const LEAST_AT_ONCE = 4;

/** Every object below a prefix, page by page, in UTF-8 byte order of the keys. @throws the SDK's errors */
export function listPages(
  at: S3Bucket,
  prefix: string,
  signal: AbortSignal | undefined,
  concurrency = LISTINGS_AT_ONCE,
): AsyncGenerator<ObjectPage> {
  const requests = new ListRequests(at, prefix);
  return listInParallel({
    prefix,
    fetchPage: (after, token, stop, maxKeys) => requests.page({ after, token, maxKeys }, stop),
    fetchFolders: (under, stop) => requests.folders(under, stop),
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
    limit = utilization > BUSY ? Math.max(LEAST_AT_ONCE, limit / 2) : Math.min(most, limit * 1.5);
    return limit;
  };
}

/** Which page: of the keys above `after`, or the one that a token names. */
export interface PageRequest {
  readonly after: string;
  readonly token: string | undefined;
  readonly maxKeys?: number | undefined;
}

type Handler = ReturnType<ListObjectsV2Command['resolveMiddleware']>;

const SDK_DECODER = 'deserializerMiddleware';

/**
 * The requests of one listing. Signing, endpoints, errors and retries are the SDK's; only the XML of a good answer is read by our
 * decoder, and by the SDK's when ours does not know something in it.
 */
export class ListRequests {
  readonly #at: S3Bucket;
  readonly #prefix: string;
  readonly #pages = new WeakMap<object, ListPage>();
  #signal: AbortSignal | undefined;
  #handler: Handler | undefined;

  constructor(at: S3Bucket, prefix: string) {
    this.#at = at;
    this.#prefix = prefix;
  }

  /** @throws the SDK's errors */
  async page({ after, token, maxKeys }: PageRequest, signal: AbortSignal): Promise<ListPage> {
    const { response, output } = await this.#send(signal, {
      Prefix: this.#prefix,
      ...(token === undefined ? {} : { ContinuationToken: token }),
      ...(maxKeys === undefined ? {} : { MaxKeys: maxKeys }),
      ...(token === undefined && after !== '' ? { StartAfter: after } : {}),
    });
    return this.#pages.get(response as object) ?? toPage(output);
  }

  /** Folders directly below one, at most a page of them. @throws the SDK's errors */
  async folders(under: string, signal: AbortSignal): Promise<readonly string[]> {
    const { output } = await this.#send(signal, { Prefix: under, Delimiter: '/' });
    return (output.CommonPrefixes ?? []).map(({ Prefix }) => decoderOf(output)(Prefix ?? ''));
  }

  #send(signal: AbortSignal, input: Omit<ListObjectsV2CommandInput, 'Bucket'>): ReturnType<Handler> {
    if (this.#handler === undefined || this.#signal !== signal) this.#handler = this.#handlerFor(signal);
    this.#signal = signal;
    return this.#handler({ input: { Bucket: this.#at.bucket, EncodingType: 'url', ...input } });
  }

  /** Made once for all requests, as it takes a sixth of what the SDK does for one; its own `cacheMiddleware` knows no signals. */
  #handlerFor(signal: AbortSignal): Handler {
    const { client, bucket } = this.#at;
    const command = new ListObjectsV2Command({ Bucket: bucket });
    const stack = command.middlewareStack;
    stack.addRelativeTo(ownDecoder, {
      relation: 'after',
      toMiddleware: SDK_DECODER,
      name: 'cogconvListPage',
    });
    const around = aroundDecoders(this.#pages);
    stack.addRelativeTo(around, { relation: 'before', toMiddleware: SDK_DECODER, name: 'cogconvPageRead' });
    return command.resolveMiddleware(client.middlewareStack, client.config, { abortSignal: signal });
  }
}

/** A page on its way past the SDK's decoder, which would take longer to find nothing than ours to read it. */
class PageRead extends Error {
  readonly response: object;
  readonly page: ListPage;

  constructor(response: object, page: ListPage) {
    super('the page has been read');
    this.response = response;
    this.page = page;
  }
}

type Next<A, R> = (args: A) => Promise<R>;

/** Stands between the network and the SDK's decoder, which gets the answers that ours does not know. @throws PageRead */
const ownDecoder =
  <A, R extends { readonly response: unknown }>(next: Next<A, R>): Next<A, R> =>
  async (args) => {
    const result = await next(args);
    const { response } = result;
    if (!isGoodAnswer(response)) return result;
    const bytes = gathered(await chunksOf(response.body));
    const page = decodeListPage(bytes);
    if (page !== null) throw new PageRead(response, page);
    response.body = Buffer.from(bytes);
    return result;
  };

/** Stands outside the SDK's decoder and keeps the pages that ours read. */
function aroundDecoders(pages: WeakMap<object, ListPage>) {
  return <A, R extends object>(next: Next<A, R>): Next<A, R | ReadAnswer> =>
    async (args) => {
      try {
        return await next(args);
      } catch (error) {
        if (!(error instanceof PageRead)) throw error;
        pages.set(error.response, error.page);
        return { response: error.response, output: { $metadata: {} } };
      }
    };
}

/** What the SDK's outer middlewares look at. */
interface ReadAnswer {
  readonly response: object;
  readonly output: { readonly $metadata: object };
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

function decoderOf({ EncodingType }: ListObjectsV2CommandOutput): (key: string) => string {
  return EncodingType === 'url' ? decodeKey : (key) => key;
}

function toPage(output: ListObjectsV2CommandOutput): ListPage {
  const decode = decoderOf(output);
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
