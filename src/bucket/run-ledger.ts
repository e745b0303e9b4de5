import { ContractError } from '../contract/contract-error.ts';
import { runRecordKey, runRecordsPrefix } from '../contract/naming.ts';
import {
  parseRunRecord,
  RUN_RECORD_VERSION,
  serialiseRunRecord,
  type RunRecord,
} from '../contract/run-record.ts';
import { CogconvError, RunEndedError } from '../errors.ts';
import {
  StorageError,
  type ObjectInfo,
  type ObjectStore,
  type ReadOptions,
} from '../storage/object-store.ts';
import { documentKind, DOCUMENTS_AT_ONCE } from './documents.ts';
import { inOrder } from './in-order.ts';

/** A run that is to be published; `sequence` is `nextSequence` of the records that its plan was made with. */
export type RunDraft = Omit<RunRecord, 'version'>;

/** What of a published record may change. */
export type RunChange = Partial<
  Pick<RunRecord, 'state' | 'submissions' | 'queue' | 'heartbeatAt' | 'broken'>
>;

/** Someone else may write the same record at the same time; more often than this means that something is wrong. */
const SAVES_TRIED = 10;

/** How records are read. */
export interface RecordsOptions {
  /** Of `listDocuments` or `listReports`, which saves a listing. */
  readonly documents?: readonly Pick<ObjectInfo, 'key'>[];
  readonly signal?: AbortSignal | undefined;
}

/**
 * All runs, by their number.
 * @throws CogconvError naming the key of a record that cannot be read: without it nobody knows what is under way
 */
export async function readRunRecords(
  store: ObjectStore,
  cogPrefix: string,
  { documents, signal }: RecordsOptions = {},
): Promise<RunRecord[]> {
  const reading = signal === undefined ? {} : { signal };
  const keys = (documents ?? (await listRecords(store, cogPrefix, reading)))
    .map(({ key }) => key)
    .filter((key) => documentKind(key, cogPrefix)?.kind === 'record');
  const records: RunRecord[] = [];
  for await (const record of inOrder(keys, DOCUMENTS_AT_ONCE, (key) => readRecord(store, key, reading))) {
    if (record !== null) records.push(record);
  }
  return records.sort((a, b) => a.sequence - b.sequence);
}

/** The number that the next run has to claim. */
export function nextSequence(records: readonly RunRecord[]): number {
  return records.reduce((last, { sequence }) => Math.max(last, sequence), 0) + 1;
}

/**
 * Claims all files in the run's manifests, by creating the record under its number. `taken`: another run has that number,
 * so its files were not known when this one was planned; plan again.
 * @throws StorageError
 */
export async function publishRun(
  store: ObjectStore,
  cogPrefix: string,
  draft: RunDraft,
): Promise<RunRecord | 'taken'> {
  const record: RunRecord = { version: RUN_RECORD_VERSION, ...draft };
  const key = runRecordKey(cogPrefix, record.sequence);
  const text = serialiseRunRecord(record);
  try {
    await store.writeText(key, text, { condition: 'if-absent', contentType: 'application/json' });
    return record;
  } catch (error) {
    if (!isPrecondition(error)) throw error;
    // When the answer to a write is lost, the client writes again and meets its own record.
    return (await store.readText(key)) === text ? record : 'taken';
  }
}

/**
 * Changes a published record. Whoever writes first wins field by field; a run that is ended stays ended.
 * @throws RunEndedError when the change is no end and somebody else ended the run
 */
export async function saveRun(
  store: ObjectStore,
  cogPrefix: string,
  sequence: number,
  change: RunChange,
): Promise<RunRecord> {
  const key = runRecordKey(cogPrefix, sequence);
  for (let tried = 0; tried < SAVES_TRIED; tried++) {
    const saved = await trySave(store, key, change);
    if (saved !== null) return saved;
  }
  throw new CogconvError(`${store.describe(key)} is changed by others all the time`);
}

async function trySave(store: ObjectStore, key: string, change: RunChange): Promise<RunRecord | null> {
  const found = await store.head(key);
  if (found === null) {
    throw new CogconvError(`${store.describe(key)} was deleted while its run was under way`);
  }
  try {
    const current = await readRecord(store, key, { ifMatch: found.etag });
    if (current === null) return null;
    if (current.state === 'ended') return keepEnded(store, key, current, change);
    const record = { ...current, ...change };
    const condition = { replaces: found.etag };
    await store.writeText(key, serialiseRunRecord(record), { condition, contentType: 'application/json' });
    return record;
  } catch (error) {
    if (isPrecondition(error)) return null;
    throw error;
  }
}

function keepEnded(store: ObjectStore, key: string, current: RunRecord, change: RunChange): RunRecord {
  if (change.state === 'ended') return current;
  throw new RunEndedError(
    `run ${current.run} was ended from elsewhere (${store.describe(key)}); its files may be in another run by now`,
  );
}

async function listRecords(
  store: ObjectStore,
  cogPrefix: string,
  options: { readonly signal?: AbortSignal },
): Promise<ObjectInfo[]> {
  const found: ObjectInfo[] = [];
  for await (const page of store.list(runRecordsPrefix(cogPrefix), options)) found.push(...page);
  return found;
}

async function readRecord(store: ObjectStore, key: string, options: ReadOptions): Promise<RunRecord | null> {
  const text = await store.readText(key, options);
  if (text === null) return null;
  try {
    return parseRunRecord(text);
  } catch (cause) {
    if (!(cause instanceof ContractError)) throw cause;
    throw new CogconvError(`cannot read ${store.describe(key)}: ${cause.message}`, {
      cause,
      hint: 'without it nobody knows which files are under way; mend or delete it, or use the cogconv that wrote it',
    });
  }
}

/** Whether a conditional write found that its condition does not hold. */
export function isPrecondition(error: unknown): boolean {
  return error instanceof StorageError && error.fault === 'precondition';
}
