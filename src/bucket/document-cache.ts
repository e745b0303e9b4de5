import type { DocumentCache } from '../ports.ts';

/** Reads through to a cache and keeps what is new to itself, for dry runs. */
export function overlay(below: Pick<DocumentCache, 'read'>): DocumentCache {
  const own = new Map<string, string>();
  return {
    read: async (name) => own.get(name) ?? (await below.read(name)),
    write: (name, text) => {
      own.set(name, text);
      return Promise.resolve();
    },
    prune: () => Promise.resolve(),
  };
}
