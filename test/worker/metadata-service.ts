import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** EC2's instance metadata service, version 2: nothing without a token, no token without a lifetime. */
export interface MetadataService {
  readonly endpoint: string;
  /** `PUT /latest/api/token` and the like, as they came. */
  readonly asked: readonly string[];
  /** What `spot/instance-action` says from now on; null: there is none (404). */
  announce(action: string | null): void;
  /** Tokens that were given are good no longer. */
  forgetTokens(): void;
  stop(): Promise<void>;
}

export async function startMetadataService(): Promise<MetadataService> {
  let action: string | null = null;
  let tokens = new Set<string>();
  const asked: string[] = [];
  const answer = (request: IncomingMessage): readonly [status: number, text: string] => {
    const { method = '', url = '', headers } = request;
    if (method === 'PUT' && url === '/latest/api/token') {
      if (headers['x-aws-ec2-metadata-token-ttl-seconds'] === undefined) return [400, ''];
      const token = `token-${String(asked.length)}`;
      tokens.add(token);
      return [200, token];
    }
    if (!tokens.has(String(headers['x-aws-ec2-metadata-token']))) return [401, ''];
    return action === null || url !== '/latest/meta-data/spot/instance-action' ? [404, ''] : [200, action];
  };
  const server = createServer((request: IncomingMessage, response: ServerResponse) => {
    asked.push(`${String(request.method)} ${String(request.url)}`);
    const [status, text] = answer(request);
    response.writeHead(status).end(text);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked,
    announce: (text) => {
      action = text;
    },
    forgetTokens: () => {
      tokens = new Set();
    },
    stop: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
