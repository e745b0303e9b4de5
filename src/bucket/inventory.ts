import { setImmediate } from 'node:timers/promises';
import { InventoryBuilder, type Inventory } from '../plan/inventory.ts';
import type { InSteps } from '../plan/match-targets.ts';
import type { Selection } from '../plan/select.ts';
import type { ObjectPage, ObjectStore } from '../storage/object-store.ts';

/** How a listing is watched and stopped. */
export interface ListingOptions {
  readonly signal?: AbortSignal;
  /** After each page, for progress: how many objects were listed so far. */
  readonly onPage?: (objects: number) => void;
}

/**
 * Lists sources and COGs, at the same time, and compares them. One listing serves both when the COG prefix lies inside the
 * source prefix. @throws StorageError, or the signal's reason
 */
export async function takeInventory(
  store: Pick<ObjectStore, 'list' | 'maxNameBytes'>,
  selection: Selection,
  options: ListingOptions = {},
): Promise<Inventory> {
  const { sourcePrefix, cogPrefix } = selection;
  const builder = new InventoryBuilder(selection, store.maxNameBytes);
  const watched = progressOf(options);
  if (cogPrefix.startsWith(sourcePrefix)) {
    await drain(store, sourcePrefix, watched, (page) => {
      builder.addAll(page);
    });
  } else {
    await bothOrNone(watched, (both) => [
      drain(store, sourcePrefix, both, (page) => {
        builder.addSources(page);
      }),
      drain(store, cogPrefix, both, (page) => {
        builder.addCogs(page);
      }),
    ]);
  }
  return await inSteps(builder.finish(), options.signal);
}

/** Long work must not keep Ctrl-C or the listing's sockets waiting. */
async function inSteps<T>(steps: InSteps<T>, signal: AbortSignal | undefined): Promise<T> {
  for (;;) {
    const step = steps.next();
    if (step.done === true) return step.value;
    await setImmediate();
    signal?.throwIfAborted();
  }
}

interface Watched {
  readonly signal: AbortSignal | undefined;
  readonly listed: (objects: number) => void;
}

function progressOf({ signal, onPage }: ListingOptions): Watched {
  let total = 0;
  return {
    signal,
    listed: (objects) => {
      total += objects;
      onPage?.(total);
    },
  };
}

async function drain(
  store: Pick<ObjectStore, 'list'>,
  prefix: string,
  { signal, listed }: Watched,
  take: (page: ObjectPage) => void,
): Promise<void> {
  for await (const page of store.list(prefix, signal === undefined ? {} : { signal })) {
    signal?.throwIfAborted();
    take(page);
    listed(page.length);
  }
}

/** Runs listings side by side; the first failure stops the others, and is thrown once all have ended. */
async function bothOrNone(
  watched: Watched,
  start: (watched: Watched) => readonly Promise<void>[],
): Promise<void> {
  const stop = new AbortController();
  const signal = watched.signal === undefined ? stop.signal : AbortSignal.any([watched.signal, stop.signal]);
  const listings = start({ ...watched, signal }).map((listing) =>
    listing.catch((error: unknown) => {
      stop.abort(error);
    }),
  );
  await Promise.all(listings);
  stop.signal.throwIfAborted();
}
