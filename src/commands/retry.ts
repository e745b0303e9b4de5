import type { Config } from '../config.ts';
import { isPermanent, type FailureCode } from '../contract/failures.ts';
import type { FileFailure } from '../plan/file-history.ts';
import { convert } from './convert.ts';
import type { DriveDeps } from './drive-run.ts';
import { NO_FAILURE, standingFailures } from './failures.ts';
import type { Outcome } from './outcome.ts';
import type { ConvertReport } from './reports.ts';
import { selectionOf } from './selection.ts';
import { takeSnapshot } from './snapshot.ts';
import { unknownRun } from './unknown-run.ts';

/** Which failures `retry` takes up. */
export interface RetryWishes {
  /** Permanent ones are taken only when named. */
  readonly reason: FailureCode | null;
  readonly run: string | null;
  readonly wait: boolean;
}

/** `cogconv retry`: converts again what failed, and nothing else. @throws ConfigError for an unknown run */
export async function retry(
  deps: DriveDeps,
  config: Config,
  { reason, run, wait }: RetryWishes,
): Promise<Outcome<ConvertReport>> {
  const snapshot = await takeSnapshot(deps, config, selectionOf(config));
  if (run !== null && !snapshot.runs.some(({ record }) => record.run === run)) throw unknownRun(run);
  const keys = new Set<string>();
  for (const failure of standingFailures(snapshot))
    if (isWanted(failure, reason, run)) keys.add(failure.source);
  if (keys.size === 0) deps.reporter.note(NO_FAILURE);
  return convert(deps, config, { stale: true, retryFailed: true, limit: null, keys, wait });
}

function isWanted(failure: FileFailure, reason: FailureCode | null, run: string | null): boolean {
  if (run !== null && !failure.job.startsWith(`${run}-`)) return false;
  return reason === null ? !isPermanent(failure.reason.code) : failure.reason.code === reason;
}
