import { beforeEach, describe, expect, it } from 'vitest';
import { overlay } from '../../src/bucket/document-cache.ts';
import { listDocuments } from '../../src/bucket/documents.ts';
import { publishRun } from '../../src/bucket/run-ledger.ts';
import { surveyRuns, type RunView } from '../../src/bucket/survey.ts';
import { manifestKey, resultKey, summaryKey } from '../../src/contract/naming.ts';
import { serialiseResult, type JobResult } from '../../src/contract/result.ts';
import { FileHistory } from '../../src/plan/file-history.ts';
import type { DocumentCache } from '../../src/ports.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { FakeProcesses } from '../fakes/fake-processes.ts';
import { MemoryCache } from '../fakes/memory-cache.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { COGS, failedFile, fileResult, jobResult, RUN, runRecord } from '../fakes/runs.ts';

const PLAIN = { condition: 'always', contentType: 'application/json' } as const;
const SUMMARY = summaryKey(COGS, '00000001-1');
const THREE_JOBS = { jobs: 3, jobSizes: [[1, 100] as const, [1, 100] as const, [1, 100] as const] };

let store: MemoryObjectStore;
let here: MemoryCache;
let read: string[];
let written: string[];

beforeEach(async () => {
  store = new MemoryObjectStore();
  here = new MemoryCache();
  await publishRun(store, COGS, runRecord(THREE_JOBS));
  await put(jobResult([fileResult('src/a.tif')], { job: 1 }));
  await put(jobResult([failedFile('src/b.tif', 'no-crs')], { job: 2 }));
  await put(jobResult([fileResult('src/c.tif')], { job: 3 }));
  [read, written] = [[], []];
  store.onCall = ({ operation, key, when }) => {
    if (when === 'before' && operation === 'readText' && !key.includes('/runs/')) read.push(key);
    if (when === 'before' && operation === 'writeText' && !key.includes('/runs/')) written.push(key);
  };
});

async function put(result: JobResult): Promise<void> {
  await store.writeText(resultKey(manifestKey(COGS, result.run, result.job)), serialiseResult(result), PLAIN);
}

/** What `status` and `convert` see; a fresh cache is another laptop. */
async function look(cache: DocumentCache = here, storeEnds = true): Promise<string[]> {
  const context = {
    store,
    cogPrefix: COGS,
    processes: new FakeProcesses(),
    clock: new FakeClock(),
    cache,
    runnerOf: async () => null,
  };
  const history = new FileHistory();
  const runs: RunView[] = [];
  for await (const run of surveyRuns(context, await listDocuments(store, COGS), { history, storeEnds })) {
    runs.push(run);
  }
  const failed = [...history.failures.values()].map(({ source, job }) => `${source} in ${job}`);
  return [...runs.flatMap(({ jobs }) => jobs.map(({ state }) => state)), ...failed];
}

const TRUTH = ['SUCCEEDED', 'FAILED', 'SUCCEEDED', `src/b.tif in ${RUN}-2`];
const resultsRead = (): string[] => read.filter((key) => key.endsWith('.result.json'));

describe('digests', () => {
  it('are read once on one machine, and never again on another once the run has ended', async () => {
    expect(await look()).toEqual(TRUTH);
    expect(resultsRead()).toHaveLength(3);
    expect(written).toEqual([SUMMARY]);
    read = [];
    expect(await look()).toEqual(TRUTH);
    expect(read).toEqual([]);
    expect(await look(new MemoryCache())).toEqual(TRUTH);
    expect(read).toEqual([SUMMARY]);
    expect(written).toEqual([SUMMARY]);
  });

  it('never hide a result that was written after its run was summarised', async () => {
    await look();
    await put(jobResult([fileResult('src/b.tif')], { job: 2, attempt: 2 }));
    const now = ['SUCCEEDED', 'SUCCEEDED', 'SUCCEEDED'];
    read = [];
    expect(await look(new MemoryCache())).toEqual(now);
    expect(resultsRead()).toHaveLength(1);
    expect(await look()).toEqual(now);
    read = [];
    expect(await look(new MemoryCache())).toEqual(now);
    expect(resultsRead()).toEqual([]);
  });

  it('are not kept of a result that changes while it is read', async () => {
    store.onCall = async ({ operation, key, when }) => {
      if (when === 'after' && operation === 'list' && !key.includes('/runs/')) {
        store.onCall = () => undefined;
        await put(jobResult([fileResult('src/b.tif')], { job: 2, attempt: 2 }));
      }
    };
    await look(here, false);
    await put(jobResult([failedFile('src/b.tif', 'timeout')], { job: 2, attempt: 3 }));
    expect(await look()).toEqual(TRUTH);
  });

  it.each([
    ['cut', (text: string) => text.slice(0, -9)],
    ['changed by one letter', (text: string) => text.replace('src/b', 'src/x')],
    ['empty', () => ''],
    ['of another version', (text: string) => text.replace('"version":1', '"version":2')],
    ['of another run', (text: string) => text.replace(RUN, 'other')],
  ])('are made anew where what is kept is %s', async (_, damage) => {
    await look();
    const whole = here.texts.get('00000001-1') ?? '';
    here.texts.set('00000001-1', damage(whole));
    await store.writeText(SUMMARY, damage(whole), PLAIN);
    expect(await look()).toEqual(TRUTH);
    expect(here.texts.get('00000001-1')).toBe(whole);
    expect(await store.readText(SUMMARY)).toBe(whole);
  });

  it('are not stored in the bucket while the run goes on, nor by a dry run anywhere', async () => {
    expect(await look(overlay(here), false)).toEqual(TRUTH);
    expect([...here.texts.keys()]).toEqual([]);
    await look(here, false);
    expect([...here.texts.keys()]).toEqual(['00000001-1']);
    expect(written).toEqual([]);
  });

  it('do without a bucket that may not be written, and ask it once only', async () => {
    await publishRun(store, COGS, runRecord({ ...THREE_JOBS, sequence: 2, run: 'second', state: 'ended' }));
    for (const job of [1, 2]) await put(jobResult([fileResult('src/d.tif')], { run: 'second', job }));
    await look(new MemoryCache());
    await store.delete(SUMMARY);
    await store.delete(summaryKey(COGS, '00000002-1'));
    const refused: string[] = [];
    store.onCall = ({ operation, key, when }) => {
      if (operation !== 'writeText' || when === 'after') return;
      refused.push(key);
      throw new StorageError('denied', 'no s3:PutObject');
    };
    expect(await look(new MemoryCache())).toContain(`src/b.tif in ${RUN}-2`);
    expect(refused).toEqual([SUMMARY]);
  });

  it('are not stored for a run of a single job, which is read as soon', async () => {
    await publishRun(store, COGS, runRecord({ jobs: 1, jobSizes: [[1, 100]], sequence: 2, run: 'second' }));
    await put(jobResult([fileResult('src/d.tif')], { run: 'second' }));
    await look();
    expect(written.filter((key) => !key.endsWith('.result.json'))).toEqual([SUMMARY]);
  });

  it('of runs that are gone do not stay', async () => {
    for (const name of ['00000009-1', '00000001-1-sources']) here.texts.set(name, 'x');
    await look(here, false);
    expect([...here.texts.keys()]).toEqual(['00000001-1-sources', '00000001-1']);
    await look();
    await look();
    expect([...here.texts.keys()]).toEqual(['00000001-1']);
  });
});
