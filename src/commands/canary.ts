import type { Config } from '../config.ts';
import { EXIT } from '../errors.ts';
import { chooseCanaries } from '../plan/canary.ts';
import type { PlannedFile } from '../plan/planned-rows.ts';
import { convert, planOf, type ConvertWishes } from './convert.ts';
import type { DriveDeps } from './drive-run.ts';
import type { Outcome } from './outcome.ts';
import type { ConvertReport } from './reports.ts';
import { selectionOf } from './selection.ts';
import { takeSnapshot } from './snapshot.ts';

/**
 * `convert --canary N`: a sample over kinds and sizes first, to its end; the rest only when every file of it was converted.
 * A dry run shows the whole plan, as there is no sample to judge by.
 */
export async function convertWithCanary(
  deps: DriveDeps,
  config: Config,
  wishes: ConvertWishes,
  canaries: number,
): Promise<Outcome<ConvertReport>> {
  if (config.dryRun) return convert(deps, config, wishes);
  const snapshot = await takeSnapshot(deps, config, selectionOf(config, wishes.keys));
  const planned = [...planOf(snapshot, config, wishes).jobs].flat();
  const keys = chooseCanaries(planned, canaries);
  if (keys.size === 0) return convert(deps, config, wishes);
  const sample = await convert(deps, config, { ...wishes, keys, limit: null, wait: true });
  const { outcome, files } = sample.report;
  if (outcome === null || outcome.converted + outcome.skipped < files) {
    deps.reporter.warn('the canary did not come through: the rest is not submitted');
    return { ...sample, exitCode: sample.exitCode === EXIT.interrupted ? EXIT.interrupted : EXIT.someFailed };
  }
  deps.reporter.note(`canary: ${String(files)} of ${String(files)} verified; going on with the rest`);
  return convert(deps, config, rest(config, wishes, planned, keys));
}

/** A sample has its COGs now, so only what takes existing ones or counts files must be told of it. */
function rest(
  { overwrite }: Config,
  wishes: ConvertWishes,
  planned: readonly PlannedFile[],
  sample: ReadonlySet<string>,
): ConvertWishes {
  const others = planned.map(({ source }) => source).filter((source) => !sample.has(source));
  return {
    ...wishes,
    limit: wishes.limit === null ? null : wishes.limit - sample.size,
    keys: overwrite ? new Set(others) : wishes.keys,
  };
}
