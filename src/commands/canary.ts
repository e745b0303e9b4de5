import type { Config } from '../config.ts';
import { EXIT } from '../errors.ts';
import { chooseCanaries } from '../plan/canary.ts';
import type { PackedJobs } from '../plan/pack.ts';
import type { PlannedFile } from '../plan/planned-rows.ts';
import { convert, planOf, type ConvertWishes } from './convert.ts';
import type { DriveDeps } from './drive-run.ts';
import type { Outcome } from './outcome.ts';
import type { CanaryReport, ConvertReport } from './reports.ts';
import { selectionOf } from './selection.ts';
import { takeSnapshot } from './snapshot.ts';

/** The sample that is wanted. */
export interface CanaryWishes {
  readonly files: number;
  /** Told of a sample that came through, before the rest begins. */
  readonly onSample: (canary: CanaryReport) => void;
}

/**
 * `convert --canary N`: a sample over kinds and sizes first, to its end; the rest only when every file of it was converted.
 * A dry run shows the whole plan, as there is no sample to judge by.
 */
export async function convertWithCanary(
  deps: DriveDeps,
  config: Config,
  wishes: ConvertWishes,
  { files: wanted, onSample }: CanaryWishes,
): Promise<Outcome<ConvertReport>> {
  if (config.dryRun) return convert(deps, config, wishes);
  const snapshot = await takeSnapshot(deps, config, selectionOf(config, wishes.keys));
  const { jobs } = planOf(snapshot, config, wishes);
  const keys = chooseCanaries(filesOf(jobs), wanted);
  if (keys.size === 0) return convert(deps, config, wishes);
  const sample = await convert(deps, config, { ...wishes, keys, limit: null, wait: true });
  const { run, files, bytes, outcome } = sample.report;
  const canary = { run, files, bytes, outcome };
  if (outcome === null || outcome.converted + outcome.skipped < files) {
    deps.reporter.warn('the canary did not come through: the rest is not submitted');
    const exitCode = sample.exitCode === EXIT.interrupted ? EXIT.interrupted : EXIT.someFailed;
    return { report: { ...sample.report, canary }, exitCode };
  }
  onSample(canary);
  deps.reporter.note(`canary: ${String(files)} of ${String(files)} verified; going on with the rest`);
  const { report, exitCode } = await convert(deps, config, rest(wishes, keys, config));
  return { report: { ...report, canary }, exitCode };
}

/** A sample has its COGs now, so only what takes existing ones or counts files must be told of it. */
function rest(
  wishes: ConvertWishes,
  sample: ReadonlySet<string>,
  { overwrite }: Pick<Config, 'overwrite'>,
): ConvertWishes {
  return {
    ...wishes,
    limit: wishes.limit === null ? null : wishes.limit - sample.size,
    ...(overwrite ? { without: sample } : {}),
  };
}

/** Job by job, so that the files of one job alone are objects at a time. */
function* filesOf(jobs: PackedJobs): Generator<PlannedFile> {
  for (const files of jobs) yield* files;
}
