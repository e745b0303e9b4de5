import { beforeEach, describe, expect, it } from 'vitest';
import { listDocuments } from '../../src/bucket/documents.ts';
import { sourcesInFlight } from '../../src/bucket/held-sources.ts';
import { writeManifests } from '../../src/bucket/manifests.ts';
import { publishRun, readRunRecords } from '../../src/bucket/run-ledger.ts';
import { surveyRuns, type RunView, type SurveyContext, type SurveyOptions } from '../../src/bucket/survey.ts';
import { manifestKey, resultKey } from '../../src/contract/naming.ts';
import { serialiseResult, type JobResult } from '../../src/contract/result.ts';
import type { RunRecord } from '../../src/contract/run-record.ts';
import { FileHistory } from '../../src/plan/file-history.ts';
import { SILENCE_ALLOWED_MS } from '../../src/plan/liveness.ts';
import type { JobObservation } from '../../src/ports.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeProcesses, processHere } from '../fakes/fake-processes.ts';
import { MemoryCache } from '../fakes/memory-cache.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import {
  COGS,
  failedFile,
  fileResult,
  jobResult,
  manifest,
  RUN,
  runRecord,
  shortView,
} from '../fakes/runs.ts';

const PLAIN = { condition: 'always', contentType: 'application/json' } as const;
const THREE = ['src/a.tif', 'src/b.tif', 'src/c.tif'];
const OTHER_THREE = ['src/d.tif', 'src/e.tif', 'src/f.tif'];

let store: MemoryObjectStore;
let processes: FakeProcesses;
let clock: FakeClock;
let observed: Map<number, JobObservation>;
let asked: string[];
let context: SurveyContext;

beforeEach(async () => {
  store = new MemoryObjectStore();
  processes = new FakeProcesses();
  clock = new FakeClock();
  observed = new Map();
  asked = [];
  const observe = async ({ run }: RunRecord): Promise<Map<number, JobObservation>> => {
    asked.push(run);
    return observed;
  };
  context = {
    store,
    cogPrefix: COGS,
    processes,
    clock,
    runnerOf: async () => ({ observe }),
    cache: new MemoryCache(),
  };
  await writeManifests(store, [manifest(1, THREE), manifest(2, OTHER_THREE)]);
});

async function putResult(result: JobResult): Promise<void> {
  await store.writeText(resultKey(manifestKey(COGS, result.run, result.job)), serialiseResult(result), PLAIN);
}

async function survey(options: SurveyOptions = {}): Promise<RunView[]> {
  const runs: RunView[] = [];
  for await (const run of surveyRuns(context, await listDocuments(store, COGS), options)) runs.push(run);
  return runs;
}

async function inFlight(): Promise<string[]> {
  const sources: string[] = [];
  for await (const source of sourcesInFlight(context, await survey())) sources.push(source);
  return sources;
}

const done = (job: number, sources: readonly string[]): JobResult =>
  jobResult(
    sources.map((source) => fileResult(source)),
    { job },
  );

describe('surveyRuns', () => {
  it('sees a local run of another terminal', async () => {
    await publishRun(store, COGS, runRecord());
    processes.add(7);
    processes.add(8);
    await putResult(jobResult([fileResult('src/a.tif')], { state: 'running', finishedAt: null }));
    const [run] = await survey();
    expect(run?.jobs.map(shortView)).toEqual(['RUNNING | attempts 1', 'RUNNABLE | attempts 0']);
    expect(run?.active).toBe(true);
    expect(await inFlight()).toEqual([...THREE, ...OTHER_THREE]);
  });

  it('frees the files of a run that was killed', async () => {
    await publishRun(store, COGS, runRecord());
    await putResult(done(1, THREE));
    const [run] = await survey();
    expect(run?.jobs.map(shortView)).toEqual([
      'SUCCEEDED | attempts 1',
      'FAILED | attempts 0 | interrupted before it began; 0 of 3 files done',
    ]);
    expect(await inFlight()).toEqual([]);
  });

  it('still holds the job of a worker that outlives its convert', async () => {
    await publishRun(store, COGS, runRecord());
    processes.add(8);
    await putResult(jobResult([], { job: 2, state: 'running', finishedAt: null }));
    expect(await inFlight()).toEqual(OTHER_THREE);
  });

  it('does so where nothing tells whether it is that worker, while the heartbeat of its convert is fresh', async () => {
    processes = new FakeProcesses(undefined, { tellsStarts: false });
    context = { ...context, processes };
    await publishRun(store, COGS, runRecord());
    processes.add(8);
    await putResult(jobResult([], { job: 2, state: 'running', finishedAt: null }));
    expect(await inFlight()).toEqual(OTHER_THREE);
    clock.advance(SILENCE_ALLOWED_MS);
    expect(await inFlight()).toEqual([]);
  });

  it('believes another machine for five minutes after its last heartbeat', async () => {
    await publishRun(store, COGS, runRecord({ owner: processHere(7, 'elsewhere') }));
    clock.advance(4 * 60_000);
    expect(await inFlight()).toHaveLength(6);
    clock.advance(60_000);
    expect(await inFlight()).toEqual([]);
  });

  it('asks the runner about live runs only', async () => {
    await publishRun(store, COGS, runRecord({ runner: 'batch' }));
    await publishRun(store, COGS, runRecord({ sequence: 2, run: 'old', state: 'ended' }));
    const seen = { jobId: 'b:0', reason: null, attempts: 1, spotLosses: 0, since: null };
    observed.set(1, { ...seen, state: 'RUNNING' }).set(2, { ...seen, state: 'RUNNABLE' });
    const [run] = await survey();
    expect(run?.jobs.map(({ state }) => state)).toEqual(['RUNNING', 'RUNNABLE']);
    expect(asked).toEqual([RUN]);
    context = { ...context, runnerOf: async () => null };
    expect((await survey())[0]?.jobs[0]).toMatchObject({ state: 'SUBMITTED', active: true });
    clock.advance(7 * 24 * 3_600_000);
    const [unasked] = await survey();
    expect(unasked?.jobs.map(shortView)[0]).toBe(
      'FAILED | attempts 0 | no longer known to the runner; 0 of 3 files done',
    );
  });

  it('sees a job that ends while it looks', async () => {
    await publishRun(store, COGS, runRecord({ runner: 'batch' }));
    const observe = async (): Promise<Map<number, JobObservation>> => {
      await putResult(done(1, THREE));
      return new Map();
    };
    context = { ...context, runnerOf: async () => ({ observe }), cache: new MemoryCache() };
    const [run] = await survey();
    expect(run?.jobs[0]).toMatchObject({ state: 'SUCCEEDED', converted: 3 });
  });

  it('does not ask the runner about jobs of which the result tells the end', async () => {
    await publishRun(store, COGS, runRecord({ runner: 'batch' }));
    await putResult(done(1, THREE));
    const told: number[][] = [];
    const observe = async (
      _: RunRecord,
      finished: ReadonlySet<number>,
    ): Promise<Map<number, JobObservation>> => {
      told.push([...finished]);
      return new Map();
    };
    context = { ...context, runnerOf: async () => ({ observe }) };
    await survey();
    expect(told).toEqual([[1]]);
  });

  it('holds the files of a job that Batch began again after its result was finished', async () => {
    await publishRun(store, COGS, runRecord({ runner: 'batch' }));
    await putResult(done(1, THREE));
    const observe = async (): Promise<Map<number, JobObservation>> => {
      await putResult(jobResult([], { attempt: 2, state: 'running', finishedAt: null }));
      return new Map();
    };
    context = { ...context, runnerOf: async () => ({ observe }) };
    const [run] = await survey();
    expect(run?.jobs[0]).toMatchObject({ state: 'RUNNING', active: true, attempts: 2 });
  });

  it('gathers the history of files, older runs first', async () => {
    await publishRun(store, COGS, runRecord());
    await publishRun(store, COGS, runRecord({ sequence: 2, run: 'a-newer-one' }));
    await putResult(jobResult([failedFile('src/a.tif', 'no-crs'), failedFile('src/b.tif', 'no-crs')]));
    await putResult(jobResult([fileResult('src/a.tif')], { run: 'a-newer-one' }));
    const history = new FileHistory();
    await survey({ history });
    expect([...history.failures.keys()]).toEqual(['src/b.tif']);
  });

  it('reads only the runs that are wanted', async () => {
    await publishRun(store, COGS, runRecord());
    await publishRun(store, COGS, runRecord({ sequence: 2, run: 'other' }));
    const runs = await survey({ isWanted: ({ run }) => run === 'other' });
    expect(runs.map(({ record }) => record.run)).toEqual(['other']);
    expect(asked).toEqual(['other']);
  });
});

describe('surveyRuns with storeEnds', () => {
  const storedStates = async (): Promise<string[]> =>
    (await readRunRecords(store, COGS)).map(({ state }) => state);

  it('stores a run that is over as ended, with reasons that only its runner knew', async () => {
    await publishRun(store, COGS, runRecord({ runner: 'batch' }));
    await putResult(done(1, THREE));
    const lost = {
      state: 'FAILED',
      jobId: 'b:1',
      reason: 'Host EC2 terminated',
      attempts: 5,
      spotLosses: 5,
      since: null,
    } as const;
    observed.set(2, lost);
    await survey();
    expect(await storedStates()).toEqual(['submitted']);
    await survey({ storeEnds: true });
    expect(await storedStates()).toEqual(['ended']);
    asked = [];
    const [run] = await survey({ storeEnds: true });
    expect(asked).toEqual([]);
    expect(run?.jobs[1]?.reason).toBe('Host EC2 terminated; 0 of 3 files done');
  });

  it('leaves a run alone that is under way', async () => {
    await publishRun(store, COGS, runRecord());
    processes.add(7);
    await survey({ storeEnds: true });
    expect(await storedStates()).toEqual(['submitted']);
  });

  it('still answers those who may not write', async () => {
    await publishRun(store, COGS, runRecord());
    store.onCall = ({ operation }) => {
      if (operation === 'writeText') throw new StorageError('denied', 'no write access');
    };
    expect(await survey({ storeEnds: true })).toHaveLength(1);
  });
});

describe('sourcesInFlight', () => {
  it('reads each manifest once on one machine, and makes anew what is damaged', async () => {
    await publishRun(store, COGS, runRecord());
    processes.add(7);
    const read: string[] = [];
    store.onCall = ({ operation, key, when }) => {
      if (operation === 'readText' && when === 'before' && !key.includes('/runs/')) read.push(key);
    };
    expect(await inFlight()).toEqual([...THREE, ...OTHER_THREE]);
    expect(read).toHaveLength(2);
    expect(await inFlight()).toEqual([...THREE, ...OTHER_THREE]);
    expect(read).toHaveLength(2);
    await context.cache.write('00000001-1-sources', 'damaged');
    expect(await inFlight()).toEqual([...THREE, ...OTHER_THREE]);
    expect(read).toHaveLength(4);
  });

  it('refuses to guess what an unreadable manifest holds', async () => {
    await publishRun(store, COGS, runRecord());
    processes.add(7);
    await store.writeText(manifestKey(COGS, RUN, 2), '{}', PLAIN);
    await expect(inFlight()).rejects.toThrow(`cannot read memory://memory/${manifestKey(COGS, RUN, 2)}`);
  });
});
