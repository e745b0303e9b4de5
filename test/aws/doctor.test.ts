import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { CreateBucketCommand } from '@aws-sdk/client-s3';
import { DeleteRolePolicyCommand, IAMClient } from '@aws-sdk/client-iam';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  doctor,
  type DoctorDeps,
  type DoctorReport,
  type DoctorSettings,
} from '../../src/commands/doctor.ts';
import { setup } from '../../src/commands/setup.ts';
import type { MachineFacts } from '../../src/contract/machine.ts';
import { CogconvError } from '../../src/errors.ts';
import { StorageError } from '../../src/storage/object-store.ts';
import { createS3Client } from '../../src/storage/s3-client.ts';
import { S3Store } from '../../src/storage/s3-store.ts';
import { renderDoctor } from '../../src/terminal/doctor.ts';
import { registerJobDefinition } from '../batch-stub/job-definitions.ts';
import { submitJob } from '../batch-stub/submit-job.ts';
import { hasMoto, type Moto } from '../moto.ts';
import { SETTINGS, startAws, startLab, type Lab } from './infrastructure-lab.ts';

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 });
const haveMoto = hasMoto('doctor against moto');

const DOCTOR: DoctorSettings = {
  ...SETTINGS,
  region: 'us-east-1',
  jobVcpus: 2,
  jobMemory: 4_096,
  runner: 'batch',
};
const MACHINE: MachineFacts = {
  scratch: { folder: '/tmp', freeBytes: 2 ** 33, largestSourceBytes: 2 ** 31 },
  gdal: { version: '3.9.3' },
};

describe.skipIf(!haveMoto)('doctor', () => {
  let moto: Moto;
  let lab: Lab;
  let deps: DoctorDeps;
  const client = { region: 'us-east-1', credentials: { accessKeyId: 'test', secretAccessKey: 'test' } };

  beforeAll(async () => {
    moto = await startAws();
    lab = await startLab('stub', moto);
    deps = {
      ...lab.deps(),
      openStore: () => Promise.resolve(new S3Store(createS3Client({ region: 'us-east-1' }), 'rasters')),
      tryWriting: () => Promise.reject(new Error('this is no directory')),
      machine: () => Promise.resolve(MACHINE),
    };
  });
  afterAll(async () => {
    await lab.close();
    await moto.stop();
  });

  async function diagnose(settings: Partial<DoctorSettings> = {}): Promise<DoctorReport> {
    return (await doctor(deps, { ...DOCTOR, ...settings })).report;
  }

  /** `job role: problem: cogconv setup`, of all checks that are not ok. */
  function findings({ checks }: DoctorReport): string[] {
    return checks
      .filter(({ state, name }) => state !== 'ok' && name !== 'quota')
      .map(({ name, state, mend }) => `${name}: ${state}: ${mend ?? ''}`);
  }

  it('says what to run first in an empty account', async () => {
    const report = await diagnose();
    expect(findings(report)).toEqual([
      expect.stringMatching(/^bucket: problem/),
      'job role: problem: cogconv setup',
      'instance role: problem: cogconv setup',
      'compute environment: problem: cogconv setup',
      'subnets: unknown: cogconv setup',
      'job queue: problem: cogconv setup',
      'job definition: problem: cogconv deploy',
      'image: unknown: cogconv deploy',
    ]);
    expect((await doctor(deps, DOCTOR)).exitCode).toBe(1);
    expect(renderDoctor(report)[0]).toBe(
      'ok       credentials          account 123456789012, region us-east-1',
    );
  });

  it('finds nothing after setup and deploy', async () => {
    const s3 = createS3Client({ region: 'us-east-1' });
    await s3.send(new CreateBucketCommand({ Bucket: 'rasters' }));
    s3.destroy();
    await setup(lab.deps(), SETTINGS);
    const ecr = new ECRClient({ ...client, endpoint: moto.endpoint });
    const imageManifest = JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.index.v1+json',
      manifests: [{ digest: 'sha256:1', platform: { architecture: 'amd64', os: 'linux' } }],
    });
    await ecr.send(new PutImageCommand({ repositoryName: 'cog-converter', imageTag: 'v1', imageManifest }));
    ecr.destroy();
    registerJobDefinition(lab.stub.state, {
      jobDefinitionName: 'cog-converter-job',
      type: 'container',
      containerProperties: {
        image: '123456789012.dkr.ecr.us-east-1.amazonaws.com/cog-converter:v1',
        resourceRequirements: [{ type: 'VCPU', value: '2' }],
      },
    });
    const report = await diagnose();
    expect(findings(report)).toEqual([]);
    expect((await doctor(deps, DOCTOR)).exitCode).toBe(0);
  });

  it('asks nothing of AWS but S3 where jobs run on this machine', async () => {
    const asked = lab.stub.calls.length;
    const account = { facts: () => Promise.reject(new Error('STS was asked')) };
    const { report } = await doctor({ ...deps, account }, { ...DOCTOR, runner: 'local' });
    expect(report.checks.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'credentials ok',
      'bucket ok',
      'scratch ok',
      'GDAL ok',
    ]);
    expect(lab.stub.calls).toHaveLength(asked);
  });

  it.each([
    ['credentials', ['credentials: problem: renew them', 'bucket: unknown: ']],
    ['denied', ['bucket: problem: cogconv iam-policy --for list']],
    ['unavailable', ['credentials: unknown: ', 'bucket: problem: renew them']],
  ] as const)('tells credentials and bucket apart where S3 alone is asked: %s', async (fault, expected) => {
    const openStore = (): Promise<never> =>
      Promise.reject(new StorageError(fault, 'refused', { hint: 'renew them' }));
    const { report } = await doctor({ ...deps, openStore }, { ...DOCTOR, runner: 'local' });
    expect(findings(report)).toEqual(expected);
  });

  it('says when no worker can be started', async () => {
    const machine = (): Promise<never> => Promise.reject(new CogconvError('no worker runs: EAGAIN'));
    const { report, exitCode } = await doctor({ ...deps, machine }, { ...DOCTOR, runner: 'local' });
    expect(findings(report)).toEqual(['worker: problem: install cogconv again']);
    expect(exitCode).toBe(1);
  });

  it('finds a job that fits no instance', async () => {
    expect(findings(await diagnose({ jobMemory: 2_000_000 }))).toEqual([
      expect.stringMatching(/^job size: problem: lower JOB_MEMORY/),
    ]);
  });

  it('finds a role that lost its policy', async () => {
    const iam = new IAMClient({ ...client, endpoint: moto.endpoint });
    const policy = { RoleName: 'cog-converter-job-role', PolicyName: 'S3Access' };
    await iam.send(new DeleteRolePolicyCommand(policy));
    iam.destroy();
    expect(findings(await diagnose())).toEqual(['job role: problem: cogconv setup']);
    await setup(lab.deps(), SETTINGS);
    expect(findings(await diagnose())).toEqual([]);
  });

  it.each([undefined, { size: 3 }])('finds jobs that are stuck: array %j', async (arrayProperties) => {
    lab.stub.onAttempt(() => ({ stuck: 'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - no c6i' }));
    submitJob(lab.stub.state, {
      jobName: 'stuck',
      ...(arrayProperties === undefined ? {} : { arrayProperties }),
      jobQueue: SETTINGS.jobQueueName,
      jobDefinition: SETTINGS.jobDefinitionName,
    });
    lab.stub.advance(5_000);
    expect(findings(await diagnose())).toEqual(['waiting jobs: problem: cogconv jobs --active']);
    lab.stub.state.jobs.clear();
  });

  it('says what it may not see', async () => {
    const message = 'User: x is not authorized to perform: batch:DescribeJobDefinitions on resource: *';
    lab.stub.failNext('DescribeJobDefinitions', { status: 403, type: 'AccessDeniedException', message });
    expect(findings(await diagnose())).toEqual(['job definition: unknown: cogconv iam-policy --for doctor']);
  });
});
