import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { compareKeys } from '../../src/storage/key-order.ts';

/** S3 as far as `convert` needs it, which answers a listing of 100,000 keys in no time; the emulator takes minutes. */
export interface S3Stub {
  readonly endpoint: string;
  /** What was written so far, by key. */
  readonly written: ReadonlyMap<string, string>;
  /** Keys of all PUTs, in their order. */
  readonly puts: readonly string[];
  stop(): Promise<void>;
}

const MAX_KEYS = 1_000;
const SOURCE_BYTES = 1_000_000;

interface Entry {
  readonly key: string;
  readonly size: number;
  readonly etag: string;
}

interface Bucket {
  readonly sources: readonly Entry[];
  readonly written: Map<string, string>;
  readonly puts: string[];
}

/** A bucket of any name that holds `sources`, each of a million bytes that nobody can read. */
export async function startS3Stub(sources: readonly string[]): Promise<S3Stub> {
  const bucket: Bucket = {
    sources: sources.toSorted(compareKeys).map((key) => ({ key, size: SOURCE_BYTES, etag: etagOf(key) })),
    written: new Map(),
    puts: [],
  };
  const server = createServer((request, response) => void answer(request, response, bucket));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    written: bucket.written,
    puts: bucket.puts,
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function answer(request: IncomingMessage, response: ServerResponse, bucket: Bucket): Promise<void> {
  const { pathname, searchParams } = new URL(request.url ?? '/', 'http://s3');
  const key = decodeURIComponent(pathname.split('/').slice(2).join('/'));
  const body = Buffer.concat((await request.toArray()) as Buffer[]).toString('utf8');
  if (request.method === 'PUT') put(request, response, bucket, key, body);
  else if (request.method === 'DELETE') {
    bucket.written.delete(key);
    response.writeHead(204).end();
  } else if (key === '') response.end(page(bucket, searchParams));
  else get(response, bucket, key, request.method === 'HEAD');
}

function put(
  { headers }: IncomingMessage,
  response: ServerResponse,
  { written, puts }: Bucket,
  key: string,
  body: string,
): void {
  const present = written.get(key);
  const isRefused =
    (headers['if-none-match'] === '*' && present !== undefined) ||
    (headers['if-match'] !== undefined && headers['if-match'] !== etagOf(present ?? ''));
  puts.push(key);
  if (isRefused) response.writeHead(412).end('<Error><Code>PreconditionFailed</Code></Error>');
  else {
    written.set(key, body);
    // S3 gives back the checksum that it was sent, as proof
    const crc = headers['x-amz-checksum-crc32'];
    const proof = typeof crc === 'string' ? { 'x-amz-checksum-crc32': crc } : {};
    response.writeHead(200, { etag: etagOf(body), ...proof }).end();
  }
}

function get(response: ServerResponse, { written }: Bucket, key: string, isHead: boolean): void {
  const text = written.get(key);
  if (text === undefined) response.writeHead(404).end(isHead ? '' : '<Error><Code>NoSuchKey</Code></Error>');
  else {
    response.writeHead(200, { etag: etagOf(text), 'content-length': Buffer.byteLength(text) });
    response.end(isHead ? '' : text);
  }
}

/** One page of ListObjectsV2; with a delimiter the folders alone. */
function page(bucket: Bucket, query: URLSearchParams): string {
  const prefix = query.get('prefix') ?? '';
  const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
  const entries = entriesBelow(bucket, prefix);
  if (query.has('delimiter')) return listing(folders(entries, prefix), false);
  const from = firstBehind(entries, after);
  const shown = entries.slice(from, from + MAX_KEYS);
  const last = shown.at(-1)?.key ?? '';
  const isTruncated = from + MAX_KEYS < entries.length;
  const token = isTruncated ? `<NextContinuationToken>${last}</NextContinuationToken>` : '';
  return listing(token + shown.map(contents).join(''), isTruncated);
}

function entriesBelow({ sources, written }: Bucket, prefix: string): readonly Entry[] {
  if (sources[0]?.key.startsWith(prefix) === true && sources.at(-1)?.key.startsWith(prefix) === true) {
    return sources;
  }
  const own = [...written].filter(([key]) => key.startsWith(prefix));
  return own
    .map(([key, text]) => ({ key, size: Buffer.byteLength(text), etag: etagOf(text) }))
    .toSorted((a, b) => compareKeys(a.key, b.key));
}

function firstBehind(entries: readonly Entry[], after: string): number {
  let low = 0;
  let high = entries.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (compareKeys(entries[middle]?.key ?? '', after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

function folders(entries: readonly Entry[], prefix: string): string {
  const names = entries.map(({ key }) => key.slice(prefix.length)).filter((rest) => rest.includes('/'));
  const found = new Set(names.map((rest) => `${prefix}${rest.split('/')[0] ?? ''}/`));
  return [...found].map((name) => `<CommonPrefixes><Prefix>${name}</Prefix></CommonPrefixes>`).join('');
}

function contents({ key, size, etag }: Entry): string {
  const time = '<LastModified>2024-01-15T12:00:00.000Z</LastModified>';
  return `<Contents><Key>${key}</Key>${time}<ETag>${etag}</ETag><Size>${String(size)}</Size></Contents>`;
}

function listing(inner: string, isTruncated: boolean): string {
  const truncated = `<IsTruncated>${String(isTruncated)}</IsTruncated>`;
  return `<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${truncated}${inner}</ListBucketResult>`;
}

function etagOf(text: string): string {
  return `"${createHash('md5').update(text).digest('hex')}"`;
}
