import { describe, expect, it } from 'vitest';
import type { EnvironmentState } from '../../src/plan/compute.ts';
import {
  wantedInfrastructure,
  type FoundInfrastructure,
  type Infrastructure,
  type InfrastructureSettings,
} from '../../src/plan/infrastructure.ts';
import { isAsWanted, planSetup, type SetupStep } from '../../src/plan/infrastructure-diff.ts';

const SETTINGS: InfrastructureSettings = {
  bucket: 'rasters',
  sourcePrefix: 'raw/',
  cogPrefix: 'cogs/',
  batchJobName: 'cog-converter',
  computeEnvName: 'env',
  jobQueueName: 'queue',
  jobDefinitionName: 'job',
  ecrRepoName: 'repo',
  maxVcpus: 16,
  useSpot: true,
  instanceTypes: ['default_x86_64'],
  diskGb: 100,
  logRetentionDays: '30',
  tags: null,
};
const ACCOUNT = { partition: 'aws', accountId: '123456789012', region: 'us-east-1' };
const NETWORK = { vpcId: 'vpc-1', subnetIds: ['subnet-1'], securityGroupIds: ['sg-1'], notes: [] };
const SERVICE_ROLE =
  'arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/AWSServiceRoleForBatch';

const NOTHING: FoundInfrastructure = {
  repository: null,
  serviceRole: null,
  jobRole: null,
  instanceRole: null,
  instanceProfile: null,
  logGroup: null,
  launchTemplate: null,
  environment: null,
  queue: null,
};

/** What AWS would tell after `wanted` was applied. */
function applied(wanted: Infrastructure): FoundInfrastructure {
  const { environment, queue } = wanted;
  return {
    repository: { ...wanted.repository, arn: '', uri: '' },
    serviceRole: SERVICE_ROLE,
    jobRole: { ...wanted.jobRole, arn: '' },
    instanceRole: { ...wanted.instanceRole, arn: '' },
    instanceProfile: { arn: '', roles: [wanted.instanceProfile.role], tags: wanted.instanceProfile.tags },
    logGroup: wanted.logGroup,
    launchTemplate: { ...wanted.launchTemplate, id: 'lt-1', version: 1 },
    environment: {
      ...environment,
      arn: '',
      state: 'ENABLED',
      status: 'VALID',
      statusReason: '',
      managed: true,
      serviceRole: SERVICE_ROLE,
      launchTemplate: { id: 'lt-1', name: null, version: '1' },
    },
    queue: {
      ...queue,
      arn: '',
      state: 'ENABLED',
      status: 'VALID',
      statusReason: '',
      environments: [queue.environment],
    },
  };
}

const FOUND = applied(wantedInfrastructure(SETTINGS, ACCOUNT, NETWORK, NOTHING));

function plan(
  settings: Partial<InfrastructureSettings>,
  found: FoundInfrastructure = FOUND,
): readonly SetupStep[] {
  return planSetup(wantedInfrastructure({ ...SETTINGS, ...settings }, ACCOUNT, NETWORK, found), found);
}

function changed(steps: readonly SetupStep[]): string[] {
  return steps
    .filter(({ sign }) => sign !== '=')
    .flatMap(({ sign, kind, changes }) =>
      changes.map((one) => `${sign} ${kind}: ${one.field}: ${one.old ?? ''} -> ${one.new}`),
    );
}

function withEnvironment(change: Partial<EnvironmentState>): FoundInfrastructure {
  return { ...FOUND, environment: FOUND.environment && { ...FOUND.environment, ...change } };
}

/** Identities, words for people and what only the spec has: nothing that somebody could change in AWS. */
const NO_SETTING =
  /\.(?:arn|uri|id|name|description|status|statusReason|managed|serviceRole|environment|environmentArn)$/;

/** `logGroup.retentionDays` and so on: every single value that AWS tells. */
function paths(value: unknown, at: string): string[] {
  if (typeof value !== 'object' || value === null) return NO_SETTING.test(at) ? [] : [at];
  return Object.entries(value).flatMap(([key, part]) => paths(part, at === '' ? key : `${at}.${key}`));
}

/** Another value of the same kind. */
function other(value: unknown): unknown {
  if (typeof value === 'number') return value + 1;
  return typeof value === 'boolean' ? !value : `${String(value)}-other`;
}

/** The account after somebody changed one value in it. */
function tampered(path: string): FoundInfrastructure {
  const found = structuredClone(FOUND);
  const keys = path.split('.');
  const last = keys.pop() ?? '';
  // paths come from the same object
  const holder = keys.reduce<unknown>((part, key) => (part as Record<string, unknown>)[key], found);
  const record = holder as Record<string, unknown>;
  record[last] = other(record[last]);
  return found;
}

describe('planSetup', () => {
  it('creates everything in an empty account, users behind what they use', () => {
    expect(plan({}, NOTHING).map(({ sign, kind }) => `${sign} ${kind}`)).toEqual([
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
  });

  it('finds what it made as wanted, by id or by name of the launch template', () => {
    expect(isAsWanted(plan({}))).toBe(true);
    const named = { id: null, name: 'cog-converter-launch-template', version: '1' };
    expect(isAsWanted(plan({}, withEnvironment({ launchTemplate: named })))).toBe(true);
  });

  it.each<[Partial<InfrastructureSettings>, string[]]>([
    [{ maxVcpus: 32 }, ['~ compute environment: max vCPUs: 16 -> 32']],
    [
      { useSpot: false },
      [
        '~ compute environment: instances: SPOT -> EC2',
        '~ compute environment: allocation strategy: SPOT_PRICE_CAPACITY_OPTIMIZED -> BEST_FIT_PROGRESSIVE',
      ],
    ],
    [
      { diskGb: 500 },
      [
        '~ launch template: disk: 100 GB gp3 on /dev/xvda -> 500 GB gp3 on /dev/xvda',
        '~ compute environment: launch template: cog-converter-launch-template version 1 -> cog-converter-launch-template version 2',
      ],
    ],
    [{ logRetentionDays: '7' }, ['~ log group: retention: 30 days -> 7 days']],
  ])('shows old and new of a changed setting: %j', (settings, expected) => {
    expect(changed(plan(settings))).toEqual(expected);
  });

  it.each(paths({ ...FOUND, serviceRole: undefined }, '').filter((path) => path !== 'serviceRole'))(
    'sees that somebody changed %s',
    (path) => {
      expect(isAsWanted(plan({}, tampered(path)))).toBe(false);
    },
  );

  it('adds TAGS everywhere and leaves tags of others alone', () => {
    const steps = plan({ tags: { team: 'gis' } }).filter(({ sign }) => sign !== '=');
    expect(steps).toHaveLength(8);
    const tagged = { ...FOUND, logGroup: { retentionDays: 30, tags: { app: 'cogconv', owner: 'ann' } } };
    expect(isAsWanted(plan({}, tagged))).toBe(true);
  });

  it('says that it takes over what has not its tag', () => {
    const foreign = { ...FOUND, jobRole: FOUND.jobRole && { ...FOUND.jobRole, tags: {} } };
    const step = plan({}, foreign).find(({ kind }) => kind === 'job role');
    expect(step).toMatchObject({ sign: '~', takesOver: true });
  });

  it('mends a role without its policy and a profile without its role', () => {
    const broken: FoundInfrastructure = {
      ...FOUND,
      instanceRole: FOUND.instanceRole && { ...FOUND.instanceRole, attached: [] },
      instanceProfile: FOUND.instanceProfile && { ...FOUND.instanceProfile, roles: [] },
    };
    expect(changed(plan({}, broken))).toEqual([
      '~ instance role: policy AmazonEC2ContainerServiceforEC2Role: none -> attached',
      '~ instance profile: role: none -> cog-converter-instance-role',
    ]);
  });

  it('repairs an INVALID environment and counts one that is being deleted as gone', () => {
    const invalid = withEnvironment({ status: 'INVALID', statusReason: 'why' });
    expect(changed(plan({}, invalid))).toEqual(['~ compute environment: status: INVALID (why) -> VALID']);
    const leaving = plan({}, withEnvironment({ status: 'DELETING' }));
    expect(leaving.find(({ kind }) => kind === 'compute environment')?.sign).toBe('+');
  });

  it.each<[string, Partial<EnvironmentState>]>([
    ['service role of its own', { serviceRole: 'arn:aws:iam::123456789012:role/AWSBatchServiceRole' }],
    ['BEST_FIT', { allocationStrategy: 'BEST_FIT' }],
    ['not managed', { managed: false }],
    ['FARGATE', { type: 'FARGATE' }],
  ])('needs a new environment where AWS changes nothing but the size: %s', (why, change) => {
    const step = plan({ diskGb: 500 }, withEnvironment(change)).find(
      ({ kind }) => kind === 'compute environment',
    );
    expect(step?.sign).toBe('!');
    expect(step?.why).toContain(why);
    expect(step?.why).toContain('COMPUTE_ENV_NAME');
  });

  it('still scales an environment with a service role of its own', () => {
    const own = withEnvironment({ serviceRole: 'arn:aws:iam::123456789012:role/AWSBatchServiceRole' });
    expect(changed(plan({ maxVcpus: 32 }, own))).toEqual(['~ compute environment: max vCPUs: 16 -> 32']);
  });

  it('leaves the roles of a deployment in another region to it', () => {
    const elsewhere = wantedInfrastructure(SETTINGS, { ...ACCOUNT, region: 'eu-west-1' }, NETWORK, NOTHING);
    const { jobRole } = applied(elsewhere);
    const step = plan({}, { ...NOTHING, jobRole }).find(({ kind }) => kind === 'job role');
    expect(step?.sign).toBe('!');
    expect(step?.why).toBe(
      'it is made for eu-west-1, and IAM has a role once for all regions: set BATCH_JOB_NAME to another name for a second region, or run teardown with AWS_REGION=eu-west-1 first',
    );
  });
});
