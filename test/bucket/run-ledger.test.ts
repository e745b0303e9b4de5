import { beforeEach, describe, expect, it } from 'vitest';
import { nextSequence, publishRun, readRunRecords, saveRun } from '../../src/bucket/run-ledger.ts';
import { runRecordKey } from '../../src/contract/naming.ts';
import { parseRunRecord, serialiseRunRecord, type RunRecord } from '../../src/contract/run-record.ts';
import { CogconvError, RunEndedError } from '../../src/errors.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { COGS, runRecord } from '../fakes/runs.ts';

const PLAIN = { condition: 'always', contentType: 'application/json' } as const;

let store: MemoryObjectStore;

beforeEach(() => {
  store = new MemoryObjectStore();
});

async function storedRecord(sequence: number): Promise<RunRecord> {
  return parseRunRecord((await store.readText(runRecordKey(COGS, sequence))) ?? '');
}

describe('readRunRecords', () => {
  it('gives all runs by number, and nothing else that lies there', async () => {
    for (const sequence of [10, 2, 1]) {
      await publishRun(store, COGS, runRecord({ sequence, run: `r-${String(sequence)}` }));
    }
    await store.writeText('cogs/manifests/runs/notes.txt', 'mine', PLAIN);
    await store.writeText('cogs/manifests/r-1-1.json', '[]', PLAIN);
    expect((await readRunRecords(store, COGS)).map(({ run }) => run)).toEqual(['r-1', 'r-2', 'r-10']);
    expect(await readRunRecords(store, 'other/')).toEqual([]);
  });

  it('reads those of a listing that is there already', async () => {
    await publishRun(store, COGS, runRecord({ sequence: 1 }));
    await publishRun(store, COGS, runRecord({ sequence: 2 }));
    const listed = [{ key: runRecordKey(COGS, 2) }, { key: 'cogs/manifests/x-1.json' }];
    expect(
      (await readRunRecords(store, COGS, { documents: listed })).map(({ sequence }) => sequence),
    ).toEqual([2]);
  });

  it('names a record that it cannot read, as nobody knows what is under way then', async () => {
    await store.writeText(runRecordKey(COGS, 1), '{"version": 9}', PLAIN);
    await expect(readRunRecords(store, COGS)).rejects.toThrow(
      'cannot read memory://memory/cogs/manifests/runs/00000001.json: run record has version 9',
    );
    await expect(readRunRecords(store, COGS)).rejects.toBeInstanceOf(CogconvError);
  });
});

describe('publishRun', () => {
  it('claims the next number for exactly one of many', async () => {
    expect(nextSequence([])).toBe(1);
    const claims = Array.from({ length: 8 }, (_, at) =>
      publishRun(store.client(), COGS, runRecord({ sequence: nextSequence([]), run: `r${String(at)}` })),
    );
    const outcomes = await Promise.all(claims);
    const winners = outcomes.filter((outcome) => outcome !== 'taken');
    expect(winners).toEqual([await storedRecord(1)]);
    expect(nextSequence(await readRunRecords(store, COGS))).toBe(2);
  });

  it('knows its own record when the answer to the write was lost', async () => {
    const record = runRecord();
    await store.writeText(runRecordKey(COGS, 1), serialiseRunRecord(record), PLAIN);
    expect(await publishRun(store, COGS, record)).toEqual(record);
    expect(await publishRun(store, COGS, { ...record, run: 'other' })).toBe('taken');
  });

  it('passes on what the store says', async () => {
    store.onCall = () => {
      throw new StorageError('denied', 'no write access');
    };
    await expect(publishRun(store, COGS, runRecord())).rejects.toMatchObject({ fault: 'denied' });
  });
});

describe('saveRun', () => {
  beforeEach(async () => {
    await publishRun(store, COGS, runRecord({ state: 'published' }));
  });

  it('changes the named fields only', async () => {
    const saved = await saveRun(store, COGS, 1, { state: 'submitted', queue: 'q' });
    expect(saved).toEqual(runRecord({ state: 'submitted', queue: 'q' }));
    expect(await storedRecord(1)).toEqual(saved);
  });

  it('keeps what others change at the same time', async () => {
    const broken = [{ job: 1, reason: 'gone', attempts: 3 }];
    await Promise.all([
      saveRun(store.client(), COGS, 1, { heartbeatAt: '2024-01-15T12:01:00.000Z' }),
      saveRun(store.client(), COGS, 1, { broken }),
      saveRun(store.client(), COGS, 1, { state: 'submitted' }),
    ]);
    expect(await storedRecord(1)).toEqual(
      runRecord({ heartbeatAt: '2024-01-15T12:01:00.000Z', broken, state: 'submitted' }),
    );
  });

  it('leaves an ended run ended, and tells whoever still drives it', async () => {
    await saveRun(store, COGS, 1, { state: 'ended' });
    const heartbeat = saveRun(store, COGS, 1, { heartbeatAt: '2024-01-15T13:00:00.000Z' });
    await expect(heartbeat).rejects.toBeInstanceOf(RunEndedError);
    expect((await saveRun(store, COGS, 1, { state: 'ended', broken: [] })).state).toBe('ended');
    expect(await storedRecord(1)).toEqual(runRecord({ state: 'ended' }));
  });

  it('says so when the record was deleted', async () => {
    await store.delete(runRecordKey(COGS, 1));
    await expect(saveRun(store, COGS, 1, { state: 'ended' })).rejects.toThrow('was deleted');
  });
});
