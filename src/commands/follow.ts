import type { SurveyOptions } from '../bucket/survey.ts';
import type { Config } from '../config.ts';
import { FileHistory } from '../plan/file-history.ts';
import { countStates, type JobView } from '../plan/job-views.ts';
import { RunProgressTracker } from './run-progress.ts';
import { lookAtRuns, type Snapshot, type SnapshotDeps } from './snapshot.ts';

const LOOK_EVERY_MS = 15_000;

/** The last look at runs that were followed. */
export interface Followed extends Pick<Snapshot, 'runs' | 'history'> {
  readonly jobs: readonly JobView[];
}

/**
 * Looks at runs until nothing of them is under way; Ctrl-C only ends the looking. Tells the progress over all their jobs,
 * unless there is nothing to wait for.
 */
export async function followRuns(
  deps: SnapshotDeps & { readonly kill: AbortSignal },
  config: Config,
  isWanted: NonNullable<SurveyOptions['isWanted']>,
): Promise<Followed> {
  let tracker: RunProgressTracker | null = null;
  for (;;) {
    // the last look must also work after Ctrl-C
    const history = new FileHistory();
    const runs = await lookAtRuns({ ...deps, stop: deps.kill }, config, { isWanted, history });
    const jobs = runs.flatMap((run) => run.jobs);
    if (deps.stop.aborted || !jobs.some(({ active }) => active)) {
      deps.reporter.progress(null);
      return { runs, history, jobs };
    }
    tracker ??= new RunProgressTracker(deps);
    tracker.set(progressOf(jobs));
    await deps.clock.sleep(LOOK_EVERY_MS, deps.stop);
  }
}

function progressOf(jobs: readonly JobView[]): Parameters<RunProgressTracker['set']>[0] {
  const filesFailed = sumOf(jobs, 'failed');
  return {
    files: sumOf(jobs, 'files'),
    bytes: sumOf(jobs, 'bytes'),
    filesDone: sumOf(jobs, 'done') + filesFailed,
    filesFailed,
    bytesDone: sumOf(jobs, 'bytesDone'),
    states: countStates(jobs),
  };
}

type Summed =
  | 'files'
  | 'bytes'
  | 'done'
  | 'converted'
  | 'skipped'
  | 'failed'
  | 'bytesDone'
  | 'convertedBytes'
  | 'cogBytes';

/** One number over all jobs. */
export function sumOf(jobs: readonly JobView[], field: Summed): number {
  return jobs.reduce((total, job) => total + job[field], 0);
}
