import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** What the engine answers: whole NDJSON streams as captured from a real one. */
export interface EngineScript {
  build?: string;
  push?: string;
  /** Breaks the connection behind this many characters of the stream. */
  breakAfter?: number;
  architecture?: string;
  /** The stream goes on for ever; called when it has begun, and when nobody listens any more. */
  endless?: { begun: () => void; left: () => void };
  /** Done before a push is answered: `onPush('cog-converter', 'worker-1')`. */
  onPush?: (repository: string, tag: string) => Promise<void>;
}

/** A Docker engine over HTTP that replays streams; it keeps what it was sent. */
export interface FakeEngine {
  readonly host: string;
  readonly requests: readonly {
    readonly url: string;
    readonly headers: IncomingMessage['headers'];
    readonly bytes: number;
  }[];
  close(): Promise<void>;
}

/** Starts it on a free port; give `host` to the client as DOCKER_HOST. */
export async function startFakeEngine(script: EngineScript): Promise<FakeEngine> {
  const requests: { url: string; headers: IncomingMessage['headers']; bytes: number }[] = [];
  const server = createServer((request, response) => {
    let bytes = 0;
    request.on('data', (chunk: Buffer) => (bytes += chunk.length));
    request.on('end', () => {
      requests.push({ url: request.url ?? '', headers: request.headers, bytes });
      void reply(request.url ?? '', response, script);
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    host: `tcp://127.0.0.1:${String(port)}`,
    requests,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

async function reply(url: string, response: ServerResponse, script: EngineScript): Promise<void> {
  if (script.onPush !== undefined) await tellPush(url, script.onPush);
  if (url.includes('/_ping')) response.end('OK');
  else if (script.endless !== undefined) endless(response, script.endless);
  else if (url.includes('/build')) replay(response, script.build ?? '', script.breakAfter);
  else if (url.includes('/push')) replay(response, script.push ?? '', script.breakAfter);
  else if (url.endsWith('/json'))
    response.end(JSON.stringify({ Architecture: script.architecture ?? 'amd64' }));
  else response.writeHead(404).end('{"message":"page not found"}');
}

async function tellPush(url: string, onPush: NonNullable<EngineScript['onPush']>): Promise<void> {
  const pushed = /\/images\/[^/]+\/(.+):([^/]+)\/push/.exec(decodeURIComponent(url));
  if (pushed !== null) await onPush(pushed[1] ?? '', pushed[2] ?? '');
}

function replay(response: ServerResponse, stream: string, breakAfter: number | undefined): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  if (breakAfter === undefined) response.end(stream);
  else response.write(stream.slice(0, breakAfter), () => response.destroy());
}

function endless(response: ServerResponse, { begun, left }: NonNullable<EngineScript['endless']>): void {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.on('close', left);
  response.write('{"stream":"Step 1/9"}\n', begun);
}
