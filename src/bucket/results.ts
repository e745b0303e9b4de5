import { ContractError } from '../contract/contract-error.ts';
import { parseResult, type JobResult } from '../contract/result.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';
import { documentKind, DOCUMENTS_AT_ONCE } from './documents.ts';
import { inOrder } from './in-order.ts';

/** What is known of a document without reading it. */
export type ListedDocument = Pick<ObjectInfo, 'key' | 'etag'>;

/** Results read before, by key and ETag: a result that is finished is never written again. */
export interface ResultMemory {
  get(document: ListedDocument): JobResult | null;
  set(document: ListedDocument, result: JobResult): void;
}

/** How results are read. */
export interface ReadResultsOptions {
  readonly memory?: ResultMemory;
  readonly signal?: AbortSignal;
  /** Told of each result that cannot be read; the others are read all the same. */
  onUnreadable?(problem: string): void;
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
  options: ReadResultsOptions = {},
): AsyncGenerator<JobResult> {
  const read = (document: ListedDocument): Promise<JobResult | null> => readResult(store, document, options);
  for await (const result of inOrder(results, DOCUMENTS_AT_ONCE, read)) if (result !== null) yield result;
}

async function readResult(
  store: ObjectStore,
  document: ListedDocument,
  options: ReadResultsOptions,
): Promise<JobResult | null> {
  const known = options.memory?.get(document) ?? null;
  if (known !== null) return known;
  const text = await store.readText(document.key, signalOf(options));
  const result = text === null ? null : parseOrTell(text, store.describe(document.key), options);
  // A result under way is written again before long, so keeping it is of no use.
  if (result !== null && result.state !== 'running') options.memory?.set(document, result);
  return result;
}

function signalOf({ signal }: ReadResultsOptions): { readonly signal?: AbortSignal } {
  return signal === undefined ? {} : { signal };
}

function parseOrTell(text: string, name: string, options: ReadResultsOptions): JobResult | null {
  try {
    return parseResult(text);
  } catch (error) {
    if (!(error instanceof ContractError)) throw error;
    options.onUnreadable?.(`cannot read ${name}: ${error.message}`);
    return null;
  }
}
