import {
  ListObjectsV2Command,
  type ListObjectsV2CommandInput,
  type ListObjectsV2CommandOutput,
  type _Object,
} from '@aws-sdk/client-s3';
import type { Readable } from 'node:stream';
import { adaptedTo } from './adapted-limit.ts';
import { decodeKey, decodeListPage } from './list-page-decoder.ts';
import type { ObjectInfo, ObjectPage } from './object-store.ts';
import type { ListPage } from './listing-part.ts';
import { listInParallel } from './parallel-listing.ts';
import { bareEtag, type S3Bucket } from './s3-calls.ts';

/** Below the sockets of the client, so that other calls get through. */
const LISTINGS_AT_ONCE = 28;

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

/** So many folders among the thousand entries of a page: the next page has more. */
const MANY_IN_PAGE = 500;
/** Beyond those that are known the names themselves have to tell where to cut. */
const MOST_FOLDERS = 20_000;

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
  #signal: AbortSignal | undefined;
  #handler: Handler | undefined;

  constructor(at: S3Bucket, prefix: string) {
    this.#at = at;
    this.#prefix = prefix;
  }

  /** @throws the SDK's errors */
  async page({ after, token, maxKeys }: PageRequest, signal: AbortSignal): Promise<ListPage> {
    const { output } = await this.#send(signal, {
      Prefix: this.#prefix,
      ...(token === undefined ? {} : { ContinuationToken: token }),
      ...(maxKeys === undefined ? {} : { MaxKeys: maxKeys }),
      ...(token === undefined && after !== '' ? { StartAfter: after } : {}),
    });
    return (output as Partial<ReadOutput>).page ?? toPage(output);
  }

  /** Folders directly below one, as far as pages of mostly folders, and not too many, tell them. @throws the SDK's errors */
  async folders(under: string, signal: AbortSignal): Promise<readonly string[]> {
    const found: string[] = [];
    let token: string | undefined;
    do {
      const { output } = await this.#send(signal, {
        ...{ Prefix: under, Delimiter: '/' },
        ...(token === undefined ? {} : { ContinuationToken: token }),
      });
      const folders = (output.CommonPrefixes ?? []).map(({ Prefix }) => decoderOf(output)(Prefix ?? ''));
      found.push(...folders);
      token = folders.length >= MANY_IN_PAGE ? output.NextContinuationToken : undefined;
    } while (token !== undefined && found.length < MOST_FOLDERS);
    return found;
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
    const pages: ReadPages = new WeakMap();
    stack.addRelativeTo(ownDecoder(pages), {
      relation: 'after',
      toMiddleware: SDK_DECODER,
      name: 'cogconvListPage',
    });
    stack.addRelativeTo(aroundDecoders(pages), {
      relation: 'before',
      toMiddleware: SDK_DECODER,
      name: 'cogconvPageRead',
    });
    return command.resolveMiddleware(client.middlewareStack, client.config, { abortSignal: signal });
  }
}

/**
 * Thrown past the SDK's decoder, which would take longer to find nothing than ours to read the page. One for all: to note where it was
 * made takes a hundredth of a listing.
 */
const PAGE_READ = new Error('the page has been read');

type Next<A, R> = (args: A) => Promise<R>;

/** A step of the SDK around the network. */
interface Step {
  readonly request: unknown;
}

/** What the SDK's outer steps look at, and the page. */
interface ReadOutput {
  readonly $metadata: object;
  readonly page: ListPage;
}

interface ReadAnswer {
  readonly response: object;
  readonly output: ReadOutput;
}

/** What our decoder read, by its request. */
type ReadPages = WeakMap<object, ReadAnswer>;

/** Stands between the network and the SDK's decoder, which gets the answers that ours does not know. @throws PAGE_READ */
function ownDecoder(pages: ReadPages) {
  return <A extends Step, R extends { readonly response: unknown }>(next: Next<A, R>): Next<A, R> =>
    async (args) => {
      const result = await next(args);
      const { response } = result;
      if (!isGoodAnswer(response)) return result;
      const bytes = gathered(await chunksOf(response.body));
      const page = decodeListPage(bytes);
      if (page !== null) {
        pages.set(args.request as object, { response, output: { $metadata: {}, page } });
        throw PAGE_READ;
      }
      response.body = Buffer.from(bytes);
      return result;
    };
}

/** Stands outside the SDK's decoder and takes the pages that ours read. */
function aroundDecoders(pages: ReadPages) {
  return <A extends Step, R extends object>(next: Next<A, R>): Next<A, R | ReadAnswer> =>
    async (args) => {
      try {
        return await next(args);
      } catch (error) {
        const read = error === PAGE_READ ? pages.get(args.request as object) : undefined;
        if (read === undefined) throw error;
        return read;
      }
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
