import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batchRunner } from '../../src/aws/batch-runner.ts';
import type { AwsClients } from '../../src/aws/clients.ts';
import { RunEndedError } from '../../src/errors.ts';
import type { Runner } from '../../src/ports.ts';
import { exits, OUTCOMES, startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { FURNITURE, furnish } from '../batch-stub/furnish.ts';
import { stubClock } from '../batch-stub/stub-clock.ts';
import { labClients, recordHooks, RUN, runOf, SUBMIT_SETTINGS } from './batch-lab.ts';

let stub: BatchStub;
let clients: AwsClients;
let runner: Runner;

beforeEach(async () => {
  stub = await startBatchStub();
  furnish(stub.state);
  vi.stubEnv('AWS_ENDPOINT_URL_BATCH', stub.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  const clock = stubClock(stub);
  clients = labClients(clock);
  runner = batchRunner(clients, clock, SUBMIT_SETTINGS);
});

afterEach(async () => {
  vi.unstubAllEnvs();
  clients.close();
  await stub.close();
});

const jobs = () => [...stub.state.jobs.values()];

async function started(count: number) {
  const { kept, hooks } = recordHooks(runOf(count));
  await runner.start(kept.run, hooks);
  return kept;
}

const NONE: ReadonlySet<number> = new Set();

describe('start', () => {
  it('submits a single job plain, with its manifest, sizes, timeout and tags', async () => {
    const { run } = await started(1);
    expect(run).toMatchObject({ state: 'submitted', queue: FURNITURE.queue });
    expect(run.submissions).toEqual([{ jobId: jobs()[0]?.jobId, jobName: `${RUN}-1`, firstJob: 1, jobs: 1 }]);
    const request = jobs()[0]?.request;
    expect(request?.arrayProperties).toBeUndefined();
    expect(request?.containerOverrides).toEqual({
      environment: [
        { name: 'S3_BUCKET', value: 'rasters' },
        { name: 'MANIFEST_KEY', value: `cogs/manifests/${RUN}-1.json` },
      ],
      resourceRequirements: [
        { type: 'VCPU', value: '4' },
        { type: 'MEMORY', value: '7168' },
      ],
    });
    expect(request?.timeout?.attemptDurationSeconds).toBe(2_801);
    expect(request?.tags).toEqual({ app: 'cogconv', run: RUN });
  });

  it('submits 10,001 jobs as one array and one plain job in five calls', async () => {
    const { run } = await started(10_001);
    expect(run.submissions.map((one) => one.jobs)).toEqual([10_000, 1]);
    expect(jobs()[0]?.request.arrayProperties).toEqual({ size: 10_000 });
    expect(jobs()[1]?.request.containerOverrides?.environment).toContainEqual({
      name: 'MANIFEST_KEY',
      value: `cogs/manifests/${RUN}-10001.json`,
    });
    expect(stub.calls.length).toBeLessThanOrEqual(5);
  });

  it('stops between two submits, and says how far it came', async () => {
    const stop = new AbortController();
    const { kept, hooks } = recordHooks(runOf(10_001), stop);
    const save = async (change: Parameters<typeof hooks.save>[0]) => {
      await hooks.save(change);
      if (change.submissions !== undefined) stop.abort();
    };
    await expect(runner.start(kept.run, { ...hooks, save })).rejects.toMatchObject({
      name: 'InterruptedError',
      message: 'stopped with 10000 of 10001 jobs submitted',
    });
    expect(kept.run).toMatchObject({ state: 'published', submissions: [{ firstJob: 1, jobs: 10_000 }] });
    expect(jobs()).toHaveLength(1);
  });

  it('takes no job of its name for its own that another prefix submitted in the same second', async () => {
    const elsewhere = batchRunner(clients, stubClock(stub), { ...SUBMIT_SETTINGS, cogPrefix: 'other/' });
    const other = recordHooks(runOf(1));
    await elsewhere.start(other.kept.run, other.hooks);
    expect(await runner.observe(runOf(1), NONE)).toEqual(new Map());
    stub.failNext('SubmitJob', { afterwards: true });
    const { run } = await started(1);
    const [first, second] = jobs().map(({ jobId }) => jobId);
    expect([other.kept.run, run].map(({ submissions }) => submissions[0]?.jobId)).toEqual([first, second]);
  });

  it('takes no job of a like name for its own', async () => {
    await started(1);
    const other = RUN.toUpperCase();
    const { kept, hooks } = recordHooks(runOf(1, { run: other }));
    await runner.start(kept.run, hooks);
    expect(jobs().map(({ request }) => request.jobName)).toEqual([`${RUN}-1`, `${other}-1`]);
    expect((await runner.observe(runOf(1), NONE)).get(1)?.jobId).toBe(jobs()[0]?.jobId);
  });

  it('takes back a job whose run was ended meanwhile', async () => {
    const { kept, hooks } = recordHooks(runOf(2));
    const ended = {
      ...hooks,
      save: async (change: object) => {
        if ('submissions' in change) throw new RunEndedError('ended from elsewhere');
      },
    };
    await expect(runner.start(kept.run, ended)).rejects.toThrow('ended from elsewhere');
    stub.settle();
    expect(jobs()[0]?.status).toBe('FAILED');
  });
});

describe('a submit without an answer', () => {
  it('is found when it was accepted and answered 500', async () => {
    stub.failNext('SubmitJob', { afterwards: true });
    const { run } = await started(5);
    expect(jobs()).toHaveLength(1);
    expect(run.submissions[0]?.jobId).toBe(jobs()[0]?.jobId);
  });

  it('is found when it was accepted and the connection broke', async () => {
    stub.failNext('SubmitJob', { afterwards: true, drop: true });
    const { run } = await started(5);
    expect(jobs()).toHaveLength(1);
    expect(run.submissions).toHaveLength(1);
  });

  it('is sent again when Batch did not take it', async () => {
    stub.failNext('SubmitJob', {});
    expect((await started(5)).run.submissions).toHaveLength(1);
    expect(jobs()).toHaveLength(1);
    expect(stub.callsOf('SubmitJob')).toHaveLength(2);
  });

  it('ends with what to do when Batch stays silent', async () => {
    stub.failNext('SubmitJob', {}, 9);
    await expect(started(5)).rejects.toMatchObject({ name: 'AwsError', hint: /run cogconv convert again/ });
    expect(jobs()).toHaveLength(0);
  });

  it('waits out 30 s of throttling', async () => {
    stub.throttleFor(30_000);
    expect((await started(5)).run.state).toBe('submitted');
    expect(jobs()).toHaveLength(1);
  });

  it('is not sent again when Batch refused it', async () => {
    stub.failNext('SubmitJob', { status: 400, type: 'ClientException', message: 'no' });
    await expect(started(5)).rejects.toMatchObject({ name: 'AwsError' });
    expect(stub.callsOf('SubmitJob')).toHaveLength(1);
  });
});

describe('observe', () => {
  it('tells of a spot loss and the success after it', async () => {
    stub.onAttempt(({ attempt }) => (attempt === 1 ? OUTCOMES.spotLoss : OUTCOMES.good));
    const { run } = await started(1);
    stub.settle();
    expect((await runner.observe(run, NONE)).get(1)).toMatchObject({
      state: 'SUCCEEDED',
      attempts: 2,
      spotLosses: 1,
      reason: null,
    });
  });

  it("tells each child apart, with the failed one's reason, in two calls", async () => {
    stub.onAttempt(({ index }) => (index === 1 ? exits(3) : OUTCOMES.good));
    const { run } = await started(3);
    stub.settle();
    const before = stub.calls.length;
    const seen = await runner.observe(run, NONE);
    expect([1, 2, 3].map((n) => seen.get(n)?.state)).toEqual(['SUCCEEDED', 'FAILED', 'SUCCEEDED']);
    expect(seen.get(2)).toMatchObject({
      jobId: `${String(run.submissions[0]?.jobId)}:1`,
      reason: 'some files failed for good: see cogconv failures',
      attempts: 1,
    });
    expect(stub.calls.length - before).toBe(2);
  });

  it('needs a handful of calls for 2,000 jobs in all states', async () => {
    stub.onAttempt(({ index }) => {
      if (index === null || index >= 1_000) return OUTCOMES.stuckCapacity;
      if (index < 10) return OUTCOMES.outOfMemory;
      return index < 20 ? { runSeconds: 9_999 } : OUTCOMES.good;
    });
    const { run } = await started(2_000);
    stub.advance(20_000);
    const before = stub.calls.length;
    // a child that succeeded has left a result
    const finished = new Set(Array.from({ length: 980 }, (_, at) => at + 21));
    const seen = await runner.observe(run, finished);
    expect(stub.calls.length - before).toBeLessThanOrEqual(7);
    expect(seen.size).toBe(1_020);
    const count = (wanted: string): number =>
      [...seen.values()].filter(({ state }) => state === wanted).length;
    expect(['FAILED', 'RUNNING', 'RUNNABLE'].map(count)).toEqual([10, 10, 1_000]);
    expect(seen.get(1)?.reason).toMatch(/raise JOB_MEMORY \(OutOfMemoryError/);
    expect(seen.get(1_500)?.reason).toMatch(/^EC2 has no such instance free now/);
  });

  it('lists only the failed ones of a large array that is over', async () => {
    stub.onAttempt(({ index }) => (index === 7 ? exits(3) : OUTCOMES.good));
    const { run } = await started(5_000);
    stub.settle();
    const before = stub.calls.length;
    const seen = await runner.observe(run, NONE);
    expect([...seen.values()].filter(({ state }) => state === 'SUCCEEDED')).toHaveLength(4_999);
    expect(seen.get(8)?.state).toBe('FAILED');
    expect(stub.calls.length - before).toBeLessThanOrEqual(3);
  });

  it('asks nothing about jobs whose results tell their end, and little about the last few', async () => {
    const { run } = await started(1_000);
    stub.settle();
    const before = stub.calls.length;
    const all = Array.from({ length: 1_000 }, (_, at) => at + 1);
    expect(await runner.observe(run, new Set(all))).toEqual(new Map());
    expect(stub.calls.length - before).toBe(0);
    const seen = await runner.observe(run, new Set(all.slice(0, 990)));
    expect([...seen.keys()]).toEqual(all.slice(990));
    expect(stub.calls.length - before).toBe(2);
  });

  it('needs no more than ten calls for 10,000 jobs, however they ended, and calls none done that is not', async () => {
    stub.onAttempt(({ index }) => {
      if (index === null || index >= 9_500) return { runSeconds: 99_999 };
      return index < 9_000 ? OUTCOMES.outOfMemory : OUTCOMES.good;
    });
    const { run } = await started(10_000);
    stub.advance(20_000);
    const before = stub.calls.length;
    const seen = await runner.observe(run, NONE);
    expect(stub.calls.length - before).toBeLessThanOrEqual(10);
    const wrong = [...seen].filter(([n, { state }]) => n > 9_500 && state !== 'RUNNING');
    expect(wrong).toEqual([]);
    expect([...seen.values()].filter(({ state }) => state === 'SUCCEEDED')).toEqual([]);
    await runner.cancel(run, 'enough');
    stub.settle();
    const atEnd = stub.calls.length;
    const ended = await runner.observe(run, NONE);
    expect(stub.calls.length - atEnd).toBeLessThanOrEqual(10);
    const states = [...ended].map(([n, { state }]) => (state === 'SUCCEEDED' ? n : 0)).filter((n) => n > 0);
    expect(states).toEqual(Array.from({ length: 500 }, (_, at) => at + 9_001));
  });

  it('knows nothing of jobs that Batch forgot', async () => {
    const { run } = await started(3);
    stub.settle();
    stub.forgetFinishedJobs();
    expect(await runner.observe(run, NONE)).toEqual(new Map());
  });

  it.each([100, 1_000])('takes none of %i children for over that Batch has not made yet', async (count) => {
    stub.state.spawnLagMs = 60_000;
    const { run } = await started(count);
    const seen = await runner.observe(run, NONE);
    expect(seen.size).toBe(count);
    expect([...seen.values()].every(({ state }) => state === 'SUBMITTED')).toBe(true);
  });

  it("finds jobs of which only the bucket's record is left without ids", async () => {
    await started(3);
    expect((await runner.observe(runOf(3), NONE)).size).toBe(3);
  });

  it('explains a job that waits for long without a reason by the environment behind the queue', async () => {
    stub.onAttempt(() => OUTCOMES.stuckSilently);
    const { run } = await started(1);
    stub.advance(60_000);
    expect((await runner.observe(run, NONE)).get(1)?.reason).toBeNull();
    stub.advance(10 * 60_000);
    expect((await runner.observe(run, NONE)).get(1)?.reason).toMatch(
      /^waits for 11 min and Batch gives no reason/,
    );
  });

  it('names the limit on overrides, which Batch only tells after it took the job', async () => {
    runner = batchRunner(clients, stubClock(stub), {
      ...SUBMIT_SETTINGS,
      cogPrefix: `${'x'.repeat(9_000)}/`,
    });
    const { run } = await started(1);
    stub.settle();
    expect((await runner.observe(run, NONE)).get(1)).toMatchObject({
      state: 'FAILED',
      reason: /longer than ECS takes/,
    });
  });
});

describe('cancel', () => {
  it('ends a plain job with the reason', async () => {
    stub.onAttempt(() => ({ runSeconds: 9_999 }));
    const { run } = await started(1);
    stub.advance(5_000);
    expect(await runner.cancel(run, 'cancelled by ann')).toBe(1);
    stub.settle();
    expect((await runner.observe(run, NONE)).get(1)).toMatchObject({
      state: 'FAILED',
      reason: 'cancelled by ann',
    });
  });

  it('ends all children by their parent in one call', async () => {
    stub.onAttempt(({ index }) => (index === 0 ? OUTCOMES.good : OUTCOMES.stuckSilently));
    const { run } = await started(500);
    stub.advance(10_000);
    expect(await runner.cancel(run, 'cancelled by ann')).toBe(499);
    expect(stub.callsOf('TerminateJob')).toHaveLength(1);
    stub.settle();
    const seen = await runner.observe(run, NONE);
    expect([...seen.values()].filter(({ state }) => state === 'FAILED')).toHaveLength(499);
  });

  it('ends an array of which Batch has not made the children yet', async () => {
    stub.state.spawnLagMs = 60_000;
    const { run } = await started(1_000);
    expect(await runner.cancel(run, 'cancelled by ann')).toBe(1_000);
    stub.settle();
    expect(jobs()[0]?.status).toBe('FAILED');
  });

  it('leaves a run alone that is over', async () => {
    const { run } = await started(1);
    stub.settle();
    expect(await runner.cancel(run, 'cancelled by ann')).toBe(0);
    expect(stub.callsOf('TerminateJob')).toHaveLength(0);
  });
});
