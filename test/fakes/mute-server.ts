import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';

/** Takes every request and answers none. */
export interface MuteServer {
  readonly endpoint: string;
  /** Resolves when the next request is there. */
  asked(): Promise<void>;
  close(): Promise<void>;
}

/** Starts one on a free port of this machine. */
export async function startMuteServer(): Promise<MuteServer> {
  const server = createServer();
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    endpoint: `http://127.0.0.1:${String((server.address() as AddressInfo).port)}`,
    asked: async () => {
      await once(server, 'request');
    },
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
