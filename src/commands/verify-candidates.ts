import { readProvenance } from '../bucket/provenance.ts';
import type { VerifyFile } from '../contract/verification.ts';
import type { Inventory } from '../plan/inventory.ts';
import { ExampleCounter } from '../plan/rows.ts';
import { classifySource, type Selection } from '../plan/select.ts';
import type { Provenance } from '../plan/verify-outcome.ts';
import type { Interrupts, Reporter } from '../ports.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { UnverifiableReport } from './reports.ts';

/** What reading the history of COGs needs. */
export interface ProvenanceDeps extends Pick<Interrupts, 'stop'> {
  readonly store: ObjectStore;
  readonly reporter: Reporter;
}

/** COGs that the selection means. */
export interface Candidates extends Iterable<VerifyFile> {
  readonly total: number;
  /** Those whose source is not there. */
  readonly orphans: readonly VerifyFile[];
}

/** COGs of selected sources; behind them those whose source is not there, selected by the source that a result names. */
export async function candidatesOf(
  deps: ProvenanceDeps,
  { existing, sourceless }: Inventory,
  selection: Selection,
): Promise<Candidates> {
  const made = await provenanceOf(deps, selection.cogPrefix, sourceless);
  const orphans = [...sourceless]
    .map((target) => ({ target, source: made.get(target)?.source ?? null, sidecars: [] }))
    .filter(({ source }) => isMeant(source, selection));
  return {
    total: existing.length + orphans.length,
    orphans,
    *[Symbol.iterator]() {
      for (const { source, target, sidecars = [] } of existing) yield { source, target, sidecars };
      yield* orphans;
    },
  };
}

function isMeant(source: string | null, selection: Selection): boolean {
  const { rasterType, filenameFilter, keys } = selection;
  if (source === null) return rasterType === 'both' && filenameFilter === null && keys === null;
  return classifySource(source, 1, selection) === 'selected';
}

/** What COGs were made from, by their keys. @throws StorageError */
export async function provenanceOf(
  { store, reporter, stop }: ProvenanceDeps,
  cogPrefix: string,
  targets: Iterable<string>,
): Promise<ReadonlyMap<string, Provenance>> {
  return await readProvenance(store, cogPrefix, new Set(targets), {
    signal: stop,
    onUnreadable: (problem) => {
      reporter.warn(problem);
    },
  });
}

/** Keys that the user named and that are not among the candidates, by the reason. */
export function unverifiable(inventory: Inventory, { orphans }: Candidates): readonly UnverifiableReport[] {
  const gone = new Set(orphans.map(({ source }) => source));
  const notFound = inventory.notFound.examples.filter((key) => !gone.has(key));
  const noCog = new ExampleCounter();
  for (const { source } of inventory.pending.with(inventory.unnameable)) noCog.add(source);
  const collided = new ExampleCounter();
  for (const { source } of inventory.collided) collided.add(source);
  const all = [
    { why: 'not-found', count: inventory.notFound.count - gone.size, examples: notFound },
    { why: 'no-cog', count: noCog.count, examples: noCog.examples },
    { why: 'collision', count: collided.count, examples: collided.examples },
  ] as const;
  return all.filter(({ count }) => count > 0);
}
