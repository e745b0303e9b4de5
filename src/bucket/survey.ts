import { manifestsPrefix } from '../contract/naming.ts';
import type { RunRecord } from '../contract/run-record.ts';
import type { FileHistory } from '../plan/file-history.ts';
import { endOfRun, viewRun, type Alive, type JobView } from '../plan/job-views.ts';
import { batchRemembers, processLives } from '../plan/liveness.ts';
import { isFinished, type ResultSummary } from '../plan/result-summary.ts';
import { batchJobId } from '../plan/submissions.ts';
import type { Clock, DocumentCache, JobObservation, Processes, Runner } from '../ports.ts';
import { StorageError, type ObjectStore } from '../storage/object-store.ts';
import { readDigests, type DigestPlaces } from './digests.ts';
import type { ListedDocument } from './documents.ts';
import { HELD_SOURCES } from './held-sources.ts';
import { resultsByRun, type ReadResultsOptions } from './results.ts';
import { readRunRecords, saveRun } from './run-ledger.ts';
import { SummaryStore } from './summary-store.ts';

/** What a look at all runs needs. */
export interface SurveyContext {
  readonly store: ObjectStore;
  readonly cogPrefix: string;
  /** The runner of a run that has not ended; null when there is none to ask (status files and results must do). */
  readonly runnerOf: (record: RunRecord) => Promise<Pick<Runner, 'observe'> | null>;
  readonly processes: Processes;
  readonly clock: Clock;
  /** Keeps what was read; a dry run gives one that does not outlive it. */
  readonly cache: DocumentCache;
}

/** How to look. */
export interface SurveyOptions extends ReadResultsOptions {
  /** Gets every result, older runs first. */
  readonly history?: FileHistory;
  /** Store runs that are found to be over as ended, with their summaries, so that later looks are cheaper; not for dry runs. */
  readonly storeEnds?: boolean;
  /** Only these runs; the others are not read at all. */
  isWanted?(record: RunRecord): boolean;
}

/** A run and its jobs as they are now. */
export interface RunView {
  readonly record: RunRecord;
  readonly jobs: readonly JobView[];
  readonly active: boolean;
}

/**
 * Looks at runs one after the other, by their number; only one run's results are in memory.
 *
 * For planning, call this (and `listReports` before it) BEFORE the COGs are listed: a run that ends between the two is
 * then seen as under way, or its COGs are seen, never neither.
 * @throws CogconvError for an unreadable record, StorageError, what the runner throws
 */
export async function* surveyRuns(
  context: SurveyContext,
  documents: readonly ListedDocument[],
  options: SurveyOptions = {},
): AsyncGenerator<RunView> {
  const { store, cogPrefix } = context;
  const records = await readRunRecords(store, cogPrefix, { documents, signal: options.signal });
  const results = resultsByRun(documents, cogPrefix);
  const isWritable = options.storeEnds === true;
  const places = { ...context, summaries: new SummaryStore(store, cogPrefix, documents, { isWritable }) };
  for (const record of records) {
    if (options.isWanted?.(record) === false) continue;
    yield await viewOne({ ...context, places }, record, results.get(record.run) ?? [], options);
  }
  const states = new Map(records.map(({ sequence, state }) => [sequence, state]));
  await context.cache.prune((name) => {
    const state = states.get(sequenceOf(name));
    return state !== undefined && !(state === 'ended' && name.endsWith(HELD_SOURCES));
  });
}

/** Who of a run lives, by this machine's process table, the owner's heartbeat and the run's age. */
export function livenessOf(record: RunRecord, processes: Processes, now: Date): Alive {
  return {
    owner: processLives(record.heartbeatAt, processes.isAlive(record.owner), now),
    worker: (process) => processLives(record.heartbeatAt, processes.isAlive(process), now),
    remembered: batchRemembers(record.createdAt, now),
  };
}

interface LookContext extends SurveyContext {
  readonly places: DigestPlaces;
}

async function viewOne(
  context: LookContext,
  record: RunRecord,
  listed: readonly ListedDocument[],
  options: SurveyOptions,
): Promise<RunView> {
  // Who lives is asked before results are read: a job that ends between the two then has its result.
  const alive = livenessOf(record, context.processes, context.clock.now());
  const finished = await finishedJobs(context, record, listed, options);
  const observed = await observe(context, record, finished);
  const results = record.state === 'ended' ? listed : await listResults(context, record.run);
  const summaries = new Map<number, ResultSummary>();
  for await (const digest of readDigests(context.places, record, results, options)) {
    summaries.set(digest.summary.job, digest.summary);
    options.history?.add(record.run, digest, record.options);
  }
  noteRestarts(observed, record, finished, summaries);
  const jobs = viewRun(record, summaries, observed, alive);
  if (options.storeEnds === true) await storeEnd(context, record, jobs, results);
  return { record, jobs, active: jobs.some(({ active }) => active) };
}

async function listResults({ store, cogPrefix }: SurveyContext, run: string): Promise<ListedDocument[]> {
  const found: ListedDocument[] = [];
  for await (const page of store.list(`${manifestsPrefix(cogPrefix)}${run}-`)) found.push(...page);
  return resultsByRun(found, cogPrefix).get(run) ?? [];
}

/** Jobs of which the bucket tells the end, so that their runner need not be asked. */
async function finishedJobs(
  { places }: LookContext,
  record: RunRecord,
  listed: readonly ListedDocument[],
  { signal }: SurveyOptions,
): Promise<ReadonlySet<number>> {
  const finished = new Set<number>();
  if (record.state === 'ended') return finished;
  for await (const { summary } of readDigests(
    places,
    record,
    listed,
    signal === undefined ? {} : { signal },
  )) {
    if (isFinished(summary)) finished.add(summary.job);
  }
  return finished;
}

async function observe(
  { runnerOf }: SurveyContext,
  record: RunRecord,
  finished: ReadonlySet<number>,
): Promise<Map<number, JobObservation>> {
  const runner = record.state === 'ended' ? null : await runnerOf(record);
  return new Map(runner === null ? [] : await runner.observe(record, finished));
}

/** A job that Batch began again (its machine was lost as it ended) was not asked about; its new result tells that it runs. */
function noteRestarts(
  observed: Map<number, JobObservation>,
  { runner, submissions }: RunRecord,
  finished: ReadonlySet<number>,
  summaries: ReadonlyMap<number, ResultSummary>,
): void {
  for (const n of runner === 'batch' ? finished : []) {
    const now = summaries.get(n);
    if (now === undefined || isFinished(now)) continue;
    const jobId = batchJobId(submissions, n) ?? '';
    observed.set(n, { state: 'RUNNING', jobId, reason: null, attempts: 0, spotLosses: 0, since: null });
  }
}

async function storeEnd(
  { store, cogPrefix, places }: LookContext,
  record: RunRecord,
  jobs: readonly JobView[],
  results: readonly ListedDocument[],
): Promise<void> {
  const end = endOfRun(record, jobs);
  if (end === null) return;
  try {
    const ended = await saveRun(store, cogPrefix, record.sequence, end);
    // Now that it has ended it is summarised, of digests that were kept a moment ago.
    await drain(readDigests(places, ended, results));
  } catch (error) {
    // It only saves work later; whoever may read but not write still gets his answer.
    if (!(error instanceof StorageError)) throw error;
  }
}

async function drain(digests: AsyncGenerator): Promise<void> {
  let step = await digests.next();
  while (step.done !== true) step = await digests.next();
}

/** `00000042-1` -> 42. */
function sequenceOf(name: string): number {
  return Number.parseInt(name, 10);
}
