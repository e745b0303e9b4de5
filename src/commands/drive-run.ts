import { saveRun } from '../bucket/run-ledger.ts';
import type { Config } from '../config.ts';
import { jobName, manifestKey } from '../contract/naming.ts';
import type { FileResult } from '../contract/result.ts';
import type { BatchSubmission, RunnerName, RunRecord } from '../contract/run-record.ts';
import { groupFailures } from '../plan/failures.ts';
import type { JobView } from '../plan/job-views.ts';
import { batchJobId } from '../plan/submissions.ts';
import type { Runner, SubmittedJob, SubmittedJobs } from '../ports.ts';
import { followRuns, sumOf, type Followed } from './follow.ts';
import type { RunOutcome } from './reports.ts';
import { RunProgressTracker } from './run-progress.ts';
import type { SnapshotDeps } from './snapshot.ts';
import { groupWarnings } from './warnings.ts';

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
  const submissions = await start(deps, config, record, runner);
  if (record.runner === 'batch') await recordIds(deps, config, record, submissions);
  if (record.runner === 'batch' && !wait) return null;
  return summary(deps, record, await followRuns(deps, config, ({ run }) => run === record.run));
}

/** Gives what was submitted to Batch. */
async function start(
  deps: DriveDeps,
  config: Config,
  record: RunRecord,
  runner: Runner,
): Promise<readonly BatchSubmission[]> {
  let { submissions } = record;
  const tell = record.runner === 'local' ? fileCounter(deps, record) : () => undefined;
  try {
    await runner.start(record, {
      save: async (change) => {
        const heartbeatAt = deps.clock.now().toISOString();
        await saveRun(deps.store, config.cogPrefix, record.sequence, { heartbeatAt, ...change });
        submissions = change.submissions ?? submissions;
      },
      onFile: (_, file) => {
        tell(file);
      },
      stop: deps.stop,
      kill: deps.kill,
    });
    return submissions;
  } finally {
    deps.reporter.progress(null);
  }
}

/** Tells a run's progress file by file. */
function fileCounter(deps: DriveDeps, { files, bytes }: RunRecord): (file: FileResult) => void {
  const tracker = new RunProgressTracker(deps);
  let now = { files, bytes, filesDone: 0, filesFailed: 0, bytesDone: 0, states: [] };
  tracker.set(now);
  return ({ sourceBytes, outcome }) => {
    now = {
      ...now,
      filesDone: now.filesDone + 1,
      filesFailed: now.filesFailed + (outcome === 'failed' ? 1 : 0),
      bytesDone: now.bytesDone + sourceBytes,
    };
    tracker.set(now);
  };
}

/** The submits tell every id; to ask Batch would cost calls, and it may not know its newest jobs yet. */
async function recordIds(
  deps: DriveDeps,
  config: Config,
  record: RunRecord,
  submissions: readonly BatchSubmission[],
): Promise<void> {
  const ids = new Map(record.jobSizes.map((_, at) => [at + 1, batchJobId(submissions, at + 1) ?? '']));
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

/** Jobs that are over without an outcome for each file, by what is known of the cause. */
function brokenJobs(jobs: readonly JobView[]): RunOutcome['broken'] {
  const byReason = new Map<string, { jobs: number; files: number }>();
  for (const { state, cause, files, done, failed } of jobs) {
    if (state !== 'FAILED' || done + failed === files) continue;
    const reason = cause ?? 'failed';
    const before = byReason.get(reason) ?? { jobs: 0, files: 0 };
    byReason.set(reason, { jobs: before.jobs + 1, files: before.files + files - done - failed });
  }
  return Array.from(byReason, ([reason, counts]) => ({ reason, ...counts }));
}

function summary({ clock }: DriveDeps, record: RunRecord, { jobs, history }: Followed): RunOutcome {
  const done = sumOf(jobs, 'done') + sumOf(jobs, 'failed');
  return {
    converted: sumOf(jobs, 'converted'),
    skipped: sumOf(jobs, 'skipped'),
    failed: sumOf(jobs, 'failed'),
    unfinished: record.files - done,
    sourceBytes: sumOf(jobs, 'convertedBytes'),
    cogBytes: sumOf(jobs, 'cogBytes'),
    seconds: (clock.now().getTime() - Date.parse(record.createdAt)) / 1000,
    broken: brokenJobs(jobs),
    failures: groupFailures(history.failures.values()),
    warnings: groupWarnings(history.warned()),
  };
}
