import {
  BatchClient,
  DescribeJobsCommand,
  ListJobsCommand,
  SubmitJobCommand,
  TerminateJobCommand,
} from '@aws-sdk/client-batch';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { exits, OUTCOMES, startBatchStub, type BatchStub } from './batch-stub.ts';
import { FURNITURE, furnish } from './furnish.ts';

let stub: BatchStub;
let client: BatchClient;

beforeEach(async () => {
  stub = await startBatchStub();
  furnish(stub.state);
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

async function submit(jobName: string, size?: number): Promise<string> {
  const { jobId } = await client.send(
    new SubmitJobCommand({
      jobName,
      jobQueue: FURNITURE.queue,
      jobDefinition: FURNITURE.definition,
      ...(size === undefined ? {} : { arrayProperties: { size } }),
    }),
  );
  return String(jobId);
}

async function describeJob(jobId: string) {
  const { jobs = [] } = await client.send(new DescribeJobsCommand({ jobs: [jobId] }));
  return jobs[0];
}

describe('submit and describe', () => {
  it('runs an array and counts its children by state', async () => {
    stub.onAttempt(({ index }) => (index === 1 ? exits(3) : OUTCOMES.good));
    const id = await submit('run-1', 3);
    stub.advance();
    expect((await describeJob(id))?.status).toBe('PENDING');
    stub.settle();
    const parent = await describeJob(id);
    expect(parent?.status).toBe('FAILED');
    expect(parent?.arrayProperties?.statusSummary).toMatchObject({ SUCCEEDED: 2, FAILED: 1 });
    expect((await describeJob(`${id}:1`))?.attempts?.[0]?.container?.exitCode).toBe(3);
  });

  it('retries a spot loss by the definition and not an exit code of the program', async () => {
    stub.onAttempt(({ attempt }) => (attempt === 1 ? OUTCOMES.spotLoss : OUTCOMES.good));
    const lost = await submit('lost');
    stub.settle();
    expect((await describeJob(lost))?.status).toBe('SUCCEEDED');
    expect((await describeJob(lost))?.attempts).toHaveLength(2);
    stub.onAttempt(() => exits(3));
    const failed = await submit('failed');
    stub.settle();
    expect((await describeJob(failed))?.attempts).toHaveLength(1);
  });

  it('takes one name as often as it is given, and lists the newest first', async () => {
    const first = await submit('twin');
    stub.advance();
    const second = await submit('twin');
    const { jobSummaryList = [] } = await client.send(
      new ListJobsCommand({ jobQueue: FURNITURE.queue, filters: [{ name: 'JOB_NAME', values: ['TWIN'] }] }),
    );
    expect(jobSummaryList.map(({ jobId }) => jobId)).toEqual([second, first]);
  });

  it('refuses 101 ids', async () => {
    const jobs = Array.from({ length: 101 }, (_, i) => String(i));
    await expect(client.send(new DescribeJobsCommand({ jobs }))).rejects.toMatchObject({
      name: 'ClientException',
    });
  });

  it('forgets a job 7 days after its end', async () => {
    const id = await submit('old');
    stub.settle();
    stub.advance(7 * 86_400_000);
    expect(await describeJob(id)).toBeUndefined();
  });
});

describe('list', () => {
  it('lists only RUNNING jobs without a status, and every state with a filter', async () => {
    await submit('run-1');
    await submit('run-2');
    const bare = await client.send(new ListJobsCommand({ jobQueue: FURNITURE.queue }));
    const filters = [{ name: 'JOB_NAME', values: ['RUN-*'] }];
    const filtered = await client.send(new ListJobsCommand({ jobQueue: FURNITURE.queue, filters }));
    expect(bare.jobSummaryList).toEqual([]);
    expect(filtered.jobSummaryList?.map((job) => job.jobName)).toEqual(['run-2', 'run-1']);
  });

  it('lists children of one state', async () => {
    stub.onAttempt(({ index }) => (index === 0 ? OUTCOMES.stuckCapacity : OUTCOMES.good));
    const id = await submit('run-1', 2);
    stub.settle();
    const { jobSummaryList } = await client.send(
      new ListJobsCommand({ arrayJobId: id, jobStatus: 'RUNNABLE' }),
    );
    expect(jobSummaryList?.map((job) => job.jobId)).toEqual([`${id}:0`]);
    expect(jobSummaryList?.[0]?.statusReason).toContain('INSUFFICIENT_INSTANCE_CAPACITY');
  });
});

describe('faults', () => {
  it('accepts a submit and answers 500', async () => {
    stub.failNext('SubmitJob', { afterwards: true });
    await expect(submit('twice')).rejects.toMatchObject({ name: 'ServerException' });
    expect([...stub.state.jobs.values()].map((job) => job.request.jobName)).toEqual(['twice']);
  });

  it('throttles for a while', async () => {
    stub.throttleFor(30_000);
    await expect(submit('early')).rejects.toMatchObject({ name: 'TooManyRequestsException' });
    stub.advance(30_000);
    await expect(submit('late')).resolves.toMatch(/^0c0c/);
  });

  it('fails a job whose overrides are too long only after it was accepted', async () => {
    const { jobId } = await client.send(
      new SubmitJobCommand({
        jobName: 'long',
        jobQueue: FURNITURE.queue,
        jobDefinition: FURNITURE.definition,
        containerOverrides: { environment: [{ name: 'KEYS', value: 'x'.repeat(8_192) }] },
      }),
    );
    stub.settle();
    expect((await describeJob(String(jobId)))?.statusReason).toBe(
      'Container Overrides length must be at most 8192',
    );
  });

  it('refuses deprecated keys when the definition has resourceRequirements', async () => {
    const request = { jobName: 'old', jobQueue: FURNITURE.queue, jobDefinition: FURNITURE.definition };
    const containerOverrides = { memory: 2_048 };
    await expect(client.send(new SubmitJobCommand({ ...request, containerOverrides }))).rejects.toThrow(
      'deprecated key',
    );
  });
});

describe('stop', () => {
  it('terminates an array by its parent', async () => {
    stub.onAttempt(({ index }) => (index === 0 ? { runSeconds: 100 } : OUTCOMES.stuckSilently));
    const id = await submit('run-1', 2);
    stub.advance(4_000);
    await client.send(new TerminateJobCommand({ jobId: id, reason: 'cancelled by test' }));
    stub.settle();
    const parent = await describeJob(id);
    expect(parent?.status).toBe('FAILED');
    expect(parent?.arrayProperties?.statusSummary).toMatchObject({ FAILED: 2 });
    expect((await describeJob(`${id}:0`))?.statusReason).toBe('cancelled by test');
  });
});
