import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { awsNames } from '../../src/plan/aws-names.ts';
import { MAX_POLICY_SIZE, policyFor, policySize } from '../../src/plan/policies.ts';
import type { PolicySubject } from '../../src/plan/policy-arns.ts';
import { POLICY_COMMANDS } from '../../src/plan/policy-grants.ts';

const SUBJECT: PolicySubject = {
  names: awsNames({
    batchJobName: 'cog-converter',
    computeEnvName: 'env',
    jobQueueName: 'queue',
    jobDefinitionName: 'job',
    ecrRepoName: 'repo',
  }),
  account: { partition: 'aws-cn', accountId: '123456789012', region: 'cn-north-1' },
  storage: { bucket: 'rasters', sourcePrefix: 'raw*/', cogPrefix: 'cogs/' },
  runner: 'batch',
};

/** Actions that no SDK call of the adapters has the name of. */
const WITHOUT_COMMAND = [
  // checked by AWS when a role is handed on or tags are given at a creation
  'iam:PassRole',
  // the Docker engine's push
  'ecr:BatchCheckLayerAvailability',
  'ecr:CompleteLayerUpload',
  'ecr:InitiateLayerUpload',
  'ecr:PutImage',
  'ecr:UploadLayerPart',
];

const PREFIXES: Readonly<Record<string, string>> = {
  'client-batch': 'batch',
  'client-cloudwatch-logs': 'logs',
  'client-ec2': 'ec2',
  'client-ecr': 'ecr',
  'client-iam': 'iam',
};

/** `batch:SubmitJob` for every command and paginator that the adapters import. */
function actionsOfAdapters(): Set<string> {
  const folder = new URL('../../src/aws/', import.meta.url);
  const actions = new Set<string>();
  for (const file of readdirSync(folder)) {
    const source = readFileSync(new URL(file, folder), 'utf8');
    for (const [, names = '', client = ''] of source.matchAll(
      /import \{([^}]*)\} from '@aws-sdk\/([\w-]+)'/g,
    )) {
      const prefix = PREFIXES[client];
      for (const [, command, paginator] of names.matchAll(/\b(?:(\w+)Command\b|paginate(\w+))/g)) {
        const operation = command ?? paginator;
        if (prefix !== undefined && operation !== undefined) actions.add(`${prefix}:${operation}`);
      }
    }
  }
  return actions;
}

function actionsOfPolicies(): Set<string> {
  const { Statement } = policyFor(POLICY_COMMANDS, SUBJECT);
  return new Set(Statement.flatMap(({ Action }) => Action));
}

describe('policyFor', () => {
  it('allows every call that an adapter makes, and nothing that none makes', () => {
    const used = actionsOfAdapters();
    const allowed = actionsOfPolicies();
    const missing = [...used].filter((action) => !allowed.has(action));
    const unused = [...allowed].filter(
      (action) => !action.startsWith('s3:') && !used.has(action) && !WITHOUT_COMMAND.includes(action),
    );
    expect(used.size).toBeGreaterThan(40);
    expect({ missing, unused }).toEqual({ missing: [], unused: [] });
  });

  it.each(POLICY_COMMANDS)('has no wildcard action and only resources of this deployment: %s', (command) => {
    for (const { Action, Resource } of policyFor([command], SUBJECT).Statement) {
      expect(Action.filter((action) => action.includes('*'))).toEqual([]);
      for (const arn of Resource) if (arn !== '*') expect(arn).toMatch(/^arn:aws-cn:/);
    }
  });

  it('allows writes to named resources alone', () => {
    const onAll = policyFor(POLICY_COMMANDS, SUBJECT).Statement.filter(({ Resource }) =>
      Resource.includes('*'),
    );
    const writes = onAll
      .flatMap(({ Action }) => Action)
      .filter((action) => !/:(?:Describe|List|GetAuthorizationToken)/.test(action));
    expect(writes).toEqual([]);
  });

  it('never allows to write or delete sources or COGs', () => {
    const s3 = policyFor(POLICY_COMMANDS, SUBJECT).Statement.filter(({ Action }) =>
      Action.some((action) => /^s3:(?:Put|Delete)/.test(action)),
    );
    expect(s3.flatMap(({ Resource }) => Resource).toSorted()).toEqual([
      'arn:aws-cn:s3:::rasters/cogs/manifests/*',
      'arn:aws-cn:s3:::rasters/cogs/manifests/runs/*',
      'arn:aws-cn:s3:::rasters/cogs/manifests/summaries/*',
    ]);
  });

  it.each(['convert', 'retry'] as const)(
    'lets %s do the work itself where jobs run on this machine',
    (command) => {
      const { Statement } = policyFor([command], { ...SUBJECT, runner: 'local' });
      const s3 = 'arn:aws-cn:s3:::rasters';
      expect(Statement).toEqual([
        { Effect: 'Allow', Action: ['s3:GetObject'], Resource: [s3 + '/raw${*}/*', `${s3}/cogs/*`] },
        { Effect: 'Allow', Action: ['s3:AbortMultipartUpload', 's3:PutObject'], Resource: [`${s3}/cogs/*`] },
        { Effect: 'Allow', Action: ['s3:DeleteObject'], Resource: [`${s3}/cogs/*.aux.xml`] },
        { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: [s3] },
        { Effect: 'Allow', Action: ['s3:DeleteObject'], Resource: [`${s3}/cogs/manifests/*`] },
      ]);
    },
  );

  it('lets doctor list the bucket alone where jobs run on this machine', () => {
    expect(policyFor(['doctor'], { ...SUBJECT, runner: 'local' }).Statement).toEqual([
      { Effect: 'Allow', Action: ['s3:ListBucket'], Resource: ['arn:aws-cn:s3:::rasters'] },
    ]);
  });

  it.each(POLICY_COMMANDS.filter((command) => !['convert', 'retry', 'doctor'].includes(command)))(
    'is the same for both runners: %s',
    (command) => {
      expect(policyFor([command], { ...SUBJECT, runner: 'local' })).toEqual(policyFor([command], SUBJECT));
    },
  );

  it('holds listing to both prefixes, with wildcards in names taken literally', () => {
    expect(policyFor(['list'], SUBJECT).Statement).toEqual([
      {
        Effect: 'Allow',
        Action: ['s3:ListBucket'],
        Resource: ['arn:aws-cn:s3:::rasters'],
        Condition: { StringLike: { 's3:prefix': ['raw${*}/*', 'cogs/*'] } },
      },
    ]);
  });

  it('passes the instance role to EC2 alone', () => {
    const passes = policyFor(['setup'], SUBJECT).Statement.filter(({ Action }) =>
      Action.includes('iam:PassRole'),
    );
    expect(passes).toContainEqual({
      Effect: 'Allow',
      Action: ['iam:PassRole'],
      Resource: ['arn:aws-cn:iam::123456789012:role/cog-converter-instance-role'],
      Condition: { StringEquals: { 'iam:PassedToService': 'ec2.amazonaws.com.cn' } },
    });
  });

  it('fits a managed policy for each command', () => {
    const tooLong = POLICY_COMMANDS.filter(
      (command) => policySize(policyFor([command], SUBJECT)) > MAX_POLICY_SIZE,
    );
    expect(tooLong).toEqual([]);
  });
});
