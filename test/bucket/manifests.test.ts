import { beforeEach, describe, expect, it } from 'vitest';
import { discardManifests, readManifests, writeManifests } from '../../src/bucket/manifests.ts';
import { Pace } from '../../src/bucket/pace.ts';
import { parseManifest, serialiseManifest } from '../../src/contract/manifest.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { COGS, manifest, RUN } from '../fakes/runs.ts';

const PLAIN = { condition: 'always', contentType: 'application/json' } as const;
const key = (n: number): string => `cogs/manifests/${RUN}-${String(n)}.json`;
const manifests = (jobs: number): ReturnType<typeof manifest>[] =>
  Array.from({ length: jobs }, (_, at) => manifest(at + 1, [`src/${String(at)}.tif`]));

let store: MemoryObjectStore;

beforeEach(() => {
  store = new MemoryObjectStore();
});

describe('writeManifests', () => {
  it('writes all of them, some at once, job 1 before the others', async () => {
    const started: string[] = [];
    let now = 0;
    let most = 0;
    store.onCall = async ({ key: at, when }) => {
      if (when === 'before') started.push(at);
      now += when === 'before' ? 1 : -1;
      most = Math.max(most, now);
      await Promise.resolve();
    };
    const counts: number[] = [];
    const options = { concurrency: 4, onWritten: (count: number) => counts.push(count) };
    expect(await writeManifests(store, manifests(20), options)).toBe('written');
    expect(started[0]).toBe(key(1));
    expect(most).toBe(4);
    expect(counts).toEqual(Array.from({ length: 20 }, (_, at) => at + 1));
    expect(parseManifest((await store.readText(key(20))) ?? '')).toEqual(manifest(20, ['src/19.tif']));
  });

  it('leaves the manifests of a run that has the name already', async () => {
    await writeManifests(store, manifests(2));
    const before = await store.readText(key(1));
    expect(await writeManifests(store, manifests(5))).toBe('taken');
    expect(store.keys).toEqual([key(1), key(2)]);
    expect(await store.readText(key(1))).toBe(before);
  });

  it("removes its own when a later one is another's", async () => {
    await store.writeText(key(3), '[]', PLAIN);
    expect(await writeManifests(store, manifests(5), { concurrency: 2 })).toBe('taken');
    expect(store.keys).toEqual([key(3)]);
  });

  it('knows its own manifest when the answer to the write was lost', async () => {
    await store.writeText(key(2), serialiseManifest(manifest(2, ['src/1.tif'])), PLAIN);
    expect(await writeManifests(store, manifests(2))).toBe('written');
  });

  it('gives the name to one of two who plan the same in the same second', async () => {
    const outcomes = await Promise.all([
      writeManifests(store.client(), manifests(3)),
      writeManifests(store.client(), manifests(3)),
    ]);
    expect(outcomes.toSorted()).toEqual(['taken', 'written']);
    expect(store.keys).toHaveLength(3);
  });

  it('removes what it wrote when the store fails or the user stops', async () => {
    store.onCall = ({ key: at, operation }) => {
      if (operation === 'writeText' && at === key(4)) throw new StorageError('denied', 'no write access');
    };
    await expect(writeManifests(store, manifests(6))).rejects.toMatchObject({ fault: 'denied' });
    const stop = new AbortController();
    const onWritten = (count: number): void => {
      if (count === 2) stop.abort();
    };
    await expect(
      writeManifests(store, manifests(6), { concurrency: 1, signal: stop.signal, onWritten }),
    ).rejects.toThrow();
    expect(store.keys).toEqual([]);
  });

  it('tells of what it removes, until the user stops that, too', async () => {
    const [stop, kill] = [new AbortController(), new AbortController()];
    const onWritten = (count: number): void => {
      if (count === 200) stop.abort();
    };
    const told: string[] = [];
    const onRemoved = (removed: number, all: number): void => {
      told.push(`${String(removed)} of ${String(all)}`);
      if (removed === 100) kill.abort();
    };
    const options = { concurrency: 1, signal: stop.signal, kill: kill.signal, onWritten, onRemoved };
    await expect(writeManifests(store, manifests(300), options)).rejects.toThrow();
    expect(told.slice(0, 2)).toEqual(['1 of 200', '2 of 200']);
    expect(store.keys.length).toBeGreaterThan(50);
    expect(store.keys).toContain(key(1));
  });

  it('does not wait for a removal that hangs once the user stops that, too', async () => {
    const [stop, kill] = [new AbortController(), new AbortController()];
    store.onCall = ({ operation }) => {
      if (operation !== 'delete') return;
      kill.abort();
      return new Promise(() => undefined);
    };
    const options = {
      signal: stop.signal,
      kill: kill.signal,
      onWritten: () => {
        stop.abort();
      },
    };
    await expect(writeManifests(store, manifests(3), options)).rejects.toThrow();
    expect(store.keys).toContain(key(1));
  });

  it('goes on after an outage instead of giving up what was written', async () => {
    let refusals = 20;
    store.onCall = ({ operation, when }) => {
      if (operation !== 'writeText' || when === 'after' || store.keys.length < 10) return;
      refusals -= 1;
      if (refusals >= 0) throw new StorageError('unavailable', '503 SlowDown');
    };
    const pace = new Pace(new FakeClock(), { perSecond: 3_000 });
    expect(await writeManifests(store, manifests(40), { pace })).toBe('written');
    expect(store.keys).toHaveLength(40);
  });

  it('does nothing for no manifests', async () => {
    expect(await writeManifests(store, [])).toBe('written');
  });
});

describe('discardManifests', () => {
  it('removes job 1, which holds the name, last', async () => {
    await writeManifests(store, manifests(5));
    const deleted: string[] = [];
    store.onCall = ({ operation, key: at, when }) => {
      if (operation === 'delete' && when === 'after') deleted.push(at);
    };
    await discardManifests(store, COGS, { run: RUN, jobs: 5 });
    expect(store.keys).toEqual([]);
    expect(deleted.at(-1)).toBe(key(1));
  });
});

describe('readManifests', () => {
  it('gives them in order and leaves out what is gone', async () => {
    await writeManifests(store, manifests(3));
    await store.delete(key(2));
    const jobs: number[] = [];
    for await (const { job } of readManifests(store, [key(1), key(2), key(3)])) jobs.push(job);
    expect(jobs).toEqual([1, 3]);
  });

  it('names one that it cannot read', async () => {
    await store.writeText(key(1), 'x', PLAIN);
    await expect(readManifests(store, [key(1)]).next()).rejects.toThrow(
      `cannot read memory://memory/${key(1)}: manifest is not JSON`,
    );
  });
});
