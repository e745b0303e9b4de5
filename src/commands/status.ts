import { conversionOptions, type Config } from '../config.ts';
import { EXIT } from '../errors.ts';
import { estimateJobs } from '../plan/convert-plan.ts';
import type { Collision, Inventory } from '../plan/inventory.ts';
import type { PlannedRows } from '../plan/planned-rows.ts';
import { progressPercent } from '../plan/progress.ts';
import { firstOf, type Examples } from '../plan/rows.ts';
import type { StatusLists } from '../ports.ts';
import { standingFailures } from './failures.ts';
import type { Outcome } from './outcome.ts';
import type { StatusReport } from './reports.ts';
import { selectionOf } from './selection.ts';
import { takeSnapshot, type Snapshot, type SnapshotDeps } from './snapshot.ts';
import { groupWarnings } from './warnings.ts';

const SHOWN = 5;

/** What `status` needs. */
export interface StatusDeps extends SnapshotDeps {
  readonly lists: StatusLists;
}

/**
 * `cogconv status`: the truth by the bucket, whatever OVERWRITE says; with `check`, exit 3 while anything is pending or stale.
 */
export async function status(
  deps: StatusDeps,
  config: Config,
  { check }: { readonly check: boolean },
): Promise<Outcome<StatusReport>> {
  const snapshot = await takeSnapshot(deps, config, selectionOf(config));
  const { inventory } = snapshot;
  await deps.lists.sources([inventory.sourceRows]);
  await deps.lists.cogs(inventory.cogRows);
  await deps.lists.pending(inventory.pending.keys);
  await deps.lists.failed(standingFailures(snapshot));
  const report = statusReport(deps, config, snapshot);
  const isComplete = report.pending === 0 && report.stale.count === 0;
  return { report, exitCode: check && !isComplete ? EXIT.someFailed : EXIT.done };
}

function statusReport({ store }: StatusDeps, config: Config, snapshot: Snapshot): StatusReport {
  const { inventory, history } = snapshot;
  const { sources, converted, pending, collided, unnameable, stale } = inventory;
  const holding = held(config, snapshot);
  return {
    source: store.describe(config.sourcePrefix),
    destination: store.describe(config.cogPrefix),
    totalRaw: sources.count,
    existingCogs: inventory.cogs.count,
    converted,
    pending: sources.count - converted,
    progressPercent: progressPercent(converted, sources.count),
    pendingBytes: pending.bytes + collided.bytes + unnameable.bytes,
    estimatedJobs: estimateJobs(pending.length - holding.inFlight - holding.failed, config.filesPerJob),
    filesPerJob: config.filesPerJob,
    ...holding,
    colliding: collided.length,
    collisions: selectedCollisions(inventory),
    tooLong: { count: unnameable.length, examples: firstSources(unnameable) },
    stale: { count: stale.length, bytes: stale.bytes, examples: firstSources(stale) },
    empty: shortened(inventory.empty),
    filteredOut: inventory.leftOut.count,
    warned: groupWarnings(history.warned()),
  };
}

/** Pending files that `convert` would not take now. */
function held(
  config: Config,
  { inventory, history, inFlight }: Snapshot,
): Pick<StatusReport, 'inFlight' | 'failed'> {
  const counts = { inFlight: 0, failed: 0 };
  if (inFlight.size === 0 && history.failures.size === 0) return counts;
  const options = conversionOptions(config);
  for (const { source, etag } of inventory.pending) {
    if (inFlight.has(source)) counts.inFlight += 1;
    else if (history.isKnownFailure(source, etag, options)) counts.failed += 1;
  }
  return counts;
}

/** The first few; of a million collisions nobody reads more. */
function selectedCollisions({ collisions }: Inventory): StatusReport['collisions'] {
  const shown: Collision[] = [];
  for (const collision of collisions) {
    if (collision.selected > 0) shown.push(collision);
    if (shown.length === SHOWN) break;
  }
  return shown;
}

function firstSources(rows: PlannedRows): string[] {
  return firstOf(rows, SHOWN).map(({ source }) => source);
}

function shortened({ count, examples }: Examples): Examples {
  return { count, examples: examples.slice(0, SHOWN) };
}
