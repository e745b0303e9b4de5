import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { cleanEnv } from './child.ts';
import type { Shape } from './key-shapes.ts';

/** What the stub's bucket holds and how late it answers. */
export interface ListStubSettings {
  readonly shape: Shape;
  readonly sources: number;
  readonly cogs: number;
  /** Before each answer. */
  readonly latencyMs: number;
}

/** What the stub was asked since it began. */
export interface ListStubStats {
  requests: number;
  mostAtOnce: number;
  connections: number;
}

/** A stub of S3 in its own process. */
export interface ListStub {
  /** `http://127.0.0.1:40123` */
  readonly url: string;
  stats(): Promise<ListStubStats>;
  close(): Promise<void>;
}

const ROOT = fileURLToPath(new URL('..', import.meta.url));

/** Starts the stub; it answers once its pages are made. */
export async function openListStub(settings: ListStubSettings): Promise<ListStub> {
  const child = spawn(process.execPath, ['script/run.mjs', 'bench/list-stub.ts', JSON.stringify(settings)], {
    cwd: ROOT,
    env: cleanEnv(),
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [port] = (await once(createInterface(child.stdout), 'line')) as [string];
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    stats: async () => (await (await fetch(`${url}/stats`)).json()) as ListStubStats,
    close: async () => {
      child.stdin.end();
      await once(child, 'close');
    },
  };
}
