import type { DocumentCache } from '../../src/ports.ts';

/** A machine's cache in memory. */
export class MemoryCache implements DocumentCache {
  readonly texts = new Map<string, string>();

  read(name: string): Promise<string | null> {
    return Promise.resolve(this.texts.get(name) ?? null);
  }

  write(name: string, text: string): Promise<void> {
    this.texts.set(name, text);
    return Promise.resolve();
  }

  prune(isKept: (name: string) => boolean): Promise<void> {
    for (const name of this.texts.keys()) if (!isKept(name)) this.texts.delete(name);
    return Promise.resolve();
  }
}
