import { CreateComputeEnvironmentCommand, CreateJobQueueCommand } from '@aws-sdk/client-batch';
import { CreateServiceLinkedRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { batchRunner } from '../../src/aws/batch-runner.ts';
import type { AwsClients } from '../../src/aws/clients.ts';
import { awsFoundations } from '../../src/aws/foundations.ts';
import { batchDefinitions } from '../../src/aws/job-definitions.ts';
import { jobDefinition } from '../../src/plan/job-definition.ts';
import type { Clock, Runner } from '../../src/ports.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';
import { labClients, recordHooks, runOf, SUBMIT_SETTINGS } from './batch-lab.ts';

const clock: Clock = { now: () => new Date(), sleep: async () => {} };

describe.skipIf(!hasMoto('the Batch runner on a second emulator'))('batchRunner on moto', () => {
  let moto: Moto;
  let clients: AwsClients;
  let runner: Runner;

  beforeAll(async () => {
    moto = await startMoto();
    vi.stubEnv('AWS_ENDPOINT_URL', moto.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    const body = JSON.stringify({ batch: { use_docker: false } });
    await fetch(`${moto.endpoint}/moto-api/config`, { method: 'POST', body });
    clients = labClients(clock);
    await furnish();
    runner = batchRunner(clients, clock, SUBMIT_SETTINGS);
  }, 120_000);

  afterAll(async () => {
    vi.unstubAllEnvs();
    clients.close();
    await moto.stop();
  });

  async function furnish(): Promise<void> {
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
  }

  const definition = (image: string) =>
    jobDefinition({
      name: SUBMIT_SETTINGS.definition,
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

  it('registers revisions and finds the latest', async () => {
    const definitions = batchDefinitions(clients, SUBMIT_SETTINGS.definition);
    expect(await definitions.latest()).toBeNull();
    await definitions.register(definition('one'));
    expect(await definitions.register(definition('two'))).toMatchObject({ revision: 2 });
    expect(await definitions.latest()).toMatchObject({
      revision: 2,
      image: 'two',
      parameters: { 'cogconv-image': 'two' },
      logGroup: '/aws/batch/cog-converter',
    });
  });

  it('finds the queue, and names setup for one that is not there', async () => {
    const names = { jobRole: 'r', queue: SUBMIT_SETTINGS.queue };
    await awsFoundations(clients, names).requireQueue();
    await expect(awsFoundations(clients, { ...names, queue: 'x' }).requireQueue()).rejects.toMatchObject({
      exitCode: 4,
    });
  });

  it.each([1, 3])('submits a run of %i jobs once and sees them end', async (jobs) => {
    const run = `moto-${String(jobs)}`;
    const { kept, hooks } = recordHooks(runOf(jobs, { run }));
    await runner.start(kept.run, hooks);
    const again = recordHooks(runOf(jobs, { run }));
    await runner.start(again.kept.run, again.hooks);
    expect(again.kept.run.submissions).toEqual(kept.run.submissions);
    await vi.waitFor(
      async () => {
        const seen = await runner.observe(kept.run, new Set());
        expect([...seen.values()].map(({ state }) => state)).toEqual(Array(jobs).fill('SUCCEEDED'));
      },
      { timeout: 60_000, interval: 200 },
    );
    expect(await runner.cancel(kept.run, 'too late')).toBe(0);
  });
});
