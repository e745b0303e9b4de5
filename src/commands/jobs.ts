import type { RunView } from '../bucket/survey.ts';
import type { Config } from '../config.ts';
import { EXIT } from '../errors.ts';
import { countStates, type JobView } from '../plan/job-views.ts';
import { followRuns } from './follow.ts';
import type { Outcome } from './outcome.ts';
import type { JobReport, JobsReport } from './reports.ts';
import { lookAtRuns, type SnapshotDeps } from './snapshot.ts';
import { unknownRun } from './unknown-run.ts';

/** Which jobs `cogconv jobs` shows; all are counted. */
export interface JobsFilter {
  readonly run: string | null;
  readonly active: boolean;
  readonly failed: boolean;
  /** Show all that match, however many. */
  readonly all: boolean;
}

/** More than a screen is shown only on request. */
const SHOWN = 50;

/** `cogconv jobs`: the jobs of all runs, newest run first, each run's in order. @throws ConfigError for an unknown run */
export async function jobs(
  deps: SnapshotDeps,
  config: Config,
  filter: JobsFilter,
): Promise<Outcome<JobsReport>> {
  const runs = await lookAtRuns(deps, config, { isWanted: wantedRun(filter) });
  return reported(runs, filter);
}

/** `cogconv jobs --watch`: the same once nothing is under way any more, or at Ctrl-C, which ends nothing but the watching. */
export async function watchJobs(
  deps: SnapshotDeps & { readonly kill: AbortSignal },
  config: Config,
  filter: JobsFilter,
): Promise<Outcome<JobsReport>> {
  const { runs } = await followRuns(deps, config, wantedRun(filter));
  if (runs.some(({ active }) => active)) {
    const run = filter.run === null ? '' : ` --run ${filter.run}`;
    deps.reporter.note(`the jobs go on; to come back: cogconv jobs --watch${run}`);
  }
  return reported(runs, filter);
}

function wantedRun({ run: wanted }: JobsFilter): (record: { readonly run: string }) => boolean {
  return ({ run }) => wanted === null || wanted === run;
}

function reported(runs: readonly RunView[], filter: JobsFilter): Outcome<JobsReport> {
  if (filter.run !== null && runs.length === 0) throw unknownRun(filter.run);
  const views = runs.toReversed().flatMap((run) => run.jobs);
  return { report: jobsReport(views, filter), exitCode: EXIT.done };
}

function jobsReport(views: readonly JobView[], filter: JobsFilter): JobsReport {
  const matching = views.filter((view) => matches(view, filter));
  const shown = filter.all ? matching : matching.slice(0, SHOWN);
  return {
    total: matching.length,
    byState: countStates(matching),
    jobs: shown.map(jobReport),
    more: matching.length - shown.length,
  };
}

function matches(view: JobView, { run, active, failed }: JobsFilter): boolean {
  if (run !== null && view.run !== run) return false;
  if (!active && !failed) return true;
  return (active && view.active) || (failed && view.state === 'FAILED');
}

function jobReport(view: JobView): JobReport {
  const { run, jobName, jobId, state, files, converted, skipped, failed } = view;
  const { attempts, spotLosses, reason, since } = view;
  return {
    name: jobName,
    run,
    jobId,
    state,
    files,
    converted,
    skipped,
    failed,
    attempts,
    spotLosses,
    reason,
    since,
  };
}
