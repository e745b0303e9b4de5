import { ContractError } from '../contract/contract-error.ts';
import { parseManifest } from '../contract/manifest.ts';
import type { RunRecord } from '../contract/run-record.ts';
import { StorageError, type ObjectInfo, type ObjectStore } from '../storage/object-store.ts';
import { documentKind, DOCUMENTS_AT_ONCE } from './documents.ts';
import { inOrder } from './in-order.ts';

/** No `convert` takes as long between its first manifest and its record. */
const SURELY_ABANDONED_MS = 24 * 60 * 60 * 1000;

/** Manifests that no record tells of and no worker took up, all older than a day: a `convert` ended before it published them. */
export function abandonedManifests(
  documents: readonly Pick<ObjectInfo, 'key' | 'modifiedMs'>[],
  cogPrefix: string,
  records: readonly Pick<RunRecord, 'run'>[],
  now: Date,
): string[] {
  const runs = new Set(records.map(({ run }) => run));
  const kinds = documents.map((document) => ({ document, kind: documentKind(document.key, cogPrefix) }));
  for (const { kind } of kinds) if (kind?.kind === 'result') runs.add(kind.run);
  return kinds.flatMap(({ document, kind }) => {
    const isOld = now.getTime() - document.modifiedMs > SURELY_ABANDONED_MS;
    return kind?.kind === 'manifest' && isOld && !runs.has(kind.run) ? [document.key] : [];
  });
}

/** How abandoned manifests are removed. */
export interface RemoveAbandonedOptions {
  /** Ends it; the next `convert` goes on. */
  readonly signal?: AbortSignal;
  /** After each key. */
  onDone?(done: number): void;
}

/** Deletes those of the keys that are manifests of cogconv (the Python tool's look alike by name); returns how many. */
export async function removeAbandoned(
  store: ObjectStore,
  keys: readonly string[],
  options: RemoveAbandonedOptions = {},
): Promise<number> {
  let [done, removed] = [0, 0];
  for await (const wasOurs of inOrder(keys, DOCUMENTS_AT_ONCE, (key) => removeOurs(store, key))) {
    done += 1;
    if (wasOurs) removed += 1;
    options.onDone?.(done);
    // those under way end in any case
    if (options.signal?.aborted === true) break;
  }
  return removed;
}

async function removeOurs(store: ObjectStore, key: string): Promise<boolean> {
  try {
    const text = await store.readText(key);
    if (text === null || !isManifest(text)) return false;
    await store.delete(key);
    return true;
  } catch (error) {
    // it harms nobody, so it is no reason for a command to fail
    if (error instanceof StorageError) return false;
    throw error;
  }
}

function isManifest(text: string): boolean {
  try {
    parseManifest(text);
    return true;
  } catch (error) {
    if (error instanceof ContractError) return false;
    throw error;
  }
}
