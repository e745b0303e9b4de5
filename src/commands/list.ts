import type { Config } from '../config.ts';
import { EXIT } from '../errors.ts';
import { rowAt } from '../plan/rows.ts';
import type { SizedKey } from '../plan/sized-keys.ts';
import { SelectedKeys } from '../plan/selected-keys.ts';
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

/** `cogconv list`: the selected sources, all of them in raw_tiffs.txt; no more than a few pages are ever in memory. */
export async function list({ store, lists, stop }: ListDeps, config: Config): Promise<Outcome<ListReport>> {
  const first: SizedKey[] = [];
  const total = { count: 0, bytes: 0 };
  const file = await lists.sources(
    selectedPages(store, config, stop, (page) => {
      total.count += page.length;
      total.bytes += page.bytes;
      for (let at = 0; first.length < SHOWN && at < page.length; at++) first.push(rowAt(page, at));
    }),
  );
  const source = store.describe(config.sourcePrefix);
  return { report: { source, total, file, first }, exitCode: EXIT.done };
}

async function* selectedPages(
  store: ObjectStore,
  config: Config,
  signal: AbortSignal,
  onPage: (page: SelectedKeys) => void,
): AsyncGenerator<SelectedKeys> {
  const selection = selectionOf(config);
  for await (const objects of store.list(selection.sourcePrefix, { signal })) {
    signal.throwIfAborted();
    const page = new SelectedKeys(objects, selection);
    onPage(page);
    yield page;
  }
}
