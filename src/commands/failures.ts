import type { Config } from '../config.ts';
import { EXIT } from '../errors.ts';
import { groupFailures } from '../plan/failures.ts';
import type { FileFailure } from '../plan/file-history.ts';
import type { Outcome } from './outcome.ts';
import type { FailuresReport } from './reports.ts';
import { selectionOf } from './selection.ts';
import { takeSnapshot, type Snapshot, type SnapshotDeps } from './snapshot.ts';

/** `cogconv failures`: why files have no (or an old) COG though they were tried. */
export async function failures(deps: SnapshotDeps, config: Config): Promise<Outcome<FailuresReport>> {
  const failed = standingFailures(await takeSnapshot(deps, config, selectionOf(config)));
  return { report: { total: failed.length, groups: groupFailures(failed) }, exitCode: EXIT.done };
}

/**
 * Failures that still stand: the source is there, as it was when it failed, and has no COG or an older one. A source that was
 * deleted, replaced or converted since is none.
 */
export function standingFailures({
  inventory,
  history,
}: Pick<Snapshot, 'inventory' | 'history'>): FileFailure[] {
  const standing: FileFailure[] = [];
  if (history.failures.size === 0) return standing;
  for (const rows of [inventory.pending, inventory.stale]) {
    for (const { source, etag } of rows) {
      const failure = history.failures.get(source);
      if (failure?.etag === etag) standing.push(failure);
    }
  }
  return standing;
}
