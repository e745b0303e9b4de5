import { once } from 'node:events';
import { createServer, request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { pipeline } from 'node:stream/promises';
import { scopeOf, type Exchange } from './aws-exchange.ts';

/** A forwarder in front of an AWS that writes down every call. */
export interface Recorder {
  readonly endpoint: string;
  /** In the order of their arrival. */
  readonly exchanges: readonly Exchange[];
  /** Done when a call has been answered, before the answer is passed on; once for the first that matches. */
  onAnswer(matches: (exchange: Exchange) => boolean, act: () => Promise<void> | void): void;
  /** Done before a call is passed on; once for the first that matches. */
  onCall(matches: (exchange: Exchange) => boolean, act: () => Promise<void> | void): void;
  stop(): Promise<void>;
}

interface Trap {
  readonly when: 'call' | 'answer';
  readonly matches: (exchange: Exchange) => boolean;
  readonly act: () => Promise<void> | void;
}

/** Starts one on a free port of this machine; `others` names the servers of single services. */
export async function startRecorder(
  target: string,
  others: Readonly<Record<string, string>> = {},
): Promise<Recorder> {
  const exchanges: Exchange[] = [];
  const traps: Trap[] = [];
  const targetOf = (service: string): URL => new URL(others[service] ?? target);
  const server = createServer((request, response) => {
    // a client that was killed meanwhile takes no answer
    forward(request, response, { targetOf, exchanges, traps }).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${String(port)}`,
    exchanges,
    onAnswer: (matches, act) => traps.push({ when: 'answer', matches, act }),
    onCall: (matches, act) => traps.push({ when: 'call', matches, act }),
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

interface Way {
  readonly targetOf: (service: string) => URL;
  readonly exchanges: Exchange[];
  readonly traps: Trap[];
}

async function forward(request: IncomingMessage, response: ServerResponse, way: Way): Promise<void> {
  const { exchange, body } = await read(request);
  if (exchange.service !== UNSIGNED) way.exchanges.push(exchange);
  await spring(way.traps, 'call', exchange);
  const answer = await send(request, body, way.targetOf(exchange.service));
  exchange.status = answer.statusCode ?? 0;
  const text = exchange.service === 's3' ? null : await textOf(answer);
  exchange.answer = text ?? '';
  await spring(way.traps, 'answer', exchange);
  response.writeHead(exchange.status, answer.rawHeaders);
  if (text === null) await pipeline(answer, response);
  else response.end(text);
}

/** The emulator's own calls, and downloads by a link. */
const UNSIGNED = '';

/** Body null: it is large, and goes through as it comes. */
async function read(request: IncomingMessage): Promise<{ exchange: Exchange; body: string | null }> {
  const { method = 'GET', url = '/', headers } = request;
  const scope = scopeOf(headers.authorization) ?? { signer: '', service: UNSIGNED, region: '' };
  const body = scope.service === 's3' && method === 'PUT' ? null : await textOf(request);
  const { pathname, searchParams: query } = new URL(url, 'http://recorder');
  const path = decodeURIComponent(pathname);
  const exchange = { ...scope, method, path, query, headers, body: body ?? '', status: 0, answer: '' };
  return { exchange, body };
}

async function send(request: IncomingMessage, body: string | null, target: URL): Promise<IncomingMessage> {
  const { method, url, headers } = request;
  const { hostname, port } = target;
  const onward = httpRequest({ hostname, port, method, path: url, headers: withoutExpect(headers) });
  const answered = once(onward, 'response') as Promise<[IncomingMessage]>;
  if (body === null) await pipeline(request, onward);
  else onward.end(body);
  return (await answered)[0];
}

/** The body follows at once, whatever the client offered to wait for. */
function withoutExpect(headers: IncomingMessage['headers']): IncomingMessage['headers'] {
  return Object.fromEntries(Object.entries(headers).filter(([name]) => name !== 'expect'));
}

async function spring(traps: Trap[], when: Trap['when'], exchange: Exchange): Promise<void> {
  const at = traps.findIndex((trap) => trap.when === when && trap.matches(exchange));
  const [trap] = at === -1 ? [] : traps.splice(at, 1);
  await trap?.act();
}

async function textOf(stream: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of stream) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString('utf8');
}
