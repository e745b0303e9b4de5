import { takeSourceInventory } from '../bucket/inventory.ts';
import type { Config } from '../config.ts';
import { EXIT } from '../errors.ts';
import { firstOf } from '../plan/rows.ts';
import type { StatusLists } from '../ports.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import type { Outcome } from './outcome.ts';
import type { ListReport } from './reports.ts';
import { selectionOf } from './selection.ts';

const SHOWN = 10;

/** What `list` needs. */
export interface ListDeps {
  readonly store: ObjectStore;
  readonly lists: StatusLists;
  readonly stop: AbortSignal;
}

/** `cogconv list`: the selected sources, all of them in raw_tiffs.txt. */
export async function list({ store, lists, stop }: ListDeps, config: Config): Promise<Outcome<ListReport>> {
  const { sources, sourceRows } = await takeSourceInventory(store, selectionOf(config), { signal: stop });
  const report = {
    source: store.describe(config.sourcePrefix),
    total: sources,
    file: await lists.sources(sourceRows),
    first: firstOf(sourceRows, SHOWN),
  };
  return { report, exitCode: EXIT.done };
}
