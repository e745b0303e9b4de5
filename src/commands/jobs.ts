import type { Config } from '../config.ts';
import { ConfigError, EXIT } from '../errors.ts';
import type { JobView } from '../plan/job-views.ts';
import { JOB_STATES } from '../plan/job-states.ts';
import type { Outcome } from './outcome.ts';
import type { JobReport, JobsReport } from './reports.ts';
import { lookAtRuns, type SnapshotDeps } from './snapshot.ts';

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

/** `cogconv jobs`: the jobs of all runs, newest run first, each run's in order. */
export async function jobs(
  deps: SnapshotDeps,
  config: Config,
  filter: JobsFilter,
): Promise<Outcome<JobsReport>> {
  const { runs } = await lookAtRuns(deps, config, {
    isWanted: ({ run }) => filter.run === null || filter.run === run,
  });
  if (filter.run !== null && runs.length === 0)
    throw new ConfigError([`there is no run ${JSON.stringify(filter.run)}`]);
  const views = runs.toReversed().flatMap((run) => run.jobs);
  return { report: jobsReport(views, filter), exitCode: EXIT.done };
}

function jobsReport(views: readonly JobView[], filter: JobsFilter): JobsReport {
  const matching = views.filter((view) => matches(view, filter));
  const shown = filter.all ? matching : matching.slice(0, SHOWN);
  return {
    total: matching.length,
    byState: JOB_STATES.map((state) => ({
      state,
      count: matching.filter((view) => view.state === state).length,
    })).filter(({ count }) => count > 0),
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
