import type { ObjectStore } from '../storage/object-store.ts';

/** Lists as much of a prefix as is enough to see that it can be. @throws StorageError */
export async function firstPage(store: ObjectStore, prefix: string, signal: AbortSignal): Promise<void> {
  const pages = store.list(prefix, { signal })[Symbol.asyncIterator]();
  await pages.next();
  await pages.return?.();
}
