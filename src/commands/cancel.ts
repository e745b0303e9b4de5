import { saveRun } from '../bucket/run-ledger.ts';
import type { RunView } from '../bucket/survey.ts';
import type { Config } from '../config.ts';
import { ConfigError, EXIT } from '../errors.ts';
import type { Person } from '../ports.ts';
import type { Outcome } from './outcome.ts';
import { lookAtRuns, type SnapshotDeps } from './snapshot.ts';
import { unknownRun } from './unknown-run.ts';

/** What Batch and reports tell of the jobs. */
const REASON = 'cogconv cancel';

/** What `cancel` works with. */
export interface CancelDeps extends SnapshotDeps {
  readonly person: Person;
}

/** What is typed behind the command. */
export interface CancelOptions {
  /** null: the newest run that is under way. */
  readonly run: string | null;
  readonly yes: boolean;
}

/** `cogconv cancel`. */
export interface CancelReport {
  /** null: nothing is under way. */
  readonly run: string | null;
  /** Jobs that were told to end. */
  readonly jobs: number;
  /** Files of those jobs that are without an outcome; the next convert takes them up. */
  readonly filesLeft: number;
  /** The person said no. */
  readonly declined: boolean;
  readonly dryRun: boolean;
}

/** Ends the jobs of a run. @throws ConfigError for an unknown run, or when nobody is there to ask and `yes` is not set */
export async function cancel(
  deps: CancelDeps,
  config: Config,
  options: CancelOptions,
): Promise<Outcome<CancelReport>> {
  const chosen = await chooseRun(deps, config, options);
  const { dryRun } = config;
  const nothing: CancelReport = { run: options.run, jobs: 0, filesLeft: 0, declined: false, dryRun };
  if (chosen === null) return { report: nothing, exitCode: EXIT.done };
  const { run, runner, state } = chosen.record;
  const filesLeft = countFilesLeft(chosen);
  if (dryRun)
    return { report: { ...nothing, run, jobs: countActive(chosen), filesLeft }, exitCode: EXIT.done };
  if (!options.yes && !(await agreed(deps, chosen, filesLeft))) {
    return { report: { ...nothing, run, filesLeft, declined: true }, exitCode: EXIT.failed };
  }
  if (runner === 'batch' && state === 'published') await endUnsubmitted(deps, config, chosen);
  const told = await (await deps.runner(runner)).cancel(chosen.record, REASON);
  return { report: { ...nothing, run, jobs: told, filesLeft }, exitCode: EXIT.done };
}

async function chooseRun(deps: CancelDeps, config: Config, { run }: CancelOptions): Promise<RunView | null> {
  const runs = await lookAtRuns(deps, config, {
    isWanted: (record) => run === null || record.run === run,
  });
  if (run !== null && runs.length === 0) {
    throw unknownRun(run);
  }
  return runs.findLast(({ active }) => active) ?? null;
}

/** First of all: a `convert` that is still submitting then takes back what it submits next, and stops. */
async function endUnsubmitted(
  { store }: CancelDeps,
  { cogPrefix }: Config,
  { record, jobs }: RunView,
): Promise<void> {
  const broken = jobs
    .filter(({ active }) => active)
    .map(({ n, attempts }) => ({ job: n, reason: REASON, attempts }));
  await saveRun(store, cogPrefix, record.sequence, { state: 'ended', broken });
}

async function agreed({ person }: CancelDeps, view: RunView, filesLeft: number): Promise<boolean> {
  const { record } = view;
  const question = `End ${String(countActive(view))} jobs of ${record.run} with ${String(filesLeft)} files left to do?`;
  const answer = await person.confirm(question);
  if (answer === null) {
    throw new ConfigError([
      `cancel asks before it ends ${record.run}, and nobody is there to ask: say --yes`,
    ]);
  }
  return answer;
}

function countActive({ jobs }: RunView): number {
  return jobs.filter(({ active }) => active).length;
}

function countFilesLeft({ jobs }: RunView): number {
  return jobs
    .filter(({ active }) => active)
    .reduce((sum, { files, done, failed }) => sum + files - done - failed, 0);
}
