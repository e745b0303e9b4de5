import type { Config } from '../config.ts';
import { FAILURE_CODES, type FailureCode } from '../contract/failures.ts';
import { ConfigError, EXIT } from '../errors.ts';
import { groupFailures } from '../plan/failures.ts';
import type { FileFailure } from '../plan/file-history.ts';
import type { Outcome } from './outcome.ts';
import type { FailuresReport } from './reports.ts';
import { selectionOf } from './selection.ts';
import { takeSnapshot, type Snapshot, type SnapshotDeps } from './snapshot.ts';

/** What is told of files whose reason nobody has. */
export const NO_FAILURE = 'no failed file matches';

/** The code that `--reason` names. @throws ConfigError listing all codes */
export function parseReason(text: string): FailureCode {
  const code = FAILURE_CODES.find((known) => known === text);
  if (code !== undefined) return code;
  throw new ConfigError([`--reason is ${JSON.stringify(text)}: must be one of ${FAILURE_CODES.join(', ')}`]);
}

/** `cogconv failures`: why files have no (or an old) COG though they were tried; with `reason`, which files those of one reason are. */
export async function failures(
  deps: SnapshotDeps,
  config: Config,
  { reason }: { readonly reason: FailureCode | null },
): Promise<Outcome<FailuresReport>> {
  const standing = [...standingFailures(await takeSnapshot(deps, config, selectionOf(config)))];
  const failed = reason === null ? standing : standing.filter((one) => one.reason.code === reason);
  if (reason !== null && failed.length === 0) deps.reporter.note(NO_FAILURE);
  const files = reason === null ? null : failed.map(({ source }) => source);
  return { report: { total: failed.length, groups: groupFailures(failed), files }, exitCode: EXIT.done };
}

/**
 * Failures that still stand, in key order: the source is there, as it was when it failed, and has no COG or an older one. A source
 * that was deleted, replaced or converted since is none.
 */
export function* standingFailures({
  inventory,
  history,
}: Pick<Snapshot, 'inventory' | 'history'>): Generator<FileFailure> {
  if (history.failures.size === 0) return;
  for (const { source, etag } of inventory.pending.with(inventory.stale)) {
    const failure = history.failures.get(source);
    if (failure?.etag === etag) yield failure;
  }
}
