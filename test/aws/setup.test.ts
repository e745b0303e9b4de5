import { DescribeLaunchTemplatesCommand } from '@aws-sdk/client-ec2';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { setup, type SetupReport, type SetupSettings } from '../../src/commands/setup.ts';
import { renderSetup } from '../../src/terminal/setup.ts';
import { hasMoto, type Moto } from '../moto.ts';
import {
  deleteDefaultVpc,
  ec2Client,
  SETTINGS,
  startAws,
  startLab,
  type BatchBackend,
  type Lab,
} from './infrastructure-lab.ts';

vi.setConfig({ testTimeout: 60_000, hookTimeout: 120_000 });
const haveMoto = hasMoto('setup against moto');

let moto: Moto;
beforeAll(async () => {
  if (haveMoto) moto = await startAws();
});
afterAll(async () => {
  if (haveMoto) await moto.stop();
});

async function run(lab: Lab, settings: Partial<SetupSettings> = {}): Promise<SetupReport> {
  const { report } = await setup(lab.deps(), { ...SETTINGS, ...settings });
  return report;
}

/** `+ job queue`, one per step that is not `=`. */
function signs(report: SetupReport): string[] {
  if (!report.needed) return [];
  return report.steps.filter(({ sign }) => sign !== '=').map(({ sign, kind }) => `${sign} ${kind}`);
}

function changes(report: SetupReport): string[] {
  if (!report.needed) return [];
  return report.steps
    .filter(({ sign }) => sign === '~')
    .flatMap((step) =>
      step.changes.map((one) => `${step.kind}: ${one.field}: ${one.old ?? ''} -> ${one.new}`),
    );
}

describe.skipIf(!haveMoto).each<BatchBackend>(['moto', 'stub'])('setup with Batch on %s', (backend) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab(backend, moto);
  });
  afterAll(async () => {
    await lab.close();
  });

  it('changes nothing in a dry run', async () => {
    const report = await run(lab, { dryRun: true });
    expect(signs(report)).toHaveLength(9);
    expect(await lab.deps().environments.findEnvironment(SETTINGS.computeEnvName)).toBeNull();
    expect(await lab.deps().roles.findRole('cog-converter-job-role', [])).toBeNull();
  });

  it('creates everything, and finds it as wanted the next time', async () => {
    expect(signs(await run(lab))).toEqual([
      '+ ECR repository',
      '+ service-linked role',
      '+ job role',
      '+ instance role',
      '+ instance profile',
      '+ log group',
      '+ launch template',
      '+ compute environment',
      '+ job queue',
    ]);
    const again = await run(lab);
    // moto forgets jobStateTimeLimitActions
    const forgotten = backend === 'moto' ? ['~ job queue'] : [];
    expect(signs(again)).toEqual(forgotten);
    expect(lab.reporter.warnings).toEqual([]);
  });

  it('mends a role whose policy is for another bucket', async () => {
    await run(lab, { bucket: 'other' });
    const report = await run(lab);
    expect(changes(report).filter((line) => !line.startsWith('job queue'))).toEqual([
      expect.stringMatching(/^job role: policy S3Access: .*arn:aws:s3:::other.* -> .*arn:aws:s3:::rasters/),
    ]);
  });

  it('gives DISK_GB a new version of the launch template', async () => {
    const report = await run(lab, { diskGb: 200 });
    expect(changes(report)).toContain(
      'launch template: disk: 100 GB gp3 on /dev/xvda -> 200 GB gp3 on /dev/xvda',
    );
    expect(changes(report)).toContain(
      'compute environment: launch template: cog-converter-launch-template version 1 -> cog-converter-launch-template version 2',
    );
  });
});

describe.skipIf(!haveMoto)('setup by the rules of Batch', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab('stub', moto);
    await run(lab);
  });
  afterAll(async () => {
    await lab.close();
  });

  it('passes the service-linked role and tags', () => {
    const [call] = lab.stub.callsOf('CreateComputeEnvironment');
    expect(call?.input).toMatchObject({
      serviceRole: expect.stringContaining(':role/aws-service-role/batch.amazonaws.com/') as string,
      tags: { app: 'cogconv', team: 'gis', 'cogconv-version': '0.0.0' },
      computeResources: { tags: { app: 'cogconv', team: 'gis', Name: 'cog-converter-env' } },
    });
  });

  it('tags the launch template like everything else', async () => {
    const ec2 = ec2Client(moto);
    const { LaunchTemplates = [] } = await ec2.send(new DescribeLaunchTemplatesCommand({}));
    ec2.destroy();
    expect(LaunchTemplates[0]?.Tags).toEqual(
      expect.arrayContaining([
        { Key: 'app', Value: 'cogconv' },
        { Key: 'cogconv-version', Value: '0.0.0' },
      ]),
    );
  });

  it('changes MAX_VCPUS by a scaling update', async () => {
    const report = await run(lab, { maxVcpus: 64 });
    expect(changes(report)).toEqual(['compute environment: max vCPUs: 16 -> 64']);
    const update = lab.stub.callsOf('UpdateComputeEnvironment').at(-1);
    expect(update?.input['computeResources']).toEqual({ minvCpus: 0, maxvCpus: 64 });
    expect(signs(await run(lab, { maxVcpus: 64 }))).toEqual([]);
  });

  it('changes USE_SPOT, subnets and tags by an infrastructure update', async () => {
    const environment = await lab.deps().environments.findEnvironment(SETTINGS.computeEnvName);
    const subnetIds = environment?.subnetIds.slice(0, 1) ?? [];
    const wanted = { maxVcpus: 64, useSpot: false, subnetIds, tags: { team: 'maps' } };
    expect(changes(await run(lab, wanted))).toContain('launch template: disk tag team: gis -> maps');
    const template = await lab.deps().network.findTemplate('cog-converter-launch-template');
    expect(template?.data.volumeTags).toEqual({ app: 'cogconv', team: 'maps' });
    const after = await lab.deps().environments.findEnvironment(SETTINGS.computeEnvName);
    expect(after).toMatchObject({
      status: 'VALID',
      type: 'EC2',
      allocationStrategy: 'BEST_FIT_PROGRESSIVE',
      subnetIds,
      tags: { team: 'maps' },
      instanceTags: { team: 'maps' },
    });
    // moto shows the tags of a launch template as they were at its creation
    expect(signs(await run(lab, wanted))).toEqual(['~ launch template']);
  });

  it('says what cannot be changed and changes nothing', async () => {
    const detail = lab.stub.state.environments.get(SETTINGS.computeEnvName)?.detail;
    const before = detail?.serviceRole;
    if (detail !== undefined) detail.serviceRole = 'arn:aws:iam::123456789012:role/AWSBatchServiceRole';
    const calls = lab.stub.callsOf('UpdateComputeEnvironment').length;
    const { report, exitCode } = await setup(lab.deps(), { ...SETTINGS, diskGb: 500 });
    if (detail !== undefined) detail.serviceRole = before;
    expect(exitCode).toBe(1);
    expect(signs(report)).toContain('! compute environment');
    expect(renderSetup(report).join('\n')).toContain('set COMPUTE_ENV_NAME to a new name');
    expect(lab.stub.callsOf('UpdateComputeEnvironment')).toHaveLength(calls);
  });
});

describe.skipIf(!haveMoto)('setup in trouble', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await startLab('stub', moto);
  });
  afterAll(async () => {
    await lab.close();
  });

  it('prints the reason of an INVALID environment, and mends it the next time', async () => {
    lab.stub.makeInvalid(SETTINGS.computeEnvName, 'CLIENT_ERROR - The subnet ID does not exist');
    await expect(run(lab)).rejects.toMatchObject({
      message:
        'compute environment cog-converter-env is INVALID: CLIENT_ERROR - The subnet ID does not exist',
      hint: expect.stringContaining('SUBNET_IDS') as string,
    });
    const report = await run(lab);
    expect(changes(report)).toEqual([
      'compute environment: status: INVALID (CLIENT_ERROR - The subnet ID does not exist) -> VALID',
    ]);
    expect(signs(await run(lab))).toEqual([]);
  });

  it('waits for IAM to spread what makes a new environment INVALID', async () => {
    const reason = 'CLIENT_ERROR - User: arn is not authorized to perform: sts:AssumeRole on resource: role';
    lab.stub.makeInvalid('second-env', reason);
    const report = await run(lab, { computeEnvName: 'second-env', jobQueueName: 'second-queue' });
    expect(report).toMatchObject({ done: true });
    expect((await lab.deps().environments.findEnvironment('second-env'))?.status).toBe('VALID');
  });

  it('repeats a creation that Batch refuses because it does not see the profile yet', async () => {
    const message =
      'Error executing request, Exception : Invalid IamInstanceProfile: instance profile not found';
    lab.stub.failNext('CreateComputeEnvironment', { status: 400, type: 'ClientException', message }, 2);
    const report = await run(lab, { computeEnvName: 'third-env', jobQueueName: 'third-queue' });
    expect(report).toMatchObject({ done: true });
  });

  it('waits out 30 s of throttling', async () => {
    lab.stub.throttleFor(30_000);
    expect(signs(await run(lab))).toEqual([]);
  });

  it('goes on where it was interrupted', async () => {
    const names = { computeEnvName: 'fourth-env', jobQueueName: 'fourth-queue' };
    const interrupt = new AbortController();
    lab.clock.onSleep = (ms) => {
      lab.stub.advance(ms);
      interrupt.abort();
    };
    await expect(setup(lab.deps(interrupt.signal), { ...SETTINGS, ...names })).rejects.toMatchObject({
      exitCode: 130,
    });
    lab.clock.onSleep = (ms) => {
      lab.stub.advance(ms);
    };
    expect(await run(lab, names)).toMatchObject({ done: true });
    expect(signs(await run(lab, names))).toEqual([]);
  });

  it('names the missing action and the policy that has it', async () => {
    const message =
      'User: arn:aws:iam::123456789012:user/x is not authorized to perform: batch:DescribeComputeEnvironments on resource: *';
    lab.stub.failNext('DescribeComputeEnvironments', { status: 403, type: 'AccessDeniedException', message });
    await expect(run(lab)).rejects.toMatchObject({
      exitCode: 5,
      message: 'access denied: your credentials may not batch:DescribeComputeEnvironments on *',
      hint: expect.stringContaining('cogconv iam-policy --for setup') as string,
    });
  });

  it('says what to set when there is no default VPC', async () => {
    const ec2 = ec2Client(lab.moto);
    await deleteDefaultVpc(ec2);
    ec2.destroy();
    await expect(run(lab)).rejects.toMatchObject({
      message: 'there is no default VPC in us-east-1',
      hint: expect.stringContaining('SUBNET_IDS') as string,
    });
  });
});

describe('setup of a directory', () => {
  it('says that nothing is needed', async () => {
    const { report } = await setup({} as never, { ...SETTINGS, bucket: './data' });
    expect(renderSetup(report)).toEqual([
      'Nothing to set up: ./data is a directory, and jobs run on this machine',
    ]);
  });
});
