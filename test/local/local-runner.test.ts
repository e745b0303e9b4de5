import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { writeManifests } from '../../src/bucket/manifests.ts';
import type { BrokenJob, RunRecord } from '../../src/contract/run-record.ts';
import { RunEndedError } from '../../src/errors.ts';
import { LocalRunner } from '../../src/local/local-runner.ts';
import { HEARTBEAT_EVERY_MS, SILENCE_ALLOWED_MS } from '../../src/plan/liveness.ts';
import type { Processes, StartHooks } from '../../src/ports.ts';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import { isAlive, ownIdentity } from '../../src/storage/process-identity.ts';
import { FakeClock } from '../fakes/fake-clock.ts';
import { RecordingReporter } from '../fakes/recording-reporter.ts';
import { COGS, manifest, RUN, runRecord } from '../fakes/runs.ts';

const WORKER = join(import.meta.dirname, '../fixtures/programs/stand-in-worker.mjs');
const STOP_GRACE_MS = 30_000;

type Change = Parameters<StartHooks['save']>[0];

let bucket: string;
let clock: FakeClock;
let reporter: RecordingReporter;
let stop: AbortController;
let kill: AbortController;
let saved: Change[];
let files: string[];

beforeEach(async () => {
  bucket = await mkdtemp(join(tmpdir(), 'cogconv-local-'));
  clock = new FakeClock();
  // heartbeats and the grace of a stop wait; pauses between attempts pass at once
  clock.holds = (ms) => ms >= STOP_GRACE_MS;
  reporter = new RecordingReporter();
  stop = new AbortController();
  kill = new AbortController();
  saved = [];
  files = [];
});
afterEach(async () => {
  await rm(bucket, { recursive: true, force: true });
});

const PROCESSES: Processes = { own: ownIdentity(), isAlive };

function runnerWith(
  cpus: number,
  env: Readonly<Record<string, string>> = {},
  processes = PROCESSES,
): LocalRunner {
  return new LocalRunner({
    bucket,
    cogPrefix: COGS,
    workerFile: WORKER,
    env: { PATH: process.env['PATH'], ...env },
    cpus,
    clock,
    processes,
    reporter,
  });
}

/** One job for each list of names. */
async function prepare(...jobs: readonly (readonly string[])[]): Promise<RunRecord> {
  const manifests = jobs.map((names, at) =>
    manifest(
      at + 1,
      names.map((name) => `src/${name}.tif`),
    ),
  );
  await writeManifests(new DirectoryStore(bucket), manifests);
  return runRecord({ jobs: jobs.length, jobSizes: jobs.map((names) => [names.length, 100] as const) });
}

function hooks(save: StartHooks['save'] = async () => {}): StartHooks {
  return {
    save: async (change) => {
      saved.push(change);
      await save(change);
    },
    onFile: (n, { source, outcome }) => files.push(`${String(n)} ${source} ${outcome}`),
    stop: stop.signal,
    kill: kill.signal,
  };
}

const marks = async (): Promise<string[]> => (await readdir(join(bucket, 'marks'))).sort();

async function startedWith(
  n: number,
  attempt = 1,
): Promise<Record<string, string> & { readonly argv: readonly string[] }> {
  const text = await readFile(join(bucket, 'marks', `started-${String(n)}-${String(attempt)}`), 'utf8');
  return JSON.parse(text) as Record<string, string> & { readonly argv: readonly string[] };
}

/** Waits for the worker of a job to be at work. */
async function untilStarted(n: number): Promise<number> {
  for (;;) {
    const started = await startedWith(n).catch(() => null);
    if (started !== null) return Number(started['pid']);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function stateOf(runner: LocalRunner, n: number): Promise<string> {
  const seen = (await runner.observe(runRecord())).get(n);
  return `${seen?.state ?? 'unknown'} ${String(seen?.attempts)} ${seen?.reason ?? ''}`.trim();
}

const broken = (): readonly BrokenJob[] | undefined => saved.at(-1)?.broken;

describe('LocalRunner', () => {
  it('runs every job and tells each file', async () => {
    const run = await prepare(['ok-1', 'ok-2'], ['fail', 'ok-3'], ['ok-4']);
    const runner = runnerWith(4);
    await runner.start(run, hooks());
    expect(files.toSorted()).toEqual([
      '1 src/ok-1.tif converted',
      '1 src/ok-2.tif converted',
      '2 src/fail.tif failed',
      '2 src/ok-3.tif converted',
      '3 src/ok-4.tif converted',
    ]);
    expect(await stateOf(runner, 1)).toBe('SUCCEEDED 1');
    expect(await stateOf(runner, 2)).toBe('FAILED 1');
    expect((await runner.observe(run)).get(3)?.jobId).toBe(`local:${RUN}-3`);
    expect(saved).toEqual([{ state: 'submitted' }, { state: 'ended', broken: [] }]);
  });

  it('gives workers the environment of the CLI and their own job, and nothing in their arguments', async () => {
    const run = await prepare(['ok']);
    const env = {
      AWS_SECRET_ACCESS_KEY: 'secret',
      TIFF_KEYS: 'src/other.tif',
      AWS_BATCH_JOB_ID: 'outer',
      COG_PREFIX: 'else/',
    };
    await runnerWith(2, env).start(run, hooks());
    const started = await startedWith(1);
    expect(started).toMatchObject({
      S3_BUCKET: bucket,
      MANIFEST_KEY: `cogs/manifests/${RUN}-1.json`,
      AWS_BATCH_JOB_ATTEMPT: '1',
      AWS_SECRET_ACCESS_KEY: 'secret',
    });
    expect(
      Object.keys(started).filter((name) => ['TIFF_KEYS', 'AWS_BATCH_JOB_ID', 'COG_PREFIX'].includes(name)),
    ).toEqual([]);
    expect(started.argv).toEqual([process.execPath, WORKER]);
  });

  it.each([
    [1, 1],
    [3, 1],
    [5, 2],
  ])('with %i processors runs %i jobs of 2 vCPUs at once', async (cpus, atOnce) => {
    const run = await prepare(['wait'], ['wait'], ['wait']);
    const running = runnerWith(cpus).start(run, hooks());
    for (let n = 1; n <= atOnce; n++) await untilStarted(n);
    stop.abort();
    await running;
    expect((await marks()).filter((mark) => mark.startsWith('started'))).toHaveLength(atOnce);
  });

  it('tries again after a crash', async () => {
    const runner = runnerWith(2);
    await runner.start(await prepare(['crash-once', 'ok']), hooks());
    expect(await stateOf(runner, 1)).toBe('SUCCEEDED 2');
    expect((await startedWith(1, 2))['AWS_BATCH_JOB_ATTEMPT']).toBe('2');
    expect(broken()).toEqual([]);
  });

  it('gives a job up after three attempts, and goes on with the others', async () => {
    const runner = runnerWith(2);
    await runner.start(await prepare(['crash'], ['busy'], ['ok']), hooks());
    const crashed = 'the worker was ended by SIGKILL; often that is too little memory';
    expect(await stateOf(runner, 1)).toBe(`FAILED 3 ${crashed}`);
    expect(await stateOf(runner, 2)).toBe('FAILED 3 temporary trouble: Slow Down');
    expect(await stateOf(runner, 3)).toBe('SUCCEEDED 1');
    expect(broken()).toEqual([
      { job: 1, reason: crashed, attempts: 3 },
      { job: 2, reason: 'temporary trouble: Slow Down', attempts: 3 },
    ]);
  });

  it('does not repeat what the worker refuses', async () => {
    const runner = runnerWith(2);
    await runner.start(await prepare(['refuse']), hooks());
    expect(await stateOf(runner, 1)).toBe('FAILED 1 the worker refused its job: manifest is not JSON');
  });

  it('tells what it cannot start', async () => {
    const run = await prepare(['ok']);
    const runner = runnerWith(2, { LD_PRELOAD: 'x'.repeat(300_000) });
    await runner.start(run, hooks());
    expect(await stateOf(runner, 1)).toMatch(/^FAILED 1 the worker could not be started: spawn .*E2BIG/);
  });
});

describe('LocalRunner, interrupted', () => {
  it('starts nothing new and lets workers tidy up', async () => {
    const run = await prepare(['wait'], ['ok']);
    const runner = runnerWith(2);
    const running = runner.start(run, hooks());
    await untilStarted(1);
    stop.abort();
    await running;
    expect(await marks()).toEqual(['ended-1', 'started-1-1']);
    expect(await stateOf(runner, 1)).toBe('FAILED 1 interrupted');
    expect(await stateOf(runner, 2)).toBe('unknown undefined');
    expect(saved.at(-1)).toEqual({ state: 'ended', broken: [] });
  });

  it('ends at once at the second time', async () => {
    const running = runnerWith(2).start(await prepare(['stubborn']), hooks());
    const pid = await untilStarted(1);
    stop.abort();
    kill.abort();
    await running;
    expect(() => process.kill(pid, 0)).toThrow('ESRCH');
  });

  it('ends workers that do not stop in the time that a container has', async () => {
    const running = runnerWith(2).start(await prepare(['stubborn']), hooks());
    await untilStarted(1);
    stop.abort();
    clock.wake();
    await running;
    expect(await marks()).toEqual(['started-1-1']);
  });

  it('starts nothing when it is stopped before it begins', async () => {
    stop.abort();
    await runnerWith(2).start(await prepare(['ok']), hooks());
    await expect(marks()).rejects.toThrow('ENOENT');
  });
});

describe('LocalRunner, heartbeat', () => {
  it('saves one every minute', async () => {
    const running = runnerWith(2).start(await prepare(['wait']), hooks());
    await untilStarted(1);
    clock.advance(HEARTBEAT_EVERY_MS);
    clock.wake();
    await expect.poll(() => saved.at(-1)).toEqual({ heartbeatAt: '2024-01-15T12:01:00.000Z' });
    stop.abort();
    await running;
  });

  it('stops when somebody else ended the run, as its files may be in another one', async () => {
    const save: StartHooks['save'] = async ({ heartbeatAt }) => {
      if (heartbeatAt !== undefined) throw new RunEndedError('run x was ended from elsewhere');
    };
    const running = runnerWith(2).start(await prepare(['wait'], ['wait']), hooks(save));
    await untilStarted(1);
    clock.wake();
    await expect(running).rejects.toBeInstanceOf(RunEndedError);
    expect(await marks()).toEqual(['ended-1', 'started-1-1']);
  });

  it('goes on when the bucket cannot be written for a while', async () => {
    const save: StartHooks['save'] = async () => {
      throw new Error('no route to host');
    };
    const runner = runnerWith(2);
    await runner.start(await prepare(['ok']), hooks(save));
    expect(await stateOf(runner, 1)).toBe('SUCCEEDED 1');
    expect(reporter.events.map(({ name }) => name)).toEqual(['Run:NotSaved', 'Run:NotSaved']);
  });
});

describe('LocalRunner.cancel', () => {
  it('interrupts the convert of another terminal, as Ctrl-C would', async () => {
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)']);
    const owner = { ...ownIdentity(), pid: other.pid ?? 0, started: '-' };
    expect(await runnerWith(2).cancel(runRecord({ owner }))).toBe(2);
    expect(await once(other, 'exit')).toEqual([null, 'SIGTERM']);
  });

  it('goes by the heartbeat where the process table cannot tell whether it is the convert', async () => {
    const owner = { ...ownIdentity(), pid: process.pid, started: '-' };
    const heartbeatAt = new Date(clock.now().getTime() - SILENCE_ALLOWED_MS).toISOString();
    expect(await runnerWith(2).cancel(runRecord({ owner, heartbeatAt }))).toBe(0);
  });

  it.skipIf(process.getuid?.() !== 0)('says that a convert of another user cannot be ended', async () => {
    const other = spawn(process.execPath, ['-e', 'setTimeout(() => {}, 600000)'], { uid: 65_533 });
    await once(other, 'spawn');
    const owner = { ...ownIdentity(), pid: other.pid ?? 0, started: '-' };
    process.seteuid?.(65_534);
    const told = runnerWith(2).cancel(runRecord({ owner }));
    process.seteuid?.(0);
    await expect(told).rejects.toMatchObject({
      exitCode: 5,
      message: `run ${RUN} is another user's: process ${String(other.pid)} may not be interrupted`,
    });
    other.kill();
  });

  it('has nothing to end when the convert ends at that moment', async () => {
    const other = spawn(process.execPath, ['-e', '']);
    await once(other, 'exit');
    const owner = { ...ownIdentity(), pid: other.pid ?? 0 };
    // it was there when the process table was asked
    const processes = { own: ownIdentity(), isAlive: () => true };
    expect(await runnerWith(2, {}, processes).cancel(runRecord({ owner }))).toBe(0);
  });

  it('has nothing to end when the convert is gone', async () => {
    expect(await runnerWith(2).cancel(runRecord({ owner: { ...ownIdentity(), started: '1' } }))).toBe(0);
  });

  it('says on which machine a run can be stopped', async () => {
    const owner = { host: 'laptop-2 boot pid:[1]', pid: 1, started: '1' };
    await expect(runnerWith(2).cancel(runRecord({ owner }))).rejects.toThrow(
      'runs on another machine (laptop-2)',
    );
  });
});
