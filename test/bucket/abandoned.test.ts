import { describe, expect, it } from 'vitest';
import { abandonedManifests, removeAbandoned } from '../../src/bucket/abandoned.ts';
import { listDocuments } from '../../src/bucket/documents.ts';
import { writeManifests } from '../../src/bucket/manifests.ts';
import { publishRun, readRunRecords } from '../../src/bucket/run-ledger.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { COGS, manifest, RUN, runRecord } from '../fakes/runs.ts';

const PLAIN = { condition: 'always', contentType: 'application/json' } as const;
const NOW = Date.parse('2024-01-20T00:00:00.000Z');
const DAY_MS = 24 * 60 * 60 * 1000;

async function bucketWith(ageMs: number): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  store.now = () => NOW - ageMs;
  await publishRun(store, COGS, runRecord());
  for (const run of [RUN, 'crashed', 'by-hand'])
    await writeManifests(store, [manifest(1, ['src/a.tif'], { run })]);
  await store.writeText('cogs/manifests/by-hand-1.result.json', '{}', PLAIN);
  await store.writeText('cogs/manifests/python-20230101000000-1.json', '["src/a.tif"]', PLAIN);
  await store.writeText('cogs/manifests/notes.json', '{}', PLAIN);
  return store;
}

async function abandonedIn(store: MemoryObjectStore): Promise<string[]> {
  const records = await readRunRecords(store, COGS);
  return abandonedManifests(await listDocuments(store, COGS), COGS, records, new Date(NOW));
}

describe('abandonedManifests', () => {
  it('finds old ones that belong to no run and were never worked on', async () => {
    expect(await abandonedIn(await bucketWith(2 * DAY_MS))).toEqual([
      'cogs/manifests/crashed-1.json',
      'cogs/manifests/python-20230101000000-1.json',
    ]);
  });

  it('leaves a convert that is about to publish its run alone', async () => {
    expect(await abandonedIn(await bucketWith(DAY_MS - 1))).toEqual([]);
  });
});

describe('removeAbandoned', () => {
  it('removes manifests of cogconv only', async () => {
    const store = await bucketWith(2 * DAY_MS);
    const before = store.keys;
    expect(await removeAbandoned(store, [...(await abandonedIn(store)), 'cogs/manifests/gone-1.json'])).toBe(
      1,
    );
    expect(before.filter((key) => !store.keys.includes(key))).toEqual(['cogs/manifests/crashed-1.json']);
  });

  it('tells how far it is, and stops with the user', async () => {
    const store = await bucketWith(2 * DAY_MS);
    for (let n = 2; n <= 300; n++)
      await writeManifests(store, [manifest(n, ['src/a.tif'], { run: 'crashed' })]);
    const stop = new AbortController();
    const told: number[] = [];
    const onDone = (done: number): void => {
      told.push(done);
      if (done === 100) stop.abort();
    };
    const removed = await removeAbandoned(store, await abandonedIn(store), { signal: stop.signal, onDone });
    expect(told.slice(0, 3)).toEqual([1, 2, 3]);
    expect(removed).toBeGreaterThanOrEqual(99);
    expect(removed).toBeLessThan(200);
  });

  it('is no reason to fail for those who may not delete', async () => {
    const store = await bucketWith(2 * DAY_MS);
    const abandoned = await abandonedIn(store);
    store.onCall = ({ operation }) => {
      if (operation === 'delete') throw new StorageError('denied', 'no right to delete');
    };
    expect(await removeAbandoned(store, abandoned)).toBe(0);
  });
});
