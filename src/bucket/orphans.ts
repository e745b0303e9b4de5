import type { ProcessIdentity } from '../contract/result.ts';
import type { RunRecord } from '../contract/run-record.ts';
import type { Clock, Processes } from '../ports.ts';
import { DOCUMENTS_AT_ONCE, type ListedDocument } from './documents.ts';
import { readResults, resultsByRun } from './results.ts';
import { livenessOf, type SurveyContext } from './survey.ts';

const WAIT_AT_MOST_MS = 30_000;
const LOOK_EVERY_MS = 200;

/** How long to wait for orphans. */
export interface SettleOptions {
  readonly signal?: AbortSignal;
  readonly waitAtMostMs?: number;
  /** Told once, when there is something to wait for. */
  onWaiting?(workers: number): void;
}

/** All runs, and the listing that they were found with. */
export interface KnownRuns {
  readonly records: readonly RunRecord[];
  readonly documents: readonly ListedDocument[];
}

/**
 * Waits for workers on this machine whose `convert` was killed: they notice and end by themselves within moments, and until
 * then their files are held. False when some still run after the wait.
 */
export async function settleOrphans(
  context: Pick<SurveyContext, 'store' | 'cogPrefix' | 'processes' | 'clock'>,
  known: KnownRuns,
  options: SettleOptions = {},
): Promise<boolean> {
  const orphans = await findOrphans(context, known);
  if (orphans.length > 0) options.onWaiting?.(orphans.length);
  return await waitForEnd(orphans, context, options);
}

async function findOrphans(
  { store, cogPrefix, processes, clock }: Pick<SurveyContext, 'store' | 'cogPrefix' | 'processes' | 'clock'>,
  { records, documents }: KnownRuns,
): Promise<ProcessIdentity[]> {
  const left = records.filter(
    (record) =>
      record.runner === 'local' &&
      record.state !== 'ended' &&
      !livenessOf(record, processes, clock.now()).owner,
  );
  const byRun = resultsByRun(documents, cogPrefix);
  const orphans: ProcessIdentity[] = [];
  for (const record of left) {
    const alive = livenessOf(record, processes, clock.now());
    for await (const { result } of readResults(store, byRun.get(record.run) ?? [], DOCUMENTS_AT_ONCE)) {
      if (result.state === 'running' && alive.worker(result.process)) orphans.push(result.process);
    }
  }
  return orphans;
}

async function waitForEnd(
  orphans: readonly ProcessIdentity[],
  { processes, clock }: { readonly processes: Processes; readonly clock: Clock },
  { signal, waitAtMostMs = WAIT_AT_MOST_MS }: SettleOptions,
): Promise<boolean> {
  const deadline = clock.now().getTime() + waitAtMostMs;
  const lives = (): boolean => orphans.some((orphan) => processes.isAlive(orphan) !== false);
  while (lives()) {
    if (signal?.aborted === true || clock.now().getTime() >= deadline) return false;
    await clock.sleep(LOOK_EVERY_MS, signal);
  }
  return true;
}
