import {
  CreateLogGroupCommand,
  CreateLogStreamCommand,
  PutLogEventsCommand,
} from '@aws-sdk/client-cloudwatch-logs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { batchRunner } from '../../src/aws/batch-runner.ts';
import { createClients, type AwsClients } from '../../src/aws/clients.ts';
import { cloudWatchLogs } from '../../src/aws/job-logs.ts';
import { publishRun, saveRun } from '../../src/bucket/run-ledger.ts';
import { logs, type LogsDeps, type LogsOptions } from '../../src/commands/logs.ts';
import { manifestKey, resultKey } from '../../src/contract/naming.ts';
import { serialiseResult } from '../../src/contract/result.ts';
import type { LogLine } from '../../src/ports-deploy.ts';
import { renderLogs } from '../../src/terminal/logs.ts';
import { PLAIN } from '../../src/terminal/style.ts';
import { recordHooks, RUN, runOf, SUBMIT_SETTINGS } from '../aws/batch-lab.ts';
import { exits, OUTCOMES, startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { furnish } from '../batch-stub/furnish.ts';
import { stubClock } from '../batch-stub/stub-clock.ts';
import { RESULT } from '../contract/documents.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { RecordingReporter } from '../fakes/recording-reporter.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';

const GROUP = '/aws/batch/job';

describe.skipIf(!hasMoto('logs from CloudWatch'))('logs', () => {
  let moto: Moto;
  let stub: BatchStub;
  let clients: AwsClients;
  let store: MemoryObjectStore;
  let reporter: RecordingReporter;
  let printed: LogLine[];

  beforeAll(async () => {
    moto = await startMoto();
  });

  afterAll(async () => {
    await moto.stop();
  });

  beforeEach(async () => {
    await fetch(`${moto.endpoint}/moto-api/reset`, { method: 'POST' });
    stub = await startBatchStub();
    furnish(stub.state);
    vi.stubEnv('AWS_ENDPOINT_URL', moto.endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL_BATCH', stub.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    clients = createClients({ region: 'us-east-1', profile: null }, { clock: stubClock(stub) });
    store = new MemoryObjectStore();
    reporter = new RecordingReporter();
    printed = [];
    const cloudWatch = await clients.logs();
    await cloudWatch.send(new CreateLogGroupCommand({ logGroupName: GROUP }));
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    clients.close();
    await stub.close();
  });

  /** Publishes and submits a run of so many jobs. */
  async function submitted(jobs: number): Promise<void> {
    const { kept, hooks } = recordHooks(runOf(jobs));
    await publishRun(store, 'cogs/', kept.run);
    await batchRunner(clients, stubClock(stub), SUBMIT_SETTINGS).start(kept.run, hooks);
    const { submissions, state } = kept.run;
    await saveRun(store, 'cogs/', 1, { submissions, state });
  }

  /** Writes the log that a container would have written. */
  async function written(stream: string | undefined, ...messages: string[]): Promise<void> {
    const cloudWatch = await clients.logs();
    const place = { logGroupName: GROUP, logStreamName: stream };
    await cloudWatch.send(new CreateLogStreamCommand(place));
    const logEvents = messages.map((message, at) => ({ message, timestamp: Date.now() + at }));
    await cloudWatch.send(new PutLogEventsCommand({ ...place, logEvents }));
  }

  function streamOf(index: number | null, attempt: number): string | undefined {
    const [job] = stub.state.jobs.values();
    const leaf = index === null ? job : job?.children[index];
    return leaf?.attempts[attempt - 1]?.container?.logStreamName;
  }

  async function ask(options: Partial<LogsOptions> = {}) {
    const deps: LogsDeps = {
      store,
      jobLogs: async () => cloudWatchLogs(clients),
      reporter,
      clock: stubClock(stub),
      print: (lines) => void printed.push(...lines),
      stop: new AbortController().signal,
    };
    const all = { job: `${RUN}-1`, follow: false, attempt: null, ...options };
    return (await logs(deps, { cogPrefix: 'cogs/' }, all)).report;
  }

  const texts = (lines: readonly LogLine[]): string[] => lines.map(({ message }) => message);

  it('reads the log of a child by the name of its job, and by its Batch id', async () => {
    await submitted(3);
    stub.settle();
    await written(streamOf(1, 1), 'converting b', 'done');
    const report = await ask({ job: `${RUN}-2` });
    expect(report).toMatchObject({ job: `${RUN}-2`, attempt: 1, source: 'cloudwatch' });
    expect(texts(report.lines)).toEqual(['converting b', 'done']);
    expect(texts((await ask({ job: String(report.jobId) })).lines)).toEqual(['converting b', 'done']);
  });

  it('reads each attempt, the last one unless told', async () => {
    stub.onAttempt(({ attempt }) => (attempt === 1 ? exits(75) : OUTCOMES.good));
    await submitted(1);
    stub.settle();
    await written(streamOf(null, 1), 'first');
    await written(streamOf(null, 2), 'second');
    expect(texts((await ask()).lines)).toEqual(['second']);
    expect(texts((await ask({ attempt: 1 })).lines)).toEqual(['first']);
    await expect(ask({ attempt: 3 })).rejects.toMatchObject({
      exitCode: 2,
      message: `--attempt is 3: ${RUN}-1 has had attempts 1 to 2`,
    });
  });

  it('follows a job to its end, over its attempts', async () => {
    stub.onAttempt(({ attempt }) => (attempt === 1 ? exits(75) : OUTCOMES.good));
    await submitted(1);
    for (let second = 0; streamOf(null, 1) === undefined && second < 20; second++) stub.advance();
    await written(streamOf(null, 1), 'first');
    const second = `cog-converter-job/default/${String(streamOf(null, 1)?.split('/').at(-1)).slice(0, -1)}2`;
    await written(second, 'second');
    const report = await ask({ follow: true });
    expect(texts(printed)).toEqual(['first', 'second']);
    expect(report.lines).toEqual([]);
  });

  it('falls back to the result file when the stream is gone, and says so', async () => {
    await submitted(1);
    stub.settle();
    await store.writeText(resultKey(manifestKey('cogs/', RUN, 1)), serialiseResult(RESULT), {
      condition: 'always',
      contentType: 'application/json',
    });
    const report = await ask();
    expect(report.source).toBe('result');
    expect(reporter.warnings).toEqual([expect.stringContaining('there is no log stream')]);
    expect(renderLogs(report, PLAIN).join('\n')).toContain('no-crs: no coordinate reference system');
  });

  it('falls back to the result file when Batch forgot the job', async () => {
    await submitted(1);
    stub.settle();
    stub.forgetFinishedJobs();
    await store.writeText(resultKey(manifestKey('cogs/', RUN, 1)), serialiseResult(RESULT), {
      condition: 'always',
      contentType: 'application/json',
    });
    expect((await ask()).source).toBe('result');
    expect(reporter.warnings).toEqual([expect.stringContaining('does not know')]);
    await expect(ask({ attempt: RESULT.attempt + 1 })).rejects.toMatchObject({ exitCode: 2 });
  });

  it('refuses an attempt that a local job never had, and tells which there were', async () => {
    const run = runOf(1, { runner: 'local' });
    await publishRun(store, 'cogs/', run);
    const left = async (attempt: number): Promise<void> => {
      await store.writeText(
        resultKey(manifestKey('cogs/', RUN, 1)),
        serialiseResult({ ...RESULT, attempt }),
        { condition: 'always', contentType: 'application/json' },
      );
    };
    await left(1);
    await expect(ask({ attempt: 2 })).rejects.toMatchObject({
      exitCode: 2,
      message: `--attempt is 2: ${RUN}-1 has had attempt 1 alone`,
    });
    await left(3);
    await expect(ask({ attempt: 4 })).rejects.toThrow('has had attempts 1 to 3');
    expect((await ask({ attempt: 3 })).source).toBe('result');
    const broken = [{ job: 1, reason: 'the worker ended with code 1', attempts: 5 }];
    await saveRun(store, 'cogs/', run.sequence, { broken });
    expect((await ask({ attempt: 5 })).attempt).toBe(3);
    await expect(ask({ attempt: 6 })).rejects.toThrow('has had attempts 1 to 5');
  });

  it('tells why an attempt that never ran has no log', async () => {
    stub.onAttempt(() => OUTCOMES.cannotPull);
    await submitted(1);
    stub.settle();
    await expect(ask()).rejects.toMatchObject({ message: `${RUN}-1 has left neither a log nor a result` });
    expect(reporter.warnings).toEqual([expect.stringMatching(/never ran.*CannotPullContainerError/)]);
  });

  it.each([
    ['a name that is none', 'what'],
    ['a run that is not there', 'other-20240115120000-1'],
    ['a number beyond the run', `${RUN}-9`],
  ])('refuses %s', async (_, job) => {
    await submitted(1);
    await expect(ask({ job })).rejects.toMatchObject({ exitCode: 2 });
  });
});
