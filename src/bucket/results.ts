import { ContractError } from '../contract/contract-error.ts';
import { parseResult, type JobResult } from '../contract/result.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { documentKind, type ListedDocument } from './documents.ts';
import { inOrder } from './in-order.ts';
import { isPrecondition } from './run-ledger.ts';

/** How results are read. */
export interface ReadResultsOptions {
  readonly signal?: AbortSignal;
  /** Told of each result that cannot be read; the others are read all the same. */
  onUnreadable?(problem: string): void;
}

/** A result; `etag` is null when it is not the one that was listed but a newer one. */
export interface ReadResult {
  readonly result: JobResult;
  readonly etag: string | null;
}

/** The results among `documents` by run name, so that millions need not be searched per run. */
export function resultsByRun(
  documents: Iterable<ListedDocument>,
  cogPrefix: string,
): Map<string, ListedDocument[]> {
  const byRun = new Map<string, ListedDocument[]>();
  for (const document of documents) {
    const kind = documentKind(document.key, cogPrefix);
    if (kind?.kind !== 'result') continue;
    const known = byRun.get(kind.run);
    if (known === undefined) byRun.set(kind.run, [document]);
    else known.push(document);
  }
  return byRun;
}

/**
 * Reads results, some at once, in the given order; one at a time is in memory but for those under way.
 * @throws StorageError when the store fails; an unreadable or vanished result is only told
 */
export async function* readResults(
  store: ObjectStore,
  results: Iterable<ListedDocument>,
  atOnce: number,
  options: ReadResultsOptions = {},
): AsyncGenerator<ReadResult> {
  const read = (document: ListedDocument): Promise<ReadResult | null> => readResult(store, document, options);
  for await (const one of inOrder(results, atOnce, read)) if (one !== null) yield one;
}

async function readResult(
  store: ObjectStore,
  { key, etag }: ListedDocument,
  options: ReadResultsOptions,
): Promise<ReadResult | null> {
  const signal = options.signal === undefined ? {} : { signal: options.signal };
  try {
    const text = await store.readText(key, { ...signal, ifMatch: etag });
    return parseOrTell(text, etag, store.describe(key), options);
  } catch (error) {
    if (!isPrecondition(error)) throw error;
    return parseOrTell(await store.readText(key, signal), null, store.describe(key), options);
  }
}

function parseOrTell(
  text: string | null,
  etag: string | null,
  name: string,
  options: ReadResultsOptions,
): ReadResult | null {
  if (text === null) return null;
  try {
    return { result: parseResult(text), etag };
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    options.onUnreadable?.(`cannot read ${name}: ${error.message}`);
    return null;
  }
}
