import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { batchRunner } from '../../src/aws/batch-runner.ts';
import type { AwsClients } from '../../src/aws/clients.ts';
import { publishRun, readRunRecords, saveRun } from '../../src/bucket/run-ledger.ts';
import { cancel, type CancelOptions } from '../../src/commands/cancel.ts';
import { renderCancel } from '../../src/terminal/cancel.ts';
import { PLAIN } from '../../src/terminal/style.ts';
import { labClients, recordHooks, RUN, runOf, SUBMIT_SETTINGS } from '../aws/batch-lab.ts';
import { startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { furnish } from '../batch-stub/furnish.ts';
import { stubClock } from '../batch-stub/stub-clock.ts';
import { configOf, Lab } from './lab.ts';

let stub: BatchStub;
let clients: AwsClients;
let lab: Lab;
let questions: string[];

beforeEach(async () => {
  stub = await startBatchStub();
  furnish(stub.state);
  stub.onAttempt(() => ({ runSeconds: 9_999 }));
  vi.stubEnv('AWS_ENDPOINT_URL_BATCH', stub.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  clients = labClients(stubClock(stub));
  lab = new Lab();
  questions = [];
});

afterEach(async () => {
  vi.unstubAllEnvs();
  clients.close();
  await stub.close();
});

async function submitted(jobs: number): Promise<void> {
  const { kept, hooks } = recordHooks(runOf(jobs));
  await publishRun(lab.store, 'cogs/', kept.run);
  await runner().start(kept.run, hooks);
  const { submissions, state } = kept.run;
  await saveRun(lab.store, 'cogs/', 1, { submissions, state });
  stub.advance(5_000);
}

const runner = () => batchRunner(clients, stubClock(stub), SUBMIT_SETTINGS);

async function ask(
  answer: boolean | null,
  options: Partial<CancelOptions> = {},
  env: Readonly<Record<string, string>> = {},
) {
  const deps = {
    ...lab.deps,
    runner: async () => runner(),
    person: {
      confirm: async (question: string) => {
        questions.push(question);
        return answer;
      },
    },
  };
  return cancel(deps, configOf(env), { run: null, yes: false, ...options });
}

describe('cancel', () => {
  it('ends nothing in a dry run, and asks nobody', async () => {
    await submitted(3);
    const { report } = await ask(true, { yes: true }, { DRY_RUN: 'true' });
    expect(report).toEqual({ run: RUN, jobs: 3, filesLeft: 150, declined: false, dryRun: true });
    expect(questions).toEqual([]);
    expect(stub.callsOf('TerminateJob')).toEqual([]);
  });

  it('stops a convert that is still submitting', async () => {
    const { kept, hooks } = recordHooks(runOf(10_001));
    await publishRun(lab.store, 'cogs/', kept.run);
    const save: typeof hooks.save = async (change) => {
      await saveRun(lab.store, 'cogs/', 1, change);
      if (change.submissions?.length === 1) expect((await ask(true)).report).toMatchObject({ jobs: 10_000 });
    };
    await expect(runner().start(kept.run, { ...hooks, save })).rejects.toThrow('ended from elsewhere');
    stub.settle();
    expect([...stub.state.jobs.values()].map(({ status }) => status)).toEqual(['FAILED', 'FAILED']);
    const [run] = await readRunRecords(lab.store, 'cogs/');
    expect(run).toMatchObject({ state: 'ended', broken: { length: 10_001 } });
    expect(run?.broken[0]).toEqual({ job: 1, reason: 'cogconv cancel', attempts: 0 });
  });

  it('asks, then ends the newest run under way', async () => {
    await submitted(3);
    const { report, exitCode } = await ask(true);
    expect(questions).toEqual([`End 3 jobs of ${RUN} with 150 files left to do?`]);
    expect(report).toEqual({ run: RUN, jobs: 3, filesLeft: 150, declined: false, dryRun: false });
    expect(exitCode).toBe(0);
    stub.settle();
    expect([...stub.state.jobs.values()][0]?.status).toBe('FAILED');
    expect(renderCancel(report, PLAIN)).toEqual([
      `Cancelled ${RUN}: 3 jobs told to end`,
      '150 files left to do; cogconv convert takes them up again',
    ]);
  });

  it('changes nothing when the person says no', async () => {
    await submitted(3);
    expect((await ask(false)).report).toMatchObject({ jobs: 0, declined: true, dryRun: false });
    expect(stub.callsOf('TerminateJob')).toEqual([]);
  });

  it('does not hang where nobody can be asked', async () => {
    await submitted(3);
    await expect(ask(null)).rejects.toMatchObject({
      exitCode: 2,
      message: `cancel asks before it ends ${RUN}, and nobody is there to ask: say --yes`,
    });
    expect(stub.callsOf('TerminateJob')).toEqual([]);
  });

  it('asks nothing with --yes', async () => {
    await submitted(1);
    expect((await ask(null, { yes: true })).report.jobs).toBe(1);
    expect(questions).toEqual([]);
  });

  it('says that nothing is under way', async () => {
    const { report, exitCode } = await ask(null);
    expect(renderCancel(report, PLAIN)).toEqual(['No run is under way: nothing to cancel']);
    expect(exitCode).toBe(0);
  });

  it('refuses a run that is not there', async () => {
    await submitted(1);
    await expect(ask(null, { run: 'other' })).rejects.toMatchObject({ exitCode: 2 });
  });
});
