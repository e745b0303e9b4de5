import { beforeEach, describe, expect, it } from 'vitest';
import { listDocuments } from '../../src/bucket/documents.ts';
import { settleOrphans } from '../../src/bucket/orphans.ts';
import { publishRun, readRunRecords } from '../../src/bucket/run-ledger.ts';
import { manifestKey, resultKey } from '../../src/contract/naming.ts';
import { serialiseResult } from '../../src/contract/result.ts';
import type { RunRecord } from '../../src/contract/run-record.ts';
import { SILENCE_ALLOWED_MS } from '../../src/plan/liveness.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeProcesses } from '../fakes/fake-processes.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { COGS, jobResult, RUN, runRecord } from '../fakes/runs.ts';

const OWNER = 7;
const WORKER = 8;

let store: MemoryObjectStore;
let processes: FakeProcesses;
let clock: FakeClock;

beforeEach(async () => {
  store = new MemoryObjectStore();
  processes = new FakeProcesses();
  clock = new FakeClock();
  const result = jobResult([], { state: 'running', finishedAt: null });
  await store.writeText(resultKey(manifestKey(COGS, RUN, 1)), serialiseResult(result), {
    condition: 'always',
    contentType: 'application/json',
  });
});

async function settle(
  record: Partial<RunRecord>,
  options: Parameters<typeof settleOrphans>[2] = {},
): Promise<boolean> {
  await publishRun(store, COGS, runRecord(record));
  const context = { store, cogPrefix: COGS, processes, clock };
  const documents = await listDocuments(store, COGS);
  const records = await readRunRecords(store, COGS, { documents });
  return await settleOrphans(context, { records, documents }, options);
}

describe('settleOrphans', () => {
  it('waits until a worker without its convert has ended', async () => {
    processes.add(WORKER);
    clock.onSleep = () => {
      if (clock.slept.length === 3) processes.end(WORKER);
    };
    const told: number[] = [];
    expect(await settle({}, { onWaiting: (workers) => told.push(workers) })).toBe(true);
    expect(clock.slept).toHaveLength(3);
    expect(told).toEqual([1]);
  });

  it.each<[string, Partial<RunRecord>, readonly number[]]>([
    ['a worker that is gone', {}, []],
    ['a worker whose convert lives', {}, [OWNER, WORKER]],
    ['a run that has ended', { state: 'ended' }, [WORKER]],
    ['a run on Batch', { runner: 'batch' }, [WORKER]],
  ])('does not wait for %s', async (_, record, living) => {
    for (const pid of living) processes.add(pid);
    const told: number[] = [];
    expect(await settle(record, { onWaiting: (workers) => told.push(workers) })).toBe(true);
    expect(clock.slept).toEqual([]);
    expect(told).toEqual([]);
  });

  it('waits also where nothing tells whether it is that worker, but not for long after its convert fell silent', async () => {
    processes = new FakeProcesses(undefined, { tellsStarts: false });
    processes.add(WORKER);
    clock.onSleep = () => {
      if (clock.slept.length === 3) processes.end(WORKER);
    };
    expect(await settle({})).toBe(true);
    expect(clock.slept).toHaveLength(3);
    processes.add(WORKER);
    clock.advance(SILENCE_ALLOWED_MS);
    expect(await settle({ sequence: 2 })).toBe(true);
    expect(clock.slept).toHaveLength(3);
  });

  it('gives up after half a minute, or when the user stops', async () => {
    processes.add(WORKER);
    expect(await settle({})).toBe(false);
    expect(clock.slept.reduce((total, ms) => total + ms, 0)).toBe(30_000);
    clock.slept.length = 0;
    expect(await settle({ sequence: 2 }, { signal: AbortSignal.abort() })).toBe(false);
    expect(clock.slept).toEqual([]);
  });
});
