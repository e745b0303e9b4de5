import { describe, expect, it } from 'vitest';
import type { JobResult } from '../../src/contract/result.ts';
import { endOfRun, viewRun, type Alive, type ObservedJob } from '../../src/plan/job-views.ts';
import { summariseResult } from '../../src/plan/result-summary.ts';
import type { RunRecord } from '../../src/contract/run-record.ts';
import { failedFile, fileResult, jobResult, RUN, runRecord, shortView } from '../fakes/runs.ts';

const NOBODY: Alive = { owner: false, worker: () => false, remembered: false };
const OWNER: Alive = { owner: true, worker: () => false, remembered: false };
const WORKER: Alive = { owner: false, worker: ({ pid }) => pid === 8, remembered: false };
const YOUNG: Alive = { ...NOBODY, remembered: true };
const ONE_JOB: Partial<RunRecord> = { jobs: 1, files: 3, bytes: 300, jobSizes: [[3, 300]] };
const ALL_DONE = jobResult(['src/a.tif', 'src/b.tif', 'src/c.tif'].map((key) => fileResult(key)));
const ONE_FAILED = jobResult([
  fileResult('src/a.tif'),
  failedFile('src/b.tif', 'no-crs'),
  fileResult('src/c.tif'),
]);
const RUNNING = jobResult([fileResult('src/a.tif')], { state: 'running', finishedAt: null });
const STOPPED = jobResult([fileResult('src/a.tif'), failedFile('src/b.tif', 'storage')], {
  state: 'interrupted',
  attempt: 3,
});

function seen(change: Partial<ObservedJob>): ObservedJob {
  return { state: 'RUNNING', jobId: 'b-1', reason: null, attempts: 1, spotLosses: 0, since: null, ...change };
}

function viewOf(
  record: Partial<RunRecord>,
  result: JobResult | null,
  observed: ObservedJob | null,
  alive: Alive,
): ReturnType<typeof viewRun>[number] {
  const [view] = viewRun(
    runRecord({ ...ONE_JOB, ...record }),
    new Map(result === null ? [] : [[1, summariseResult(result)]]),
    new Map(observed === null ? [] : [[1, observed]]),
    alive,
  );
  if (view === undefined) throw new Error('no view');
  return view;
}

describe('viewRun', () => {
  it.each<[string, Partial<RunRecord>, JobResult | null, ObservedJob | null, Alive, string]>([
    ['a finished result, whatever the runner says', {}, ALL_DONE, seen({}), OWNER, 'SUCCEEDED | attempts 1'],
    ['failed files', {}, ONE_FAILED, null, NOBODY, 'FAILED | attempts 1 | 1 of 3 files failed'],
    [
      'a result that was finished after the run was given up',
      { state: 'ended' },
      ALL_DONE,
      null,
      NOBODY,
      'SUCCEEDED | attempts 1',
    ],
    ['the runner: running', {}, RUNNING, seen({ attempts: 2 }), NOBODY, 'RUNNING | attempts 2'],
    [
      'the runner: waiting',
      {},
      null,
      seen({ state: 'RUNNABLE', reason: 'no capacity', attempts: 0 }),
      NOBODY,
      'RUNNABLE | attempts 0 | no capacity',
    ],
    [
      'the runner: failed',
      {},
      RUNNING,
      seen({ state: 'FAILED', reason: 'Host EC2 terminated', attempts: 5 }),
      NOBODY,
      'FAILED | attempts 5 | Host EC2 terminated; 1 of 3 files done',
    ],
    [
      'the runner: succeeded, without a result',
      {},
      null,
      seen({ state: 'SUCCEEDED' }),
      NOBODY,
      'FAILED | attempts 1 | the job ended well but left no result: is its image the one that cogconv deploy makes?; 0 of 3 files done',
    ],
    ['a worker in another process', {}, RUNNING, null, WORKER, 'RUNNING | attempts 1'],
    [
      'a worker whose convert was killed and a job that waits for nobody',
      {},
      RUNNING,
      null,
      NOBODY,
      'FAILED | attempts 1 | interrupted; 1 of 3 files done',
    ],
    ['a job that waits for its turn', {}, null, null, OWNER, 'RUNNABLE | attempts 0'],
    ['a job that waits for its next attempt', {}, STOPPED, null, OWNER, 'RUNNABLE | attempts 3'],
    [
      'a job that never began',
      {},
      null,
      null,
      NOBODY,
      'FAILED | attempts 0 | interrupted before it began; 0 of 3 files done',
    ],
    [
      'an interrupted job',
      { state: 'ended' },
      STOPPED,
      null,
      NOBODY,
      'FAILED | attempts 3 | interrupted; 1 of 3 files done, 1 of 3 files failed',
    ],
    [
      'a job that its runner gave up',
      { broken: [{ job: 1, reason: 'SIGKILL', attempts: 3 }] },
      RUNNING,
      null,
      OWNER,
      'FAILED | attempts 3 | SIGKILL; 1 of 3 files done',
    ],
    [
      'Batch: not submitted yet',
      { runner: 'batch', state: 'published' },
      null,
      null,
      OWNER,
      'SUBMITTED | attempts 0',
    ],
    [
      'Batch: never submitted',
      { runner: 'batch', state: 'published' },
      null,
      null,
      NOBODY,
      'FAILED | attempts 0 | interrupted before it began; 0 of 3 files done',
    ],
    [
      'Batch: submitted, its answer lost',
      { runner: 'batch', state: 'published' },
      null,
      seen({}),
      NOBODY,
      'RUNNING | attempts 1',
    ],
    [
      'Batch: so new that it is not listed yet',
      { runner: 'batch' },
      null,
      null,
      YOUNG,
      'SUBMITTED | attempts 0 | AWS Batch does not list it: just submitted, or from another account or region than yours',
    ],
    [
      'Batch: forgotten',
      { runner: 'batch' },
      STOPPED,
      null,
      OWNER,
      'FAILED | attempts 3 | no longer known to the runner; 1 of 3 files done, 1 of 3 files failed',
    ],
  ])('tells %s', (_, record, result, observed, alive, expected) => {
    expect(shortView(viewOf(record, result, observed, alive))).toBe(expected);
  });

  it('holds the files of jobs under way only', () => {
    expect(viewOf({}, null, null, OWNER).active).toBe(true);
    expect(viewOf({}, null, null, NOBODY).active).toBe(false);
    expect(viewOf({}, ALL_DONE, null, OWNER).active).toBe(false);
  });

  it('counts files and bytes', () => {
    const rows = [
      fileResult('src/a.tif'),
      fileResult('src/b.tif', { outcome: 'skipped', cogBytes: 0 }),
      failedFile('src/c.tif', 'no-crs'),
    ];
    expect(viewOf({}, jobResult(rows), null, NOBODY)).toMatchObject({
      files: 3,
      bytes: 300,
      done: 2,
      converted: 1,
      skipped: 1,
      failed: 1,
      bytesDone: 300,
      cogBytes: 60,
    });
  });

  it('names jobs as the runner does, also those it does not know any more', () => {
    const submissions = [
      { jobId: 'array', jobName: RUN, firstJob: 1, jobs: 2 },
      { jobId: 'single', jobName: RUN, firstJob: 3, jobs: 1 },
    ];
    const jobSizes = [
      [1, 1],
      [1, 1],
      [1, 1],
      [1, 1],
    ] as const;
    const record = runRecord({ runner: 'batch', submissions, jobs: 4, jobSizes });
    const views = viewRun(record, new Map(), new Map([[1, seen({ jobId: 'array:0' })]]), NOBODY);
    expect(views.map(({ jobId }) => jobId)).toEqual(['array:0', 'array:1', 'single', '']);
    expect(views.map(({ jobName }) => jobName)).toEqual([1, 2, 3, 4].map((n) => `${RUN}-${String(n)}`));
    expect(viewOf({}, null, null, NOBODY).jobId).toBe(`local:${RUN}-1`);
  });

  it('dates a job by the last that is known of it', () => {
    expect(viewOf({}, null, null, OWNER).since).toBe('2024-01-15T12:00:00.000Z');
    expect(viewOf({}, RUNNING, null, WORKER).since).toBe('2024-01-15T12:00:01.000Z');
    expect(viewOf({}, ALL_DONE, null, NOBODY).since).toBe('2024-01-15T12:00:09.000Z');
    expect(viewOf({}, RUNNING, seen({ since: '2024-02-01T00:00:00.000Z' }), NOBODY).since).toBe(
      '2024-02-01T00:00:00.000Z',
    );
  });
});

describe('endOfRun', () => {
  it('waits for the last job', () => {
    const record = runRecord();
    const views = viewRun(record, new Map([[1, summariseResult(ALL_DONE)]]), new Map(), OWNER);
    expect(endOfRun(record, views)).toBeNull();
  });

  it('keeps why jobs broke, so that the same is told after the runner forgot', () => {
    const record = runRecord({ runner: 'batch' });
    const observed = new Map([[2, seen({ state: 'FAILED', reason: 'Host EC2 terminated', attempts: 5 })]]);
    const results = new Map([[1, summariseResult(ONE_FAILED)]]);
    const views = viewRun(record, results, observed, NOBODY);
    const end = endOfRun(record, views);
    expect(end).toEqual({ state: 'ended', broken: [{ job: 2, reason: 'Host EC2 terminated', attempts: 5 }] });
    const later = viewRun({ ...record, ...end }, results, new Map(), NOBODY);
    expect(later.map(shortView)).toEqual(views.map(shortView));
  });

  it('has nothing to say of an ended run', () => {
    const record = runRecord({ state: 'ended' });
    expect(endOfRun(record, viewRun(record, new Map(), new Map(), NOBODY))).toBeNull();
  });
});
