import type { FileResult, ProcessIdentity } from './contract/result.ts';
import type { RunnerName, RunRecord } from './contract/run-record.ts';
import type { JobState } from './plan/job-states.ts';

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
  /** Redraws the progress lines on a terminal (null removes them); nothing where stderr is no terminal. */
  progress(lines: readonly string[] | null): void;
}

/** Which processes live on this machine. */
export interface Processes {
  readonly own: ProcessIdentity;
  /** null: a process of another machine, nothing can be said. */
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
  /** Stores the record's new state in the bucket. */
  save(change: Partial<Pick<RunRecord, 'state' | 'submissions' | 'queue' | 'heartbeatAt'>>): Promise<void>;
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
  /** What the runner knows of each job (by its number from 1); jobs it does not know are absent. */
  observe(run: RunRecord): Promise<ReadonlyMap<number, JobObservation>>;
  /** Ends the run's jobs, started or not; returns how many were told to end. */
  cancel(run: RunRecord, reason: string): Promise<number>;
}
