import { DescribeComputeEnvironmentsCommand, SubmitJobCommand } from '@aws-sdk/client-batch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClients, type AwsClients } from '../../src/aws/clients.ts';
import { AwsError } from '../../src/errors.ts';
import { startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { FURNITURE, furnish } from '../batch-stub/furnish.ts';
import { stubClock } from '../batch-stub/stub-clock.ts';

let stub: BatchStub;
let clients: AwsClients;

beforeEach(async () => {
  stub = await startBatchStub();
  furnish(stub.state);
  vi.stubEnv('AWS_ENDPOINT_URL_BATCH', stub.endpoint);
  vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  clients = createClients({ region: 'us-east-1', profile: null }, { clock: stubClock(stub) });
});

afterEach(async () => {
  vi.unstubAllEnvs();
  clients.close();
  await stub.close();
});

const submit = new SubmitJobCommand({
  jobName: 'one',
  jobQueue: FURNITURE.queue,
  jobDefinition: FURNITURE.definition,
});

describe('createClients', () => {
  it('waits out 30 s of throttling', async () => {
    stub.throttleFor(30_000);
    const batch = await clients.batch();
    const { computeEnvironments } = await batch.send(new DescribeComputeEnvironmentsCommand({}));
    expect(computeEnvironments).toHaveLength(1);
  });

  it('gives up when throttling does not end', async () => {
    stub.throttleFor(3_600_000);
    const batch = await clients.batch();
    await expect(batch.send(new DescribeComputeEnvironmentsCommand({}))).rejects.toThrow(
      'Batch DescribeComputeEnvironments: throttled for too long',
    );
  });

  it('sends a failed call again after an outage', async () => {
    stub.failNext('DescribeComputeEnvironments', {}, 3);
    const batch = await clients.batch();
    await expect(batch.send(new DescribeComputeEnvironmentsCommand({}))).resolves.toBeDefined();
  });

  it('maps the error of a call that stays refused', async () => {
    const batch = await clients.batch();
    const refused = batch.send(new DescribeComputeEnvironmentsCommand({ maxResults: 1_000 }));
    await expect(refused).rejects.toBeInstanceOf(AwsError);
  });

  it('submits once when the answer is lost, but again when throttled', async () => {
    const batch = await clients.batchOnce();
    stub.failNext('SubmitJob', { afterwards: true });
    await expect(batch.send(submit)).rejects.toBeInstanceOf(AwsError);
    stub.failNext('SubmitJob', { afterwards: true, drop: true });
    await expect(batch.send(submit)).rejects.toBeInstanceOf(AwsError);
    expect(stub.callsOf('SubmitJob')).toHaveLength(2);
    stub.throttleFor(5_000);
    await expect(batch.send(submit)).resolves.toBeDefined();
  });
});
