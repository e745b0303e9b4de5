import { manifestsPrefix, runRecordsPrefix, summariesPrefix } from '../contract/naming.ts';
import type { ObjectInfo, ObjectStore } from '../storage/object-store.ts';

/** How many small documents are read or written at once: far below what one S3 prefix takes in a second. */
export const DOCUMENTS_AT_ONCE = 32;

/** What is known of a document without reading it. */
export type ListedDocument = Pick<ObjectInfo, 'key' | 'etag'>;

/** What cogconv keeps below `<COG_PREFIX>manifests/`. */
export type DocumentKind =
  | { readonly kind: 'record'; readonly sequence: number }
  | { readonly kind: 'summary'; readonly name: string }
  | { readonly kind: 'manifest' | 'result'; readonly run: string; readonly n: number };

const RECORD_NAME = /^(\d{8,})\.json$/;
const SUMMARY_NAME = /^(\d{8,}-\d+)\.jsonl$/;
const JOB_NAME = /^(.+)-(\d+)(\.result)?\.json$/s;

/** All documents, in key order. */
export async function listDocuments(
  store: ObjectStore,
  cogPrefix: string,
  signal?: AbortSignal,
): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const page of documentPages(store, cogPrefix, signal)) found.push(...page);
  return found;
}

/** What tells how runs went, in key order: all but the manifests, which are most of the documents. */
export async function listReports(
  store: ObjectStore,
  cogPrefix: string,
  signal?: AbortSignal,
): Promise<ListedDocument[]> {
  const found: ListedDocument[] = [];
  for await (const page of documentPages(store, cogPrefix, signal)) {
    for (const { key, etag } of page) {
      if (documentKind(key, cogPrefix)?.kind !== 'manifest') found.push({ key, etag });
    }
  }
  return found;
}

function documentPages(
  store: ObjectStore,
  cogPrefix: string,
  signal: AbortSignal | undefined,
): ReturnType<ObjectStore['list']> {
  return store.list(manifestsPrefix(cogPrefix), signal === undefined ? {} : { signal });
}

/** `cogs/manifests/x-2.result.json` -> result 2 of run `x`; null for what is none of ours. */
export function documentKind(key: string, cogPrefix: string): DocumentKind | null {
  const records = runRecordsPrefix(cogPrefix);
  if (key.startsWith(records)) return recordKind(key.slice(records.length));
  const summaries = summariesPrefix(cogPrefix);
  if (key.startsWith(summaries)) return summaryKind(key.slice(summaries.length));
  return jobKind(key.slice(manifestsPrefix(cogPrefix).length));
}

function recordKind(name: string): DocumentKind | null {
  const sequence = RECORD_NAME.exec(name)?.[1];
  return sequence === undefined ? null : { kind: 'record', sequence: Number(sequence) };
}

function summaryKind(file: string): DocumentKind | null {
  const name = SUMMARY_NAME.exec(file)?.[1];
  return name === undefined ? null : { kind: 'summary', name };
}

function jobKind(name: string): DocumentKind | null {
  const match = name.includes('/') ? null : JOB_NAME.exec(name);
  const [, run, n, result] = match ?? [];
  if (run === undefined || n === undefined) return null;
  return { kind: result === undefined ? 'manifest' : 'result', run, n: Number(n) };
}
