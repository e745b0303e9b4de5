import type { Shape } from './key-shapes.ts';
import { startStub } from './stub-process.ts';

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

/** Starts the stub; it answers once its pages are made. */
export async function openListStub(settings: ListStubSettings): Promise<ListStub> {
  const { url, close } = await startStub('bench/list-stub.ts', settings);
  return {
    url,
    stats: async () => (await (await fetch(`${url}/stats`)).json()) as ListStubStats,
    close,
  };
}
