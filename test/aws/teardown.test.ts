import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { CreateRoleCommand, GetRoleCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Outcome } from '../../src/commands/outcome.ts';
import { setup } from '../../src/commands/setup.ts';
import {
  teardown,
  type TeardownDeps,
  type TeardownOptions,
  type TeardownReport,
} from '../../src/commands/teardown.ts';
import { renderTeardown } from '../../src/terminal/teardown.ts';
import { createJobQueue } from '../batch-stub/job-queues.ts';
import { registerJobDefinition } from '../batch-stub/job-definitions.ts';
import { submitJob } from '../batch-stub/submit-job.ts';
import { hasMoto, type Moto } from '../moto.ts';
import { SETTINGS, startAws, startLab, type BatchBackend, type Lab } from './infrastructure-lab.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const haveMoto = hasMoto('teardown against moto');

let moto: Moto;
beforeAll(async () => {
  if (haveMoto) moto = await startAws();
});
afterAll(async () => {
  if (haveMoto) await moto.stop();
});

const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };
const YES = { yes: true, images: false };

function deps(lab: Lab, answer: boolean | null = null, stop?: AbortSignal): TeardownDeps {
  return { ...lab.deps(stop), person: { confirm: () => Promise.resolve(answer) } };
}

async function run(lab: Lab, options: TeardownOptions = YES): Promise<TeardownReport> {
  return (await teardown(deps(lab), SETTINGS, options)).report;
}

function signs({ steps }: TeardownReport): string[] {
  return steps.map(({ sign, kind }) => `${sign} ${kind}`);
}

const EVERYTHING = [
  '- job queue',
  '- compute environment',
  '- launch template',
  '- instance profile',
  '- instance role',
  '- job role',
  '- ECR repository',
  '- log group',
];

describe.skipIf(!haveMoto).each<BatchBackend>(['moto', 'stub'])('teardown with Batch on %s', (backend) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(backend, moto);
    await setup(lab.deps(), SETTINGS);
  });
  afterAll(async () => {
    await lab.close();
  });

  it('deletes nothing where nobody can be asked', async () => {
    const refused = teardown(deps(lab, null), SETTINGS, { yes: false, images: false });
    await expect(refused).rejects.toMatchObject({
      exitCode: 2,
      message: expect.stringContaining('--yes') as string,
    });
    await expect(teardown(deps(lab, false), SETTINGS, { yes: false, images: false })).rejects.toMatchObject({
      exitCode: 1,
      message: 'nothing was deleted',
    });
    const { report } = await teardown(deps(lab), { ...SETTINGS, dryRun: true }, YES);
    expect(signs(report)).toEqual(EVERYTHING);
  });

  it('deletes everything of ours and nothing else', async () => {
    const iam = new IAMClient({
      endpoint: moto.endpoint,
      region: 'us-east-1',
      credentials: CREDENTIALS,
    });
    const trust = { Version: '2012-10-17', Statement: [] };
    const other = { RoleName: 'others-role', AssumeRolePolicyDocument: JSON.stringify(trust) };
    await iam.send(new CreateRoleCommand(other));
    expect(signs(await run(lab))).toEqual(EVERYTHING);
    expect(signs(await run(lab))).toEqual([]);
    await expect(iam.send(new GetRoleCommand({ RoleName: 'others-role' }))).resolves.toBeDefined();
    expect(await lab.deps().roles.findServiceRole()).not.toBeNull();
    iam.destroy();
  });
});

describe.skipIf(!haveMoto)('teardown while somebody deploys', () => {
  let lab: Lab;
  let ecr: ECRClient;
  beforeAll(async () => {
    lab = await startLab('stub', moto);
    ecr = new ECRClient({ endpoint: moto.endpoint, region: 'us-east-1', credentials: CREDENTIALS });
  });
  beforeEach(async () => {
    await setup(lab.deps(), SETTINGS);
  });
  afterAll(async () => {
    ecr.destroy();
    await lab.close();
  });

  /** Between the plan and the deletions, as the question is answered. */
  async function teardownAmidPush(images: boolean): Promise<Outcome<TeardownReport>> {
    const mediaType = 'application/vnd.oci.image.index.v1+json';
    const imageManifest = JSON.stringify({ schemaVersion: 2, mediaType, manifests: [] });
    const image = {
      repositoryName: SETTINGS.ecrRepoName,
      imageTag: `worker-${String(images)}`,
      imageManifest,
    };
    const confirm = async (): Promise<boolean> => {
      await ecr.send(new PutImageCommand(image));
      return true;
    };
    return await teardown({ ...deps(lab), person: { confirm } }, SETTINGS, { yes: false, images });
  }

  it('keeps an image that was pushed after the plan, says so, and deletes the rest', async () => {
    const { report, exitCode } = await teardownAmidPush(false);
    expect(exitCode).toBe(1);
    expect(report.done).toBe(false);
    expect(signs(report)).toEqual(EVERYTHING.map((line) => line.replace('- ECR', '! ECR')));
    expect(renderTeardown(report).slice(-3)).toEqual([
      expect.stringContaining('- log group'),
      '',
      'Not done: 7 deleted, 1 stays (!); bucket, rasters and COGs are untouched',
    ]);
    expect(lab.reporter.warnings).toEqual([
      'ECR repository cog-converter stays: an image was pushed to it meanwhile; run teardown again with --images to delete it with its images',
    ]);
    expect(await lab.deps().repositories.countImages(SETTINGS.ecrRepoName)).toBe(1);
    expect(await lab.deps().logGroups.find('/aws/batch/cog-converter')).toBeNull();
    expect(await run(lab)).toMatchObject({ steps: [{ sign: '=', kind: 'ECR repository' }], done: true });
  });

  it('deletes images of any age with --images', async () => {
    expect(await teardownAmidPush(true)).toMatchObject({ exitCode: 0, report: { done: true } });
    expect(await lab.deps().repositories.find(SETTINGS.ecrRepoName)).toBeNull();
  });
});

describe.skipIf(!haveMoto)('teardown by the rules of Batch', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab('stub', moto);
    await setup(lab.deps(), SETTINGS);
  });
  afterAll(async () => {
    await lab.close();
  });

  it('keeps what it did not make, and what that runs on', async () => {
    const detail = lab.stub.state.environments.get(SETTINGS.computeEnvName)?.detail;
    const tags = detail?.tags;
    if (detail !== undefined) detail.tags = {};
    const { report } = await teardown(deps(lab), { ...SETTINGS, dryRun: true }, YES);
    if (detail !== undefined) detail.tags = tags;
    expect(signs(report)).toEqual([
      '- job queue',
      '= compute environment',
      '= launch template',
      '= instance profile',
      '= instance role',
      '- job role',
      '- ECR repository',
      '- log group',
    ]);
  });

  it('stops before the roles when a queue of somebody else uses the environment', async () => {
    createJobQueue(lab.stub.state, {
      jobQueueName: 'others-queue',
      priority: 1,
      computeEnvironmentOrder: [{ order: 1, computeEnvironment: SETTINGS.computeEnvName }],
    });
    lab.stub.advance(10_000);
    await expect(run(lab)).rejects.toMatchObject({
      message: expect.stringContaining('is still used by a job queue') as string,
    });
    expect(await lab.deps().roles.findRole('cog-converter-instance-role', [])).not.toBeNull();
    lab.stub.state.queues.delete('others-queue');
  });

  /** They would run for an hour. */
  function submitLongJobs(...names: readonly string[]): void {
    registerJobDefinition(lab.stub.state, {
      jobDefinitionName: SETTINGS.jobDefinitionName,
      type: 'container',
      tags: { app: 'cogconv' },
      containerProperties: { image: 'x', resourceRequirements: [{ type: 'VCPU', value: '1' }] },
    });
    lab.stub.onAttempt(() => ({ runSeconds: 3_600 }));
    for (const jobName of names) {
      const { jobQueueName: jobQueue, jobDefinitionName: jobDefinition } = SETTINGS;
      submitJob(lab.stub.state, { jobName, jobQueue, jobDefinition });
    }
    lab.stub.advance(5_000);
  }

  it('goes on after an interruption, ends jobs and waits for each deletion', async () => {
    await setup(lab.deps(), SETTINGS);
    submitLongJobs('long');
    const interrupt = new AbortController();
    lab.clock.onSleep = (ms) => {
      lab.stub.advance(ms);
      interrupt.abort();
    };
    await expect(teardown(deps(lab, null, interrupt.signal), SETTINGS, YES)).rejects.toMatchObject({
      exitCode: 130,
    });
    lab.clock.onSleep = (ms) => {
      lab.stub.advance(ms);
    };
    expect(await run(lab)).toMatchObject({ done: true });
    expect([...lab.stub.state.jobs.values()].map((job) => job.statusReason)).toEqual(['cogconv teardown']);
    expect(lab.stub.state.environments.size + lab.stub.state.queues.size).toBe(0);
    expect(lab.stub.state.definitions.map((one) => one.status)).toEqual(['INACTIVE']);
    expect(signs(await run(lab))).toEqual([]);
  });

  it('leaves jobs that its policy does not let it end to the deletion of the queue', async () => {
    lab.stub.state.jobs.clear();
    await setup(lab.deps(), SETTINGS);
    submitLongJobs('not-ours', 'ours');
    const message =
      'User: arn:aws:iam::123456789012:user/x is not authorized to perform: batch:TerminateJob on resource: arn:aws:batch:us-east-1:123456789012:job/1';
    lab.stub.failNext('TerminateJob', { status: 403, type: 'AccessDeniedException', message });
    expect(await run(lab)).toMatchObject({ done: true });
    const jobs = [...lab.stub.state.jobs.values()];
    expect(jobs.map(({ request, statusReason }) => [request.jobName, statusReason])).toEqual([
      ['not-ours', 'Job queue was deleted'],
      ['ours', 'cogconv teardown'],
    ]);
    expect(lab.reporter.notes).toContain(
      `could not end job ${jobs[0]?.jobId ?? ''}: access denied: your credentials may not batch:TerminateJob on arn:aws:batch:us-east-1:123456789012:job/1; the deletion of the queue ends it`,
    );
  });
});
