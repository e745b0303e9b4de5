import {
  BatchClient,
  CreateComputeEnvironmentCommand,
  CreateJobQueueCommand,
  DeleteComputeEnvironmentCommand,
  DeleteJobQueueCommand,
  DescribeComputeEnvironmentsCommand,
  DescribeJobDefinitionsCommand,
  RegisterJobDefinitionCommand,
  UpdateComputeEnvironmentCommand,
  UpdateJobQueueCommand,
  type ComputeResource,
  type EvaluateOnExit,
} from '@aws-sdk/client-batch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { startBatchStub, type BatchStub } from './batch-stub.ts';

let stub: BatchStub;
let client: BatchClient;

beforeEach(async () => {
  stub = await startBatchStub();
  client = new BatchClient({
    endpoint: stub.endpoint,
    region: 'us-east-1',
    maxAttempts: 1,
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
});

afterEach(async () => {
  client.destroy();
  await stub.close();
});

const RESOURCES: ComputeResource = {
  type: 'SPOT',
  allocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED',
  maxvCpus: 16,
  subnets: ['subnet-1'],
  securityGroupIds: ['sg-1'],
  instanceTypes: ['default_x86_64'],
  instanceRole: 'profile',
};

async function createEnvironment(change: Partial<ComputeResource> = {}, serviceRole?: string): Promise<void> {
  await client.send(
    new CreateComputeEnvironmentCommand({
      computeEnvironmentName: 'env',
      type: 'MANAGED',
      computeResources: { ...RESOURCES, ...change },
      ...(serviceRole === undefined ? {} : { serviceRole }),
    }),
  );
}

async function createQueue(): Promise<void> {
  const computeEnvironmentOrder = [{ order: 1, computeEnvironment: 'env' }];
  await client.send(
    new CreateJobQueueCommand({ jobQueueName: 'queue', priority: 1, computeEnvironmentOrder }),
  );
}

async function environmentStatus(): Promise<string | undefined> {
  const answer = await client.send(new DescribeComputeEnvironmentsCommand({ computeEnvironments: ['env'] }));
  return answer.computeEnvironments?.[0]?.status;
}

describe('compute environments', () => {
  it('take time to become VALID, before which no queue may use them', async () => {
    await createEnvironment();
    expect(await environmentStatus()).toBe('CREATING');
    await expect(createQueue()).rejects.toThrow('valid before attaching');
    stub.advance(5_000);
    expect(await environmentStatus()).toBe('VALID');
    await expect(createQueue()).resolves.toBeUndefined();
  });

  it('have unique names', async () => {
    await createEnvironment();
    await expect(createEnvironment()).rejects.toThrow('Object already exists');
  });

  it.each<[Partial<ComputeResource>, string]>([
    [{ allocationStrategy: 'BEST_FIT_PROGRESSIVE', type: 'SPOT', subnets: [] }, 'subnets is required'],
    [{ allocationStrategy: 'BEST_FIT' }, 'spotIamFleetRole is required'],
    [{ type: 'EC2' }, 'does not go with type EC2'],
    [{ instanceRole: 'arn:aws:iam::1:role/x' }, 'must be an instance profile'],
  ])('are refused with %j', async (change, message) => {
    await expect(createEnvironment(change)).rejects.toThrow(message);
  });

  it('change nothing but their size with a service role of their own', async () => {
    await createEnvironment({}, 'arn:aws:iam::123456789012:role/own');
    stub.advance(5_000);
    const update = { computeEnvironment: 'env', computeResources: { maxvCpus: 32 } };
    await expect(client.send(new UpdateComputeEnvironmentCommand(update))).resolves.toBeDefined();
    stub.advance(5_000);
    const infrastructure = { computeEnvironment: 'env', computeResources: { instanceTypes: ['m6i'] } };
    await expect(client.send(new UpdateComputeEnvironmentCommand(infrastructure))).rejects.toThrow(
      'does not support infrastructure updates',
    );
  });

  it('are deleted only when disabled, at rest and some time after their queue', async () => {
    await createEnvironment();
    stub.advance(5_000);
    await createQueue();
    stub.advance(5_000);
    const remove = (): Promise<unknown> =>
      client.send(new DeleteComputeEnvironmentCommand({ computeEnvironment: 'env' }));
    await expect(remove()).rejects.toThrow('DISABLED');
    await client.send(new UpdateComputeEnvironmentCommand({ computeEnvironment: 'env', state: 'DISABLED' }));
    await expect(remove()).rejects.toThrow('is being modified');
    stub.advance(5_000);
    await expect(remove()).rejects.toThrow('found existing JobQueue relationship');
    await expect(client.send(new DeleteJobQueueCommand({ jobQueue: 'queue' }))).rejects.toThrow('DISABLED');
    await client.send(new UpdateJobQueueCommand({ jobQueue: 'queue', state: 'DISABLED' }));
    stub.advance(5_000);
    await client.send(new DeleteJobQueueCommand({ jobQueue: 'queue' }));
    stub.advance(5_000);
    await expect(remove()).rejects.toThrow('found existing JobQueue relationship');
    stub.advance(10_000);
    await remove();
    expect(await environmentStatus()).toBe('DELETING');
    stub.advance(5_000);
    expect(await environmentStatus()).toBeUndefined();
  });
});

describe('job definitions', () => {
  it('come 100 a page and not in order of their revisions', async () => {
    const register = new RegisterJobDefinitionCommand({
      jobDefinitionName: 'job',
      type: 'container',
      containerProperties: { image: 'x', resourceRequirements: [{ type: 'VCPU', value: '1' }] },
    });
    for (let i = 0; i < 101; i++) await client.send(register);
    const { jobDefinitions = [], nextToken } = await client.send(
      new DescribeJobDefinitionsCommand({ jobDefinitionName: 'job' }),
    );
    expect(jobDefinitions).toHaveLength(100);
    expect(nextToken).toBeDefined();
    expect(jobDefinitions.at(-1)?.revision).not.toBe(101);
  });

  it.each<[string, EvaluateOnExit[], string]>([
    [
      'more than 5 rules',
      Array.from({ length: 6 }, () => ({ onReason: '*', action: 'EXIT' })),
      'at most 5 rules',
    ],
    ['a wildcard inside a pattern', [{ onReason: '*OutOfMemory*', action: 'EXIT' }], 'trailing *'],
  ])('are refused with %s', async (_, evaluateOnExit, message) => {
    const register = new RegisterJobDefinitionCommand({
      jobDefinitionName: 'job',
      type: 'container',
      containerProperties: { image: 'x', resourceRequirements: [] },
      retryStrategy: { evaluateOnExit },
    });
    await expect(client.send(register)).rejects.toThrow(message);
  });
});
