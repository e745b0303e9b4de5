import { isPermanent } from '../src/contract/failures.ts';
import { resultKey } from '../src/contract/naming.ts';
import type { Manifest, ManifestFile } from '../src/contract/manifest.ts';
import {
  RESULT_VERSION,
  type FileResult,
  type JobResult,
  type ProcessIdentity,
  type ResultState,
} from '../src/contract/result.ts';
import { StorageError, type ObjectStore } from '../src/storage/object-store.ts';
import { mayEndBetter } from './another-attempt.ts';
import { convertFile, type FileTools } from './convert-file.ts';
import type { GdalRunner } from './gdal-runner.ts';
import type { Logger } from './logger.ts';
import { ResourceGate, Stopped } from './resource-gate.ts';
import { Overtaken, ResultFile } from './result-file.ts';
import { ResultWriter } from './result-writer.ts';
import { budgetOf, fetchesOf, slotsOf, workOrder } from './schedule.ts';
import type { Scratch } from './scratch.ts';

/** What a worker is given beside its manifest. */
export interface JobContext {
  readonly store: ObjectStore;
  readonly scratch: Scratch;
  readonly gdal: GdalRunner;
  readonly log: Logger;
  readonly signal: AbortSignal;
  /** Aborts `signal`. */
  readonly giveUp: () => void;
  /** Aborted when the machine is about to go: nothing new starts, what is under way may end. */
  readonly drain: AbortSignal;
  /** Attempt as the runner counts, from 1. */
  readonly attempt: number;
  /** Version of cogconv. */
  readonly version: string;
  readonly identity: ProcessIdentity;
  /** Told of each row as it is done. */
  readonly onFile: (file: FileResult) => void;
  readonly now: () => number;
  readonly date: () => Date;
}

/** Exit codes of the worker; `retry` asks the runner for another attempt. */
export const EXIT = { done: 0, usage: 2, someFailed: 3, retry: 75 } as const;

const RESULT_PAUSE_MS = 1000;

/**
 * Works the manifest off. The result is in the bucket before the first file is touched and after the last.
 * @returns the exit code: 75 when another attempt may do more, 3 when files failed otherwise, 0 when none did
 * @throws Overtaken when another attempt has taken the job over; StorageError when the result cannot be read or written
 */
export async function runJob(manifest: Manifest, key: string | null, context: JobContext): Promise<number> {
  const file = key === null ? null : await ResultFile.open(context.store, resultKey(key));
  const earlier = file?.earlier ?? null;
  const rows = carriedOver(manifest.files, earlier, context);
  const book = new JobBook(manifest, rows, {
    context,
    startedAt: context.date().toISOString(),
    attempt: Math.max(context.attempt, (earlier?.attempt ?? 0) + 1),
  });
  const write = async (): Promise<void> => {
    await file?.write(book.document()).catch((error: unknown) => {
      if (error instanceof Overtaken) context.giveUp();
      throw error;
    });
  };
  const writer = new ResultWriter(write, {
    pauseMs: RESULT_PAUSE_MS,
    onFault: (error) => {
      context.log.warn({ error: String(error) }, 'Result:Unwritten');
    },
  });
  await write();
  const todo = manifest.files.filter(({ source }) => !rows.has(source));
  context.log.info(
    { run: manifest.run, job: manifest.job, files: manifest.files.length, todo: todo.length },
    'Job:Start',
  );
  await convertAll(manifest, todo, context, (row) => {
    book.add(row);
    context.onFile(row);
    writer.changed();
  });
  book.end(isStopping(context));
  await writer.finish().catch(resultUnwritten);
  const exitCode = book.exitCode();
  context.log.info({ state: book.state, exitCode }, 'Job:End');
  return exitCode;
}

/** What was good enough to begin, bucket and credentials, may be so again: another attempt is worth its while. */
function resultUnwritten(cause: unknown): never {
  if (cause instanceof Overtaken) throw cause;
  const message = cause instanceof Error ? cause.message : String(cause);
  throw new StorageError('unavailable', `the result was not written: ${message}`, { cause });
}

/**
 * Rows that another attempt would only repeat. A list of bare keys, which names no versions, may be given again when its sources were
 * mended or its COGs removed: there only a retry of the same job goes by what was.
 */
function carriedOver(
  files: readonly ManifestFile[],
  earlier: JobResult | null,
  { attempt }: Pick<JobContext, 'attempt'>,
): Map<string, FileResult> {
  const lasting = files.filter(({ etag }) => etag !== '' || attempt > 1);
  const wanted = new Map(lasting.map(({ source, target }) => [source, target]));
  const rows = (earlier?.files ?? []).filter(
    (row) =>
      wanted.get(row.source) === row.target &&
      (row.outcome !== 'failed' || (row.reason !== undefined && isPermanent(row.reason.code))),
  );
  return new Map(rows.map((row) => [row.source, row]));
}

async function convertAll(
  manifest: Manifest,
  todo: readonly ManifestFile[],
  context: JobContext,
  onRow: (row: FileResult) => void,
): Promise<void> {
  const budget = budgetOf(manifest.options);
  const queue = [...workOrder(todo, budget)];
  let left = queue.length;
  const tools: FileTools = {
    ...context,
    options: manifest.options,
    gate: new ResourceGate(budget, context.signal),
    fetching: new ResourceGate(fetchesOf(budget), context.signal),
    filesLeft: () => left,
  };
  const lane = async (_: unknown, slot: number): Promise<void> => {
    for (let row = queue.shift(); row !== undefined && !isStopping(context); row = queue.shift()) {
      const result = await convertLogged(tools, row, String(slot), context.log);
      left -= 1;
      if (result === null) return;
      onRow(result);
    }
  };
  await Promise.all(Array.from({ length: Math.min(slotsOf(budget), queue.length) }, lane));
}

function isStopping({ signal, drain }: JobContext): boolean {
  return signal.aborted || drain.aborted;
}

/** Null when the job was told to stop. */
async function convertLogged(
  tools: FileTools,
  row: ManifestFile,
  slot: string,
  log: Logger,
): Promise<FileResult | null> {
  try {
    const result = await convertFile(tools, row, slot);
    const { source, outcome, reason, seconds, steps } = result;
    if (outcome === 'failed') log.warn({ source, reason, seconds }, 'File:Failed');
    else log.info({ source, outcome, seconds, steps }, 'File:Done');
    return result;
  } catch (error) {
    if (error instanceof Stopped) return null;
    throw error;
  }
}

interface BookFacts {
  readonly context: JobContext;
  readonly startedAt: string;
  readonly attempt: number;
}

/** The result as it grows. */
class JobBook {
  state: ResultState = 'running';
  readonly #manifest: Manifest;
  readonly #rows: Map<string, FileResult>;
  readonly #facts: BookFacts;
  #finishedAt: string | null = null;

  constructor(manifest: Manifest, rows: Map<string, FileResult>, facts: BookFacts) {
    this.#manifest = manifest;
    this.#rows = rows;
    this.#facts = facts;
  }

  add(row: FileResult): void {
    this.#rows.set(row.source, row);
  }

  end(isStopped: boolean): void {
    const isWhole = this.#rows.size === this.#manifest.files.length;
    const mayMend = this.#manifest.files.some((file) => mayEndBetter(file, this.#rows.get(file.source)));
    if ((isStopped && !isWhole) || mayMend) this.state = 'interrupted';
    else this.state = this.#failures().length > 0 ? 'failed' : 'succeeded';
    this.#finishedAt = this.#facts.context.date().toISOString();
  }

  exitCode(): number {
    if (this.state === 'interrupted') return EXIT.retry;
    return this.state === 'failed' ? EXIT.someFailed : EXIT.done;
  }

  /** Rows in the manifest's order, whatever the order of work. */
  document(): JobResult {
    const { context, startedAt, attempt } = this.#facts;
    return {
      version: RESULT_VERSION,
      run: this.#manifest.run,
      job: this.#manifest.job,
      attempt,
      state: this.state,
      startedAt,
      finishedAt: this.#finishedAt,
      gdal: context.gdal.version,
      worker: context.version,
      process: context.identity,
      files: this.#manifest.files.flatMap(({ source }) => this.#rows.get(source) ?? []),
    };
  }

  #failures(): readonly FileResult[] {
    return [...this.#rows.values()].filter(({ outcome }) => outcome === 'failed');
  }
}
