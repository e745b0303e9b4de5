import { CreateComputeEnvironmentCommand, CreateJobQueueCommand } from '@aws-sdk/client-batch';
import { CreateServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import { setTimeout as delay } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { batchRunner } from '../../src/aws/batch-runner.ts';
import type { AwsClients } from '../../src/aws/clients.ts';
import { awsFoundations } from '../../src/aws/foundations.ts';
import { batchDefinitions } from '../../src/aws/job-definitions.ts';
import { jobDefinition } from '../../src/plan/job-definition.ts';
import type { RunRecord } from '../../src/contract/run-record.ts';
import type { Clock, Runner } from '../../src/ports.ts';
import { startBatchStub } from '../batch-stub/batch-stub.ts';
import { furnish as furnishStub } from '../batch-stub/furnish.ts';
import { stubClock } from '../batch-stub/stub-clock.ts';
import { hasMoto, startMoto } from '../moto.ts';
import { labClients, recordHooks, runOf, SUBMIT_SETTINGS } from './batch-lab.ts';

/** Either program answers for Batch, and everything that follows holds on both. */
interface Backend {
  readonly clock: Clock;
  /** Time passes for jobs. */
  passTime(): Promise<void>;
  stop(): Promise<void>;
}

async function startStub(): Promise<Backend> {
  const stub = await startBatchStub();
  furnishStub(stub.state);
  vi.stubEnv('AWS_ENDPOINT_URL', stub.endpoint);
  return {
    clock: stubClock(stub),
    passTime: async () => {
      stub.advance(60_000);
    },
    stop: stub.close,
  };
}

async function startEmulator(): Promise<Backend> {
  const moto = await startMoto();
  vi.stubEnv('AWS_ENDPOINT_URL', moto.endpoint);
  const body = JSON.stringify({ batch: { use_docker: false } });
  await fetch(`${moto.endpoint}/moto-api/config`, { method: 'POST', body });
  return {
    clock: { now: () => new Date(), sleep: async () => {} },
    passTime: () => delay(200),
    stop: moto.stop,
  };
}

const haveMoto = hasMoto('the Batch runner on a second emulator');

describe.each([
  ['stub', startStub],
  ['moto', startEmulator],
])('batchRunner on %s', (backend, startBackend) => {
  const isMoto = backend === 'moto';
  let batch: Backend;
  let clients: AwsClients;
  let runner: Runner;

  beforeAll(async () => {
    if (isMoto && !haveMoto) return;
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    batch = await startBackend();
    clients = labClients(batch.clock);
    if (isMoto) await furnishMoto();
    runner = batchRunner(clients, batch.clock, SUBMIT_SETTINGS);
  }, 120_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    if (isMoto && !haveMoto) return;
    clients.close();
    await batch.stop();
  });

  async function furnishMoto(): Promise<void> {
    const iam = await clients.iam();
    const { Role } = await iam.send(
      new CreateServiceLinkedRoleCommand({ AWSServiceName: 'batch.amazonaws.com' }),
    );
    const batch = await clients.batch();
    const { computeEnvironmentArn } = await batch.send(
      new CreateComputeEnvironmentCommand({
        computeEnvironmentName: 'cog-converter-env',
        type: 'UNMANAGED',
        state: 'ENABLED',
        serviceRole: Role?.Arn,
      }),
    );
    await batch.send(
      new CreateJobQueueCommand({
        jobQueueName: SUBMIT_SETTINGS.queue,
        priority: 1,
        state: 'ENABLED',
        computeEnvironmentOrder: [{ order: 1, computeEnvironment: computeEnvironmentArn }],
      }),
    );
    const name = SUBMIT_SETTINGS.definition;
    await batchDefinitions(clients, name).register(definition(name, 'image'));
  }

  const definition = (name: string, image: string) =>
    jobDefinition({
      name,
      image,
      jobRoleArn: 'arn:aws:iam::123456789012:role/cog-converter-job-role',
      logGroup: '/aws/batch/cog-converter',
      region: 'us-east-1',
      vcpus: 2,
      memoryMiB: 4096,
      timeoutSeconds: null,
      tags: { app: 'cogconv' },
      parameters: { 'cogconv-image': image },
    });

  it.skipIf(isMoto && !haveMoto)('registers revisions and finds the latest', async () => {
    const name = 'another-job';
    const definitions = batchDefinitions(clients, name);
    expect(await definitions.latest()).toBeNull();
    await definitions.register(definition(name, 'one'));
    expect(await definitions.register(definition(name, 'two'))).toMatchObject({ revision: 2 });
    expect(await definitions.latest()).toMatchObject({
      revision: 2,
      image: 'two',
      parameters: { 'cogconv-image': 'two' },
      logGroup: '/aws/batch/cog-converter',
    });
  });

  it.skipIf(isMoto && !haveMoto)('finds the queue, and names setup for one that is not there', async () => {
    const names = { jobRole: 'r', queue: SUBMIT_SETTINGS.queue };
    await awsFoundations(clients, names).requireQueue();
    await expect(awsFoundations(clients, { ...names, queue: 'x' }).requireQueue()).rejects.toMatchObject({
      exitCode: 4,
    });
  });

  /** Polls while time passes. */
  async function statesOf(run: RunRecord, wanted: string): Promise<void> {
    await vi.waitFor(
      async () => {
        await batch.passTime();
        const seen = await runner.observe(run, new Set());
        expect([...seen.values()].map(({ state }) => state)).toEqual(Array(run.jobs).fill(wanted));
      },
      { timeout: 60_000, interval: 10 },
    );
  }

  it.skipIf(isMoto && !haveMoto).each([1, 3])(
    'submits a run of %i jobs, finds it by name and sees it end',
    async (jobs) => {
      const run = `${backend}-${String(jobs)}`;
      const { kept, hooks } = recordHooks(runOf(jobs, { run }));
      await runner.start(kept.run, hooks);
      const found = await runner.observe(runOf(jobs, { run }), new Set());
      expect([...found.keys()]).toEqual(Array.from({ length: jobs }, (_, at) => at + 1));
      await statesOf(kept.run, 'SUCCEEDED');
      expect(await runner.cancel(kept.run, 'too late')).toBe(0);
    },
  );
});
