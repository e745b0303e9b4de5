import { describe, expect, it } from 'vitest';
import type { EnvironmentState, QueueState } from '../../src/plan/compute.ts';
import {
  judgeEnvironment,
  judgeQueue,
  judgeSize,
  judgeSubnets,
  judgeWaiting,
} from '../../src/plan/diagnosis.ts';
import { invalidEnvironmentHint, mayPass } from '../../src/plan/environment-hints.ts';
import { smallestFit, usableMemoryMiB } from '../../src/plan/instance-fit.ts';

const ENVIRONMENT: EnvironmentState = {
  arn: '',
  state: 'ENABLED',
  status: 'VALID',
  statusReason: '',
  managed: true,
  serviceRole: null,
  type: 'SPOT',
  allocationStrategy: null,
  minVcpus: 0,
  maxVcpus: 16,
  instanceTypes: [],
  imageType: null,
  instanceProfile: null,
  subnetIds: [],
  securityGroupIds: [],
  launchTemplate: null,
  tags: {},
  instanceTags: {},
};
const QUEUE: QueueState = {
  arn: '',
  state: 'ENABLED',
  status: 'VALID',
  statusReason: '',
  environments: ['env'],
  priority: 1,
  timeLimits: [],
  tags: {},
};

describe('judgeEnvironment', () => {
  it.each<[Partial<EnvironmentState> | null, string, string | null]>([
    [null, 'problem', 'cogconv setup'],
    [{ state: 'DISABLED' }, 'problem', 'cogconv setup'],
    [{ status: 'UPDATING' }, 'unknown', null],
    [{}, 'ok', null],
  ])('%j', (change, state, mend) => {
    const found = change === null ? null : { ...ENVIRONMENT, ...change };
    expect(judgeEnvironment(found, 'env')).toMatchObject({ state, mend });
  });

  it('tells the reason of an INVALID one', () => {
    const invalid = {
      ...ENVIRONMENT,
      status: 'INVALID',
      statusReason: 'The security group sg-1 does not exist',
    };
    expect(judgeEnvironment(invalid, 'env')).toEqual({
      state: 'problem',
      detail: 'env is INVALID: The security group sg-1 does not exist',
      mend: 'check SECURITY_GROUP_IDS: the groups must exist in the VPC of the subnets',
    });
  });
});

describe('judgeQueue', () => {
  it.each<[Partial<QueueState> | null, string]>([
    [null, 'problem'],
    [{ state: 'DISABLED' }, 'problem'],
    [{ status: 'INVALID' }, 'problem'],
    [{ environments: ['other'] }, 'problem'],
    [{ status: 'UPDATING' }, 'unknown'],
    [{}, 'ok'],
  ])('%j is %s', (change, state) => {
    const found = change === null ? null : { ...QUEUE, ...change };
    expect(judgeQueue(found, 'queue', 'env').state).toBe(state);
  });
});

describe('judgeSize', () => {
  const types = [
    { name: 'c6i.large', vcpus: 2, memoryMiB: 4_096 },
    { name: 'm6i.large', vcpus: 2, memoryMiB: 8_192 },
  ];

  it('knows that a job of 4,096 MiB does not fit an instance of 4,096 MiB', () => {
    expect(judgeSize(types, { vcpus: 2, memoryMiB: 4_096 }, 16).detail).toContain('fits m6i.large');
    expect(smallestFit(types, { vcpus: 2, memoryMiB: 3_584 })?.name).toBe('c6i.large');
  });

  it('stays below what an 8-GiB instance was seen to register', () => {
    expect(usableMemoryMiB({ name: 'm4.large', vcpus: 2, memoryMiB: 8_192 })).toBeLessThanOrEqual(7_985);
  });

  it('names what can never start', () => {
    expect(judgeSize(types, { vcpus: 2, memoryMiB: 9_000 }, 16)).toMatchObject({ state: 'problem' });
    expect(judgeSize(types, { vcpus: 32, memoryMiB: 1_000 }, 16).mend).toContain('MAX_VCPUS');
    expect(judgeSize([], { vcpus: 1, memoryMiB: 1_000 }, 16).mend).toContain('INSTANCE_TYPES');
  });
});

describe('judgeSubnets', () => {
  const vpc = {
    vpcId: 'vpc-1',
    subnets: [{ id: 'subnet-1', vpcId: 'vpc-1', zone: 'us-east-1a', mapsPublicIps: true }],
    routeTables: [{ vpcId: 'vpc-1', isMain: true, subnetIds: [], defaultTarget: 'igw-1' }],
    defaultSecurityGroup: null,
  };

  it('finds subnets that are gone or closed', () => {
    expect(judgeSubnets(vpc, ['subnet-1']).state).toBe('ok');
    expect(judgeSubnets(vpc, ['subnet-2']).detail).toContain('subnet-2: it is gone');
    expect(judgeSubnets({ ...vpc, routeTables: [] }, ['subnet-1']).detail).toContain('no route to 0.0.0.0/0');
    expect(judgeSubnets(null, ['subnet-1']).state).toBe('problem');
  });
});

describe('judgeWaiting', () => {
  const job = (status: string, createdAt: number, statusReason: string | null = null) => ({
    status,
    createdAt,
    statusReason,
  });

  it('finds jobs that wait for long or for a reason', () => {
    const hour = 3_600_000;
    expect(judgeWaiting([], hour).state).toBe('ok');
    expect(judgeWaiting([job('RUNNING', 0)], hour).detail).toBe('1 job runs, none waits');
    expect(judgeWaiting([job('RUNNABLE', 0), job('RUNNING', 0)], hour).state).toBe('ok');
    expect(judgeWaiting([job('RUNNABLE', hour - 60_000)], hour).state).toBe('ok');
    expect(judgeWaiting([job('RUNNABLE', 0)], hour)).toMatchObject({
      state: 'problem',
      detail: '1 job waits for a machine, the oldest for 60 min; AWS Batch gives no reason',
      mend: expect.stringContaining('service-quotas') as string,
    });
    expect(judgeWaiting([job('RUNNABLE', hour, 'CAPACITY:x')], hour).detail).toContain('CAPACITY:x');
  });
});

describe('invalidEnvironmentHint', () => {
  it.each([
    ['SpotFleetRequestConfig.IamFleetRole is invalid', 'COMPUTE_ENV_NAME'],
    ['is not authorized to perform: sts:AssumeRole', 'run setup again'],
    ['something new', 'https://docs.aws.amazon.com/'],
  ])('%s', (reason, hint) => {
    expect(invalidEnvironmentHint(reason)).toContain(hint);
  });

  it('waits only for what may pass', () => {
    expect(mayPass('Not authorized to perform sts:AssumeRole')).toBe(true);
    expect(mayPass('The subnet does not exist')).toBe(false);
  });
});
