import { manifestKey, manifestsPrefix } from '../contract/naming.ts';
import type { RunRecord } from '../contract/run-record.ts';
import type { FileHistory } from '../plan/file-history.ts';
import {
  endOfRun,
  summariseResult,
  viewRun,
  type Alive,
  type JobView,
  type ResultSummary,
} from '../plan/job-views.ts';
import { ownerLives } from '../plan/liveness.ts';
import type { Clock, JobObservation, Processes, Runner } from '../ports.ts';
import { StorageError, type ObjectStore } from '../storage/object-store.ts';
import { readManifests } from './manifests.ts';
import { readResults, resultsByRun, type ListedDocument, type ReadResultsOptions } from './results.ts';
import { readRunRecords, saveRun } from './run-ledger.ts';

/** What a look at all runs needs. */
export interface SurveyContext {
  readonly store: ObjectStore;
  readonly cogPrefix: string;
  /** The runner of a run that has not ended; null when there is none to ask (status files and results must do). */
  readonly runnerOf: (record: RunRecord) => Promise<Pick<Runner, 'observe'> | null>;
  readonly processes: Processes;
  readonly clock: Clock;
}

/** How to look. */
export interface SurveyOptions extends ReadResultsOptions {
  /** Gets every result, older runs first. */
  readonly history?: FileHistory;
  /** Store runs that are found to be over as ended, so that the next look is cheaper; not for dry runs. */
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
 * For planning, call this (and `listDocuments` before it) BEFORE the COGs are listed: a run that ends between the two is
 * then seen as under way, or its COGs are seen, never neither.
 * @throws CogconvError for an unreadable record, StorageError, what the runner throws
 */
export async function* surveyRuns(
  context: SurveyContext,
  documents: readonly ListedDocument[],
  options: SurveyOptions = {},
): AsyncGenerator<RunView> {
  const { store, cogPrefix } = context;
  const records = await readRunRecords(store, cogPrefix, documents);
  const results = resultsByRun(documents, cogPrefix);
  for (const record of records) {
    if (options.isWanted?.(record) === false) continue;
    yield await viewOne(context, record, results.get(record.run) ?? [], options);
  }
}

/**
 * Sources that jobs under way hold. Reads the manifests of active jobs only.
 * @throws CogconvError naming a manifest that cannot be read: its files cannot be told from free ones
 */
export async function* sourcesInFlight(
  store: ObjectStore,
  cogPrefix: string,
  jobs: Iterable<JobView>,
): AsyncGenerator<string> {
  for await (const { files } of readManifests(store, keysOfActive(cogPrefix, jobs))) {
    for (const { source } of files) yield source;
  }
}

/** Who of a run lives, by this machine's process table and the owner's heartbeat. */
export function livenessOf(record: RunRecord, processes: Processes, now: Date): Alive {
  return {
    owner: ownerLives(record.heartbeatAt, processes.isAlive(record.owner), now),
    // A worker elsewhere says nothing of itself between two files; its owner's word is all there is.
    worker: (process) => processes.isAlive(process) === true,
  };
}

async function viewOne(
  context: SurveyContext,
  record: RunRecord,
  listed: readonly ListedDocument[],
  options: SurveyOptions,
): Promise<RunView> {
  // Who lives is asked before results are read: a job that ends between the two then has its result.
  const alive = livenessOf(record, context.processes, context.clock.now());
  const observed = await observe(context, record);
  const documents = record.state === 'ended' ? listed : await listResults(context, record.run);
  const summaries = new Map<number, ResultSummary>();
  for await (const result of readResults(context.store, documents, options)) {
    summaries.set(result.job, summariseResult(result));
    options.history?.add(result, record.options);
  }
  const jobs = viewRun(record, summaries, observed, alive);
  if (options.storeEnds === true) await storeEnd(context, record, jobs);
  return { record, jobs, active: jobs.some(({ active }) => active) };
}

async function listResults({ store, cogPrefix }: SurveyContext, run: string): Promise<ListedDocument[]> {
  const found: ListedDocument[] = [];
  for await (const page of store.list(`${manifestsPrefix(cogPrefix)}${run}-`)) found.push(...page);
  return resultsByRun(found, cogPrefix).get(run) ?? [];
}

async function observe(
  { runnerOf }: SurveyContext,
  record: RunRecord,
): Promise<ReadonlyMap<number, JobObservation>> {
  if (record.state === 'ended') return new Map();
  const runner = await runnerOf(record);
  return runner === null ? new Map<number, JobObservation>() : await runner.observe(record);
}

async function storeEnd(
  { store, cogPrefix }: SurveyContext,
  record: RunRecord,
  jobs: readonly JobView[],
): Promise<void> {
  const end = endOfRun(record, jobs);
  if (end === null) return;
  try {
    await saveRun(store, cogPrefix, record.sequence, end);
  } catch (error) {
    // It only saves work later; whoever may read but not write still gets his answer.
    if (!(error instanceof StorageError)) throw error;
  }
}

function* keysOfActive(cogPrefix: string, jobs: Iterable<JobView>): Generator<string> {
  for (const { active, run, n } of jobs) if (active) yield manifestKey(cogPrefix, run, n);
}
