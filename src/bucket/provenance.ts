import type { Provenance } from '../plan/verify-outcome.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { documentKind, DOCUMENTS_AT_ONCE, listDocuments } from './documents.ts';
import { readResults, type ReadResultsOptions } from './results.ts';

/**
 * What each of these COGs was last converted from, by its key; a COG that no result names is absent. Newer results are read
 * first, and no more of them than are needed.
 * @throws StorageError
 */
export async function readProvenance(
  store: ObjectStore,
  cogPrefix: string,
  targets: ReadonlySet<string>,
  options: ReadResultsOptions = {},
): Promise<ReadonlyMap<string, Provenance>> {
  const found = new Map<string, Provenance>();
  if (targets.size === 0) return found;
  const documents = await listDocuments(store, cogPrefix, options.signal);
  const results = documents
    .filter(({ key }) => documentKind(key, cogPrefix)?.kind === 'result')
    .sort((a, b) => b.modifiedMs - a.modifiedMs);
  for await (const { result } of readResults(store, results, DOCUMENTS_AT_ONCE, options)) {
    for (const { source, sourceEtag, target, outcome } of result.files) {
      const isWanted = outcome === 'converted' && targets.has(target) && !found.has(target);
      if (isWanted) found.set(target, { source, sourceEtag });
    }
    if (found.size === targets.size) break;
  }
  return found;
}
