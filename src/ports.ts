import type { FileResult, ProcessIdentity } from './contract/result.ts';
import type { VerifiedFile, VerifyFile } from './contract/verification.ts';
import type { RunnerName, RunRecord } from './contract/run-record.ts';
import type { FailedSource } from './plan/result-digest.ts';
import type { SizedKeys } from './plan/sized-keys.ts';
import type { JobState } from './plan/job-states.ts';
import type { StateCount } from './plan/job-views.ts';
import type { WorkerVerdict } from './plan/worker-exit.ts';

/** Time, so that tests need not wait. */
export interface Clock {
  now(): Date;
  /** Ends early when the signal aborts (no error). */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** Lines for people, on stderr and in the log; never on stdout. */
export interface Reporter {
  /** What happens now; silenced by `--quiet`. */
  note(message: string): void;
  /** Something the user should act on; never silenced. */
  warn(message: string): void;
  /** Details for `--verbose` and the log: an event name `Noun:Verb` and its facts. */
  event(name: string, facts?: Readonly<Record<string, unknown>>): void;
  /** Redraws the progress on a terminal (null removes it); nothing where stderr is no terminal. */
  progress(state: Progress | null): void;
}

/** How far something long is: a plain count (`listing`, `writing manifests`), or a run. */
export type Progress =
  | { readonly kind: 'count'; readonly what: string; readonly done: number; readonly total: number | null }
  | { readonly kind: 'run'; readonly run: RunProgress };

/** How far a run is. */
export interface RunProgress {
  readonly files: number;
  readonly filesDone: number;
  readonly filesFailed: number;
  readonly bytes: number;
  readonly bytesDone: number;
  /** null while it cannot be told. */
  readonly etaSeconds: number | null;
  /** Jobs by state; empty where files are counted one by one. */
  readonly states: readonly StateCount[];
}

/** Which processes live on this machine. */
export interface Processes {
  readonly own: ProcessIdentity;
  /** null: nothing can be said, as of a process of another machine. */
  isAlive(identity: ProcessIdentity): boolean | null;
}

/** What a runner knows of one job. */
export interface JobObservation {
  readonly state: JobState;
  /** The runner's id: `local:<job name>`, a Batch job id, `<array id>:<index>`. */
  readonly jobId: string;
  /** Why it waits or failed, in the runner's words. */
  readonly reason: string | null;
  readonly attempts: number;
  readonly spotLosses: number;
  /** ISO 8601; since when it is in this state, where known. */
  readonly since: string | null;
}

/** What a command gives to a runner with the run it starts. */
export interface StartHooks {
  /** Stores the record's new state in the bucket. @throws RunEndedError when somebody else ended the run meanwhile */
  save(
    change: Partial<Pick<RunRecord, 'state' | 'submissions' | 'queue' | 'heartbeatAt' | 'broken'>>,
  ): Promise<void>;
  /** A file of job `n` was done (local runner only; Batch tells through results). */
  onFile(n: number, file: FileResult): void;
  /** First Ctrl-C: start nothing new, let workers tidy up. */
  readonly stop: AbortSignal;
  /** Second Ctrl-C: end at once. */
  readonly kill: AbortSignal;
}

/** Where jobs run: AWS Batch, or this machine. */
export interface Runner {
  readonly name: RunnerName;
  /**
   * Starts all jobs of a published run. `local` resolves when they have ended, `batch` when they are accepted.
   * @throws AwsError, NotSetUpError, CogconvError
   */
  start(run: RunRecord, hooks: StartHooks): Promise<void>;
  /**
   * What the runner knows of each job (by its number from 1); jobs it does not know are absent. Of `finished` jobs the
   * results tell the end, so nothing need be asked about them.
   */
  observe(run: RunRecord, finished: ReadonlySet<number>): Promise<ReadonlyMap<number, JobObservation>>;
  /** Ends the run's jobs, started or not; returns how many were told to end. */
  cancel(run: RunRecord, reason: string): Promise<number>;
}

/** COGs to verify on this machine, and how. */
export interface VerifyWork {
  readonly files: readonly VerifyFile[];
  readonly pixels: boolean;
  /** Limit for decoding one raster; null = derived from the number of pixels. */
  readonly fileTimeoutSeconds: number | null;
}

/** Compares COGs in the bucket with their sources, on this machine. */
export interface Verifier {
  /** Tells each COG as it is done; resolves with how the worker ended. COGs that were not told by then were not verified. */
  verify(
    work: VerifyWork,
    hooks: Pick<StartHooks, 'stop' | 'kill'> & { readonly onFile: (file: VerifiedFile) => void },
  ): Promise<WorkerVerdict>;
}

/** Answers of the person at the terminal. */
export interface Person {
  /** Asks for yes or no; null when nobody is there to ask (stdin is no terminal). */
  confirm(question: string): Promise<boolean | null>;
}

/** What Ctrl-C has asked for so far. */
export interface Interrupts {
  /** First Ctrl-C (or SIGTERM): stop in good order. */
  readonly stop: AbortSignal;
  /** Second Ctrl-C: at once. */
  readonly kill: AbortSignal;
}

/** Pages as they come: all at once, or one of a listing after the other. */
export type Pages<Page> = Iterable<Page> | AsyncIterable<Page>;

/** The lists of keys in `OUTPUT_DIR`; each is replaced whole, and its path is the answer. */
export interface StatusLists {
  /** raw_tiffs.txt, page by page. @throws what the pages throw */
  sources(pages: Pages<SizedKeys>): Promise<string>;
  /** existing_cogs.txt */
  cogs(keys: SizedKeys): Promise<string>;
  /** pending_conversions.txt */
  pending(keys: SizedKeys): Promise<string>;
  /** failed_conversions.txt, which nobody holds whole. */
  failed(failures: Iterable<FailedSource>): Promise<string>;
}

/** One entry of submitted_jobs.json; `jobId` is empty until the runner has given one. */
export interface SubmittedJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly manifestKey: string;
  readonly fileCount: number;
  /** ISO 8601. */
  readonly submittedAt: string;
  readonly run: string;
  readonly bucket: string;
  readonly runner: RunnerName;
}

/** submitted_jobs.json: grown by every run; entries with a known `jobName` are replaced. */
export interface SubmittedJobs {
  record(jobs: readonly SubmittedJob[]): Promise<void>;
}

/**
 * Texts on this machine that save reading documents of the bucket again, by name (`00000042-1`). Losing one costs time and
 * nothing else, so neither method throws.
 */
export interface DocumentCache {
  read(name: string): Promise<string | null>;
  write(name: string, text: string): Promise<void>;
  /** Removes those that are not kept. */
  prune(isKept: (name: string) => boolean): Promise<void>;
}
