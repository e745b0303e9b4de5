import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as delay } from 'node:timers/promises';
import { bucketKeys, type Shape } from './key-shapes.ts';
import { ListPages, type PageRequest } from './list-pages.ts';
import type { ListStubSettings, ListStubStats } from './open-list-stub.ts';

/** The program of `openListStub`: an S3 bucket that knows ListObjectsV2 alone, in a process of its own until its stdin ends. */
const [settings = '{}'] = process.argv.slice(2);
const { shape, sources, cogs, latencyMs } = JSON.parse(settings) as ListStubSettings;
/** Beyond this the pages of all keys take more memory than a bench may ask for. */
const HELD_KEYS = 2_000_000;

const keys = bucketKeys(shape satisfies Shape, sources, cogs);
const pages = new ListPages(keys, { isWhole: keys.length <= HELD_KEYS });
const stats = { requests: 0, mostAtOnce: 0, connections: 0 } satisfies ListStubStats;
let now = 0;

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://stub');
  if (url.pathname === '/stats') {
    response.end(JSON.stringify(stats));
    return;
  }
  stats.requests += 1;
  now += 1;
  stats.mostAtOnce = Math.max(stats.mostAtOnce, now);
  if (latencyMs > 0) await delay(latencyMs);
  now -= 1;
  if (url.searchParams.get('list-type') !== '2') {
    response.writeHead(404).end();
    return;
  }
  const body = pages.page(pageRequest(url.searchParams));
  const length = body.reduce((sum, piece) => sum + piece.length, 0);
  response.writeHead(200, { 'content-type': 'application/xml', 'content-length': length });
  response.cork();
  for (const piece of body) response.write(piece);
  response.end();
}

function pageRequest(query: URLSearchParams): PageRequest {
  return {
    prefix: query.get('prefix') ?? '',
    delimiter: query.get('delimiter') ?? '',
    startAfter: query.get('start-after') ?? '',
    token: query.get('continuation-token'),
    maxKeys: Number(query.get('max-keys') ?? 1000),
  };
}

const server = createServer((request, response) => {
  void answer(request, response);
});
// A client that plans for seconds between two requests must not meet a closed connection.
server.keepAliveTimeout = 600_000;
server.on('connection', () => (stats.connections += 1));
server.listen(0, '127.0.0.1', () => {
  const address = server.address();
  process.stdout.write(`${String(typeof address === 'object' ? address?.port : '')}\n`);
});
process.stdin.on('end', () => process.exit()).resume();
