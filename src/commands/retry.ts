import type { Config } from '../config.ts';
import { FAILURE_CODES, isPermanent, type FailureCode } from '../contract/failures.ts';
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
  const failed = [...standingFailures(snapshot)].filter(
    ({ job }) => run === null || job.startsWith(`${run}-`),
  );
  const wanted = failed.filter((failure) => isWanted(failure, reason));
  const keys = new Set(wanted.map(({ source }) => source));
  const leftOut = reason === null ? failed.filter((failure) => !isWanted(failure, reason)) : [];
  if (leftOut.length > 0) deps.reporter.note(leftOutNote(leftOut));
  else if (keys.size === 0) deps.reporter.note(NO_FAILURE);
  return convert(deps, config, { stale: true, retryFailed: true, limit: null, keys, wait });
}

function isWanted({ reason: { code } }: FileFailure, wanted: FailureCode | null): boolean {
  return wanted === null ? !isPermanent(code) : code === wanted;
}

function leftOutNote(failures: readonly FileFailure[]): string {
  const codes = new Set(failures.map(({ reason }) => reason.code));
  const known = FAILURE_CODES.filter((code) => codes.has(code));
  const files = `${String(failures.length)} file${failures.length === 1 ? '' : 's'}`;
  return `left out: ${files} that failed for good (--reason ${known.join(' or ')})`;
}
