import type { Config } from '../config.ts';
import { parseResult, type JobResult } from '../contract/result.ts';
import { CogconvError, ConfigError, EXIT } from '../errors.ts';
import type { JobLogs, LoggedAttempt, LoggedJob, LogLine } from '../ports-deploy.ts';
import type { Clock, Interrupts, Reporter } from '../ports.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { readStream } from './log-stream.ts';
import { findTarget, type LogTarget } from './log-target.ts';
import type { Outcome } from './outcome.ts';

/** What `logs` works with. */
export interface LogsDeps extends Pick<Interrupts, 'stop'> {
  readonly store: ObjectStore;
  /** Opened only for jobs of Batch. */
  jobLogs(): Promise<JobLogs>;
  readonly reporter: Reporter;
  readonly clock: Clock;
  /** Where `--follow` writes lines as they come. */
  print(lines: readonly LogLine[]): void;
}

/** What is typed behind the command. */
export interface LogsOptions {
  /** `<run>-<n>` or a Batch job id. */
  readonly job: string;
  readonly follow: boolean;
  /** From 1; null: the last one. */
  readonly attempt: number | null;
}

/** `cogconv logs`. */
export interface LogsReport {
  readonly job: string;
  readonly jobId: string | null;
  readonly attempt: number | null;
  /** `result`: no log is left (or there never was one), the job's result file stands in. */
  readonly source: 'cloudwatch' | 'result';
  /** Group and stream, or the result's place. */
  readonly place: string;
  /** Without those that `--follow` has printed already. */
  readonly lines: readonly LogLine[];
  /** The job's files, when `source` is `result`. */
  readonly result: JobResult | null;
}

/** The log of one attempt of a job, else what its result file says. @throws ConfigError for an unknown job or attempt */
export async function logs(
  deps: LogsDeps,
  config: Pick<Config, 'cogPrefix'>,
  options: LogsOptions,
): Promise<Outcome<LogsReport>> {
  const target = await findTarget(deps, config, options.job);
  const job = await findInBatch(deps, target);
  const report = job === null ? null : await fromCloudWatch(deps, job, options);
  // Batch knows of attempts that left no result
  const attempt = job === null ? options.attempt : null;
  return { report: report ?? (await fromResult(deps, target, attempt)), exitCode: EXIT.done };
}

/** A job that Batch knows, and where to ask for its logs. */
interface BatchJob {
  readonly name: string;
  readonly jobId: string;
  readonly jobLogs: JobLogs;
  readonly job: LoggedJob;
}

/** null: it is none of Batch's, or forgotten. */
async function findInBatch(deps: LogsDeps, { name, jobId }: LogTarget): Promise<BatchJob | null> {
  if (jobId === null) return null;
  const jobLogs = await deps.jobLogs();
  const job = await jobLogs.find(jobId);
  if (job !== null) return { name, jobId, jobLogs, job };
  deps.reporter.warn(`Batch does not know ${jobId} any more`);
  return null;
}

async function fromCloudWatch(
  deps: LogsDeps,
  { name, jobId, jobLogs, job }: BatchJob,
  options: LogsOptions,
): Promise<LogsReport | null> {
  const first = chooseAttempt(job, options.attempt);
  for (let attempt = first; ; attempt++) {
    const stream = await streamOf(deps, jobLogs, jobId, attempt, options);
    const lines = stream === null ? null : await readChosen(deps, jobLogs, jobId, stream, options);
    if (stream === null || lines === null)
      return attempt === first ? null : nothingMore(name, jobId, attempt);
    if (!(await goesOn(deps, jobLogs, { jobId, attempt }, options))) {
      const place = `${stream.group} ${stream.stream}`;
      return { job: name, jobId, attempt, source: 'cloudwatch', place, lines, result: null };
    }
  }
}

/** The job was tried again, and this try left no log: what was printed before it is all there is. */
function nothingMore(job: string, jobId: string, attempt: number): LogsReport {
  return { job, jobId, attempt, source: 'cloudwatch', place: '', lines: [], result: null };
}

/** Whether there is, or may be, another attempt to follow. */
async function goesOn(
  { stop }: LogsDeps,
  jobLogs: JobLogs,
  { jobId, attempt }: { readonly jobId: string; readonly attempt: number },
  options: LogsOptions,
): Promise<boolean> {
  if (!options.follow || options.attempt !== null || stop.aborted) return false;
  const job = await jobLogs.find(jobId);
  return job !== null && (job.active || job.attempts.length > attempt);
}

async function readChosen(
  deps: LogsDeps,
  jobLogs: JobLogs,
  jobId: string,
  chosen: ChosenStream,
  { follow }: LogsOptions,
): Promise<readonly LogLine[] | null> {
  const lines = await readStream({ ...deps, jobLogs }, { ...chosen, jobId, follow });
  if (lines === null) {
    deps.reporter.warn(
      `there is no log stream ${chosen.stream} in ${chosen.group}: deleted, or kept no longer`,
    );
  }
  return lines;
}

/** From 1; of a job that has not begun, whichever is wanted. @throws ConfigError when there was no such attempt */
function chooseAttempt({ attempts, jobName: name }: LoggedJob, wanted: number | null): number {
  if (wanted === null) return Math.max(attempts.length, 1);
  if (attempts.length > 0) refuseBeyond(attempts.length, name, wanted);
  return wanted;
}

function refuseBeyond(attempts: number, name: string, wanted: number): void {
  if (wanted <= attempts) return;
  const had = attempts === 1 ? 'attempt 1 alone' : `attempts 1 to ${String(attempts)}`;
  throw new ConfigError([`--attempt is ${String(wanted)}: ${name} has had ${had}`]);
}

interface ChosenStream {
  readonly group: string;
  readonly stream: string;
  readonly attempt: number;
}

/** Waits with `--follow` until the attempt has a stream; null when it never had one. */
async function streamOf(
  deps: LogsDeps,
  jobLogs: JobLogs,
  jobId: string,
  attempt: number,
  { follow }: LogsOptions,
): Promise<ChosenStream | null> {
  for (;;) {
    const job = await jobLogs.find(jobId);
    if (job === null) return null;
    const tried = job.attempts[attempt - 1];
    if (hasStream(tried)) return { group: job.group, stream: tried.stream, attempt };
    const mayCome = job.active && tried?.ended !== true;
    if (!mayCome || !follow || deps.stop.aborted) {
      deps.reporter.warn(noStream(job, attempt));
      return null;
    }
    await deps.clock.sleep(POLL_MS, deps.stop);
  }
}

function hasStream(
  attempt: LoggedAttempt | undefined,
): attempt is LoggedAttempt & { readonly stream: string } {
  return attempt !== undefined && attempt.stream !== null;
}

const POLL_MS = 3_000;

function noStream({ active, jobName: name, attempts }: LoggedJob, attempt: number): string {
  const ended = attempts[attempt - 1];
  if (active && ended === undefined) return `${name} has not begun: no log yet (--follow waits for it)`;
  const why = ended?.reason === null || ended === undefined ? '' : `: ${ended.reason}`;
  return `attempt ${String(attempt)} of ${name} never ran, so it has no log${why}`;
}

async function fromResult(
  { store, reporter }: LogsDeps,
  { name, jobId, resultKey: key, brokenAttempts }: LogTarget,
  attempt: number | null,
): Promise<LogsReport> {
  const text = key === null ? null : await store.readText(key);
  if (key === null || text === null) {
    throw new CogconvError(`${name} has left neither a log nor a result`, {
      hint: 'cogconv jobs tells its state',
    });
  }
  const result = parseResult(text);
  if (attempt !== null) refuseBeyond(Math.max(result.attempt, brokenAttempts), name, attempt);
  reporter.note(`no log; this is what the result file of ${name} says`);
  return {
    job: name,
    jobId,
    attempt: result.attempt,
    source: 'result',
    place: store.describe(key),
    lines: [],
    result,
  };
}
