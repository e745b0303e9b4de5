import { ContractError } from '../contract/contract-error.ts';
import { parseManifest, serialiseManifest, type Manifest } from '../contract/manifest.ts';
import { manifestKey } from '../contract/naming.ts';
import { CogconvError } from '../errors.ts';
import type { ObjectStore } from '../storage/object-store.ts';
import { DOCUMENTS_AT_ONCE } from './documents.ts';
import { inOrder } from './in-order.ts';
import { untilAborted } from '../storage/until-aborted.ts';
import type { Pace } from './pace.ts';
import { isPrecondition } from './run-ledger.ts';

/** How manifests are removed again. */
export interface RemovalOptions {
  /** Ends it: what is left harms nobody, and a later `convert` removes it. */
  readonly kill?: AbortSignal;
  /** After each one. */
  onRemoved?(removed: number, all: number): void;
}

/** How manifests are written. */
export interface WriteManifestsOptions extends RemovalOptions {
  readonly concurrency?: number;
  readonly signal?: AbortSignal;
  /** Keeps the writes below the store's rates, and waits where it refuses them. */
  readonly pace?: Pace;
  /** After each one: how many there are by now. */
  onWritten?(written: number): void;
}

/**
 * Writes the manifests of one run, job 1 first: whoever creates that one owns the run's name. `taken`: another run has the
 * name (two people in one second); nothing of this one is left, take the next second. So also when it fails: what was
 * written is removed, as well as that can be.
 * @throws StorageError, or the signal's reason
 */
export async function writeManifests(
  store: ObjectStore,
  manifests: Iterable<Manifest>,
  options: WriteManifestsOptions = {},
): Promise<'written' | 'taken'> {
  const written: string[] = [];
  const write = async (manifest: Manifest): Promise<void> => {
    options.signal?.throwIfAborted();
    const once = (): Promise<void> => writeManifest(store, manifest, options.signal);
    await (options.pace === undefined ? once() : options.pace.run(once, options.signal));
    written.push(keyOf(manifest));
    options.onWritten?.(written.length);
  };
  try {
    await writeFirstThenRest(manifests, options.concurrency ?? DOCUMENTS_AT_ONCE, write);
    return 'written';
  } catch (error) {
    await deleteAll(store, written, options).catch(() => undefined);
    if (isPrecondition(error)) return 'taken';
    throw error;
  }
}

/**
 * Removes the manifests of a run that was not published, job 1 last: until then nobody else takes its name.
 * @throws StorageError, or the reason of `kill`
 */
export async function discardManifests(
  store: ObjectStore,
  cogPrefix: string,
  { run, jobs }: { readonly run: string; readonly jobs: number },
  options: RemovalOptions = {},
): Promise<void> {
  const keys = Array.from({ length: jobs }, (_, at) => manifestKey(cogPrefix, run, at + 1));
  await deleteAll(store, keys, options);
}

/**
 * Reads manifests, some at once, in the given order; the missing ones are left out.
 * @throws CogconvError naming the key of one that cannot be read
 */
export async function* readManifests(store: ObjectStore, keys: Iterable<string>): AsyncGenerator<Manifest> {
  for await (const manifest of inOrder(keys, DOCUMENTS_AT_ONCE, (key) => readManifest(store, key))) {
    if (manifest !== null) yield manifest;
  }
}

async function readManifest(store: ObjectStore, key: string): Promise<Manifest | null> {
  const text = await store.readText(key);
  if (text === null) return null;
  try {
    return parseManifest(text);
  } catch (cause) {
    if (!(cause instanceof ContractError)) throw cause;
    throw new CogconvError(`cannot read ${store.describe(key)}: ${cause.message}`, { cause });
  }
}

async function writeFirstThenRest(
  manifests: Iterable<Manifest>,
  concurrency: number,
  write: (manifest: Manifest) => Promise<void>,
): Promise<void> {
  const rest = manifests[Symbol.iterator]();
  const first = rest.next();
  if (first.done === true) return;
  await write(first.value);
  const failures: unknown[] = [];
  const guarded = (manifest: Manifest): Promise<void> =>
    failures.length > 0
      ? Promise.resolve()
      : write(manifest).catch((error: unknown) => {
          failures.push(error);
        });
  // All that were started are awaited even after a failure, so that the caller knows everything there is to remove.
  await drain(inOrder({ [Symbol.iterator]: () => rest }, concurrency, guarded));
  if (failures.length > 0) throw failures[0];
}

async function writeManifest(store: ObjectStore, manifest: Manifest, signal?: AbortSignal): Promise<void> {
  const text = serialiseManifest(manifest);
  try {
    await store.writeText(keyOf(manifest), text, {
      condition: 'if-absent',
      contentType: 'application/json',
      ...(signal === undefined ? {} : { signal }),
    });
  } catch (error) {
    // When the answer to a write is lost, the client writes again and meets its own manifest. Only job 1 cannot be
    // taken for ours so: two people with one plan in one second write the same text.
    const isOurs =
      isPrecondition(error) && manifest.job > 1 && (await store.readText(keyOf(manifest))) === text;
    if (!isOurs) throw error;
  }
}

function keyOf({ cogPrefix, run, job }: Manifest): string {
  return manifestKey(cogPrefix, run, job);
}

async function deleteAll(
  store: ObjectStore,
  keys: readonly string[],
  options: RemovalOptions,
): Promise<void> {
  const { kill } = options;
  let removed = 0;
  const remove = async (key: string): Promise<void> => {
    kill?.throwIfAborted();
    await store.delete(key);
    removed += 1;
    options.onRemoved?.(removed, keys.length);
  };
  const lastFirst = keys.toReversed();
  const lock = lastFirst.pop();
  const removeAll = async (): Promise<void> => {
    await drain(inOrder(lastFirst, DOCUMENTS_AT_ONCE, remove));
    if (lock !== undefined) await remove(lock);
  };
  // a store that does not answer would else hold back who has stopped waiting
  await untilAborted(kill, removeAll, ({ reason }) => reason as Error);
}

async function drain(work: AsyncGenerator<void>): Promise<void> {
  let step = await work.next();
  while (step.done !== true) step = await work.next();
}
