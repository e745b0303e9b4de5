import { takeInventory } from '../bucket/inventory.ts';
import type { Config } from '../config.ts';
import type { VerifiedFile, VerifyFile } from '../contract/verification.ts';
import { CogconvError, EXIT, type ExitCode } from '../errors.ts';
import type { Inventory } from '../plan/inventory.ts';
import type { Selection } from '../plan/select.ts';
import { explain, needsProvenance, type VerifiedCog } from '../plan/verify-outcome.ts';
import { sampleOf } from '../plan/verify-sample.ts';
import type { Interrupts, Reporter, Verifier } from '../ports.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Outcome } from './outcome.ts';
import type { VerifyReport } from './reports.ts';
import { selectionOf } from './selection.ts';
import { candidatesOf, provenanceOf, unverifiable } from './verify-candidates.ts';

/** What `verify` needs. */
export interface VerifyDeps extends Interrupts {
  readonly store: ObjectStore;
  readonly reporter: Reporter;
  readonly verifier: Verifier;
}

/** What the user asked of this one `verify` beyond the settings. */
export interface VerifyWishes {
  readonly pixels: boolean;
  /** null = all. */
  readonly sample: number | null;
  readonly seed: string;
  /** Only the COGs of these source keys. */
  readonly keys: ReadonlySet<string> | null;
}

/** So many go to one worker, which must then have told all of them. */
const BATCH = 1000;
/** A worker that was killed (memory, mostly) is started again with what is left. */
const MAX_ATTEMPTS = 3;

/**
 * `cogconv verify`: compares COGs in the bucket with their sources and changes nothing. Exit 3 when one is not what it should be or
 * could not be checked, and when a key that was named has no COG.
 */
export async function verify(
  deps: VerifyDeps,
  config: Config,
  wishes: VerifyWishes,
): Promise<Outcome<VerifyReport>> {
  const { store, reporter, stop } = deps;
  const selection = selectionOf(config, wishes.keys);
  const inventory = await listed(deps, selection);
  const candidates = await candidatesOf(deps, inventory, selection);
  const destination = store.describe(config.cogPrefix);
  if (candidates.total === 0 && wishes.keys === null)
    reporter.warn(`there is no COG to verify below ${destination}`);
  const wanted = wishes.sample ?? candidates.total;
  const chosen = sampleOf(candidates, { wanted, seed: wishes.seed, keyOf: ({ target }) => target });
  const files = await verifyAll(deps, config, chosen, wishes.pixels);
  const report: VerifyReport = {
    destination,
    pixels: wishes.pixels,
    total: candidates.total,
    seed: wishes.seed,
    counts: countsOf(files),
    files,
    leftOut: wishes.keys === null ? [] : unverifiable(inventory, candidates),
    interrupted: stop.aborted,
  };
  return { report, exitCode: exitCodeFor(report) };
}

async function listed({ store, reporter, stop }: VerifyDeps, selection: Selection): Promise<Inventory> {
  const inventory = await takeInventory(store, selection, {
    signal: stop,
    onPage: (objects) => {
      reporter.progress({ kind: 'count', what: 'listing', done: objects, total: null });
    },
  });
  reporter.progress(null);
  return inventory;
}

async function verifyAll(
  deps: VerifyDeps,
  config: Config,
  files: readonly VerifyFile[],
  pixels: boolean,
): Promise<readonly VerifiedCog[]> {
  const found = new Map<string, VerifiedFile>();
  const onFile = (file: VerifiedFile): void => {
    found.set(file.target, file);
    deps.reporter.progress({ kind: 'count', what: 'verifying', done: found.size, total: files.length });
  };
  for (let at = 0; at < files.length && !deps.stop.aborted; at += BATCH) {
    const work = { pixels, fileTimeoutSeconds: config.fileTimeout };
    await verifyBatch(deps, files.slice(at, at + BATCH), { ...work, found, onFile });
  }
  deps.reporter.progress(null);
  const told = files.flatMap(({ target }) => found.get(target) ?? []);
  const unclear = told.filter(needsProvenance).map(({ target }) => target);
  const made = await provenanceOf(deps, config.cogPrefix, deps.stop.aborted ? [] : unclear);
  return told.map((one) => explain(one, made.get(one.target)));
}

interface Batch {
  readonly pixels: boolean;
  readonly fileTimeoutSeconds: number | null;
  readonly found: ReadonlyMap<string, VerifiedFile>;
  readonly onFile: (file: VerifiedFile) => void;
}

/** @throws CogconvError when the worker can verify nothing at all: no GDAL, no access */
async function verifyBatch(
  { verifier, stop, kill }: VerifyDeps,
  files: readonly VerifyFile[],
  { found, onFile, ...how }: Batch,
): Promise<void> {
  const left = (): readonly VerifyFile[] => files.filter(({ target }) => !found.has(target));
  let reason = '';
  for (let attempt = 0; attempt < MAX_ATTEMPTS && left().length > 0; attempt += 1) {
    const verdict = await verifier.verify({ ...how, files: left() }, { onFile, stop, kill });
    if (stop.aborted) return;
    reason = verdict.reason ?? 'the worker did not tell';
    if (verdict.kind === 'broken') throw new CogconvError(`nothing can be verified: ${reason}`);
  }
  for (const { source, target } of left()) {
    const blank = { differences: [], sourceEtag: '', isSourceNewer: false };
    onFile({ ...blank, source, target, outcome: 'unchecked', reason });
  }
}

function countsOf(files: readonly VerifiedCog[]): VerifyReport['counts'] {
  const of = (outcome: VerifiedCog['outcome']): number =>
    files.filter((file) => file.outcome === outcome).length;
  return {
    verified: of('verified'),
    different: of('different'),
    'source-changed': of('source-changed'),
    'source-gone': of('source-gone'),
    unchecked: of('unchecked'),
  };
}

/** A source that was deleted or replaced since is told, but no fault of the COG; `status --check` minds stale ones. */
function exitCodeFor({ counts, leftOut, interrupted }: VerifyReport): ExitCode {
  if (interrupted) return EXIT.interrupted;
  return counts.different + counts.unchecked + leftOut.length > 0 ? EXIT.someFailed : EXIT.done;
}
