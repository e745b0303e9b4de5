import { saveRun } from '../bucket/run-ledger.ts';
import type { Config } from '../config.ts';
import { jobName, manifestKey } from '../contract/naming.ts';
import type { RunnerName, RunRecord } from '../contract/run-record.ts';
import { groupFailures } from '../plan/failures.ts';
import type { JobView } from '../plan/job-views.ts';
import type { Runner, SubmittedJob, SubmittedJobs } from '../ports.ts';
import type { RunOutcome } from './reports.ts';
import { RunProgressTracker } from './run-progress.ts';
import { lookAtRuns, type RunsSnapshot, type SnapshotDeps } from './snapshot.ts';
import { groupWarnings } from './warnings.ts';

const LOOK_EVERY_MS = 15_000;

/** What starting and watching a run needs. */
export interface DriveDeps extends SnapshotDeps {
  readonly kill: AbortSignal;
  readonly submitted: SubmittedJobs;
  /** Asked before anything of a run is written. @throws NotSetUpError naming the command to run first */
  checkReady(runner: RunnerName): Promise<void>;
}

/** Starts a claimed run, and follows it to its end when it is local or `wait` is set; null when it goes on without us. */
export async function driveRun(
  deps: DriveDeps,
  config: Config,
  record: RunRecord,
  wait: boolean,
): Promise<RunOutcome | null> {
  const runner = await deps.runner(record.runner);
  await deps.submitted.record(entries(deps, config, record, new Map()));
  await start(deps, config, record, runner);
  if (record.runner === 'batch') await recordIds(deps, config, record, runner);
  if (record.runner === 'batch' && !wait) return null;
  return follow(deps, config, record);
}

async function start(deps: DriveDeps, config: Config, record: RunRecord, runner: Runner): Promise<void> {
  const tracker = record.runner === 'local' ? new RunProgressTracker(record, deps) : null;
  try {
    await runner.start(record, {
      save: async (change) => {
        await saveRun(deps.store, config.cogPrefix, record.sequence, change);
      },
      onFile: (_, file) => tracker?.add(file.sourceBytes, file.outcome === 'failed'),
      stop: deps.stop,
      kill: deps.kill,
    });
  } finally {
    deps.reporter.progress(null);
  }
}

async function recordIds(deps: DriveDeps, config: Config, record: RunRecord, runner: Runner): Promise<void> {
  const seen = await runner.observe(record);
  const ids = new Map([...seen].map(([n, { jobId }]) => [n, jobId]));
  await deps.submitted.record(entries(deps, config, record, ids));
}

function entries(
  { store }: DriveDeps,
  { cogPrefix }: Config,
  { run, runner, createdAt, jobSizes }: RunRecord,
  ids: ReadonlyMap<number, string>,
): SubmittedJob[] {
  return jobSizes.map(([fileCount], at) => ({
    jobId: ids.get(at + 1) ?? (runner === 'local' ? `local:${jobName(run, at + 1)}` : ''),
    jobName: jobName(run, at + 1),
    manifestKey: manifestKey(cogPrefix, run, at + 1),
    fileCount,
    submittedAt: createdAt,
    run,
    bucket: store.bucket,
    runner,
  }));
}

/** Looks at the run until nothing of it is under way (Ctrl-C only ends the looking), then sums it up. */
async function follow(deps: DriveDeps, config: Config, record: RunRecord): Promise<RunOutcome> {
  const tracker = record.runner === 'batch' ? new RunProgressTracker(record, deps) : null;
  for (;;) {
    // the last look must also work after Ctrl-C
    const snapshot = await lookAtRuns({ ...deps, stop: deps.kill }, config, {
      isWanted: ({ run }) => run === record.run,
    });
    const jobs = snapshot.runs.flatMap((run) => run.jobs);
    if (deps.stop.aborted || !jobs.some(({ active }) => active)) {
      deps.reporter.progress(null);
      return summary(deps, record, jobs, snapshot);
    }
    tracker?.set({
      filesDone: sum(jobs, 'done') + sum(jobs, 'failed'),
      filesFailed: sum(jobs, 'failed'),
      bytesDone: sum(jobs, 'bytesDone'),
    });
    await deps.clock.sleep(LOOK_EVERY_MS, deps.stop);
  }
}

function summary(
  { clock }: DriveDeps,
  record: RunRecord,
  jobs: readonly JobView[],
  { history }: RunsSnapshot,
): RunOutcome {
  const done = sum(jobs, 'done') + sum(jobs, 'failed');
  return {
    converted: sum(jobs, 'converted'),
    skipped: sum(jobs, 'skipped'),
    failed: sum(jobs, 'failed'),
    unfinished: record.files - done,
    sourceBytes: sum(jobs, 'convertedBytes'),
    cogBytes: sum(jobs, 'cogBytes'),
    seconds: (clock.now().getTime() - Date.parse(record.createdAt)) / 1000,
    failures: groupFailures(history.failures.values()),
    warnings: groupWarnings(history.warned()),
  };
}

function sum(
  jobs: readonly JobView[],
  field: 'done' | 'converted' | 'skipped' | 'failed' | 'bytesDone' | 'convertedBytes' | 'cogBytes',
): number {
  return jobs.reduce((total, job) => total + job[field], 0);
}
