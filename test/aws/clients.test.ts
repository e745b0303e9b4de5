import {
  DescribeComputeEnvironmentsCommand,
  SubmitJobCommand,
  type BatchClient,
} from '@aws-sdk/client-batch';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClients, type AwsClients } from '../../src/aws/clients.ts';
import { AwsError, InterruptedError } from '../../src/errors.ts';
import { startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { FURNITURE, furnish } from '../batch-stub/furnish.ts';
import { stubClock } from '../batch-stub/stub-clock.ts';
import { startMuteServer, type MuteServer } from '../fakes/mute-server.ts';

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

describe('createClients where AWS does not answer', () => {
  const describeAll = new DescribeComputeEnvironmentsCommand({});
  let aws: MuteServer;
  let stop: AbortController;
  let kill: AbortController;

  beforeEach(async () => {
    aws = await startMuteServer();
    vi.stubEnv('AWS_ENDPOINT_URL_BATCH', aws.endpoint);
    [stop, kill] = [new AbortController(), new AbortController()];
  });
  afterEach(async () => {
    await aws.close();
  });

  async function batchThat(endReads: AbortSignal | undefined): Promise<BatchClient> {
    const options = { clock: stubClock(stub), stop: stop.signal, kill: kill.signal };
    clients = createClients(
      { region: 'us-east-1', profile: null },
      endReads === undefined ? options : { ...options, endReads },
    );
    return await clients.batch();
  }

  it('ends a call that only looks at the first Ctrl-C, and begins none after it', async () => {
    const batch = await batchThat(stop.signal);
    const asked = aws.asked();
    const looking = batch.send(describeAll);
    await asked;
    stop.abort();
    await expect(looking).rejects.toEqual(new InterruptedError('interrupted'));
    await expect(batch.send(describeAll)).rejects.toEqual(new InterruptedError('interrupted'));
  });

  it('ends a call that changes something at the second, and says that its end is not known', async () => {
    const batch = await batchThat(stop.signal);
    let isOver = false;
    const asked = aws.asked();
    const changing = batch.send(submit).finally(() => {
      isOver = true;
    });
    await asked;
    stop.abort();
    await expect(batch.send(describeAll)).rejects.toBeInstanceOf(InterruptedError);
    expect(isOver).toBe(false);
    kill.abort();
    await expect(changing).rejects.toThrow(
      'interrupted before Batch answered SubmitJob: whether that was done is not known',
    );
  });

  it('lets a last look go on to the second where one is wanted', async () => {
    const batch = await batchThat(undefined);
    const asked = aws.asked();
    const looking = batch.send(describeAll);
    await asked;
    stop.abort();
    kill.abort();
    await expect(looking).rejects.toEqual(new InterruptedError('interrupted'));
  });
});
