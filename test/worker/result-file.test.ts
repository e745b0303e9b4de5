import { describe, expect, it } from 'vitest';
import { parseResult, RESULT_VERSION, type JobResult } from '../../src/contract/result.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { Overtaken, ResultFile } from '../../worker/result-file.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';

const KEY = 'cogs/manifests/x-1.result.json';

/** Of attempt 2 unless given, by a process whose id is `pid`. */
function resultOf(facts: Partial<JobResult> & { readonly pid?: number }): JobResult {
  const { pid = 2, ...rest } = facts;
  return {
    version: RESULT_VERSION,
    run: 'x',
    job: 1,
    attempt: 2,
    state: 'running',
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: null,
    gdal: '3.9.3',
    worker: 'test',
    process: { host: 'here', pid, started: '7' },
    files: [],
    ...rest,
  };
}

const OURS = resultOf({});
const EARLIER = resultOf({ attempt: 1, pid: 1 });
const LATER = resultOf({ attempt: 3, pid: 3 });

async function resultIn(store: MemoryObjectStore): Promise<JobResult> {
  return parseResult((await store.readText(KEY)) ?? '');
}

async function written(store: MemoryObjectStore, result: JobResult): Promise<ResultFile> {
  const file = await ResultFile.open(store, KEY);
  await file.write(result);
  return file;
}

describe('ResultFile', () => {
  it('is written again and again by one attempt, with one request each', async () => {
    const store = new MemoryObjectStore();
    const calls: string[] = [];
    store.onCall = ({ operation, when }) => {
      if (when === 'before') calls.push(operation);
    };
    const file = await written(store, OURS);
    await file.write(resultOf({ state: 'succeeded' }));
    expect(calls).toEqual(['readVersion', 'writeText', 'writeText']);
    expect(await resultIn(store)).toMatchObject({ attempt: 2, state: 'succeeded' });
  });

  it('tells what an earlier attempt left, and nothing where that cannot be read', async () => {
    const store = new MemoryObjectStore();
    expect((await ResultFile.open(store, KEY)).earlier).toBeNull();
    await written(store, EARLIER);
    expect((await ResultFile.open(store, KEY)).earlier).toEqual(EARLIER);
    await store.writeText(KEY, 'no JSON', { condition: 'always', contentType: 'text/plain' });
    const file = await ResultFile.open(store, KEY);
    expect(file.earlier).toBeNull();
    await file.write(OURS);
    expect(await resultIn(store)).toEqual(OURS);
  });

  it('of a later attempt is never written over by an earlier one', async () => {
    const store = new MemoryObjectStore();
    const zombie = await written(store, OURS);
    await written(store, LATER);
    await expect(zombie.write(resultOf({ state: 'interrupted' }))).rejects.toThrow(Overtaken);
    await expect(zombie.write(resultOf({ state: 'interrupted' }))).rejects.toThrow(
      /^attempt 3 \(process 3 of here\) has taken this job over from attempt 2: memory:/,
    );
    expect(await resultIn(store)).toEqual(LATER);
  });

  it('nor by one that had read nothing before the later one wrote', async () => {
    const store = new MemoryObjectStore();
    const zombie = await ResultFile.open(store, KEY);
    await written(store, LATER);
    await expect(zombie.write(OURS)).rejects.toThrow(Overtaken);
    expect(await resultIn(store)).toEqual(LATER);
  });

  it('is taken over from an earlier attempt that has written since it was read', async () => {
    const store = new MemoryObjectStore();
    const zombie = await written(store, EARLIER);
    const file = await ResultFile.open(store, KEY);
    await zombie.write(resultOf({ ...EARLIER, state: 'interrupted', pid: 1 }));
    await file.write(OURS);
    expect(await resultIn(store)).toEqual(OURS);
    await expect(zombie.write(EARLIER)).rejects.toThrow(Overtaken);
  });

  it('has one writer of two that begin as the same attempt', async () => {
    const store = new MemoryObjectStore();
    const [a, b] = [await ResultFile.open(store, KEY), await ResultFile.open(store, KEY)];
    await a.write(resultOf({ pid: 4 }));
    await expect(b.write(resultOf({ pid: 5 }))).rejects.toThrow(Overtaken);
    await a.write(resultOf({ pid: 4, state: 'succeeded' }));
    expect(await resultIn(store)).toMatchObject({ state: 'succeeded', process: { pid: 4 } });
  });

  it('is known as its own after a write that was made though it failed', async () => {
    const store = new MemoryObjectStore();
    const mine = store.client();
    const file = await written(mine, OURS);
    mine.onCall = ({ operation, when }) => {
      if (operation === 'writeText' && when === 'after') throw new StorageError('unavailable', 'no answer');
    };
    await expect(file.write(OURS)).rejects.toThrow('no answer');
    mine.onCall = () => undefined;
    await file.write(resultOf({ state: 'succeeded' }));
    expect(await resultIn(store)).toMatchObject({ state: 'succeeded' });
  });

  it('that somebody deleted is written anew', async () => {
    const store = new MemoryObjectStore();
    const file = await written(store, OURS);
    await store.delete(KEY);
    await file.write(OURS);
    expect(await resultIn(store)).toEqual(OURS);
  });
});
