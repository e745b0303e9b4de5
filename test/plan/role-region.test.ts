import { describe, expect, it } from 'vitest';
import { regionOfTrust } from '../../src/plan/role-region.ts';
import { instanceRole, jobRole } from '../../src/plan/roles.ts';
import { NAMES } from '../fakes/names.ts';

const STORAGE = { bucket: 'rasters', sourcePrefix: 'raw/', cogPrefix: 'cogs/' };

function trustOf(Condition: unknown): string {
  const Statement = [{ Effect: 'Allow', Action: 'sts:AssumeRole', Condition }];
  return JSON.stringify({ Version: '2012-10-17', Statement });
}

describe('regionOfTrust', () => {
  it.each([
    ['aws', 'eu-west-1'],
    ['aws-cn', 'cn-north-1'],
    ['aws-us-gov', 'us-gov-west-1'],
  ])('reads it from the job role that setup makes in %s', (partition, region) => {
    const { trust } = jobRole(NAMES, { partition, accountId: '123456789012', region }, STORAGE, {});
    expect(regionOfTrust(trust)).toBe(region);
  });

  it('takes lists of one, one statement that is no list, and keys in any case, as IAM does', () => {
    const Condition = { StringLike: { 'AWS:sourceArn': ['arn:aws:ecs:eu-west-1:123456789012:*'] } };
    const Statement = { Effect: 'Allow', Action: 'sts:AssumeRole', Condition };
    expect(regionOfTrust(JSON.stringify({ Statement }))).toBe('eu-west-1');
  });

  it.each<[string, string]>([
    [
      'the instance role',
      instanceRole(NAMES, { partition: 'aws', accountId: '1', region: 'eu-west-1' }, {}).trust,
    ],
    ['no JSON', 'arn:aws:ecs:eu-west-1:123456789012:*'],
    ['JSON that is no policy', '[null, 7]'],
    ['no policy at all', 'null'],
    ['no condition', trustOf(undefined)],
    ['conditions that are none', trustOf({ ArnLike: null, StringLike: 'x' })],
    ['every region', trustOf({ ArnLike: { 'aws:SourceArn': 'arn:aws:ecs:*:123456789012:*' } })],
    ['another service', trustOf({ ArnLike: { 'aws:SourceArn': 'arn:aws:batch:eu-west-1:1:*' } })],
    [
      'two regions',
      trustOf({ ArnLike: { 'aws:SourceArn': ['arn:aws:ecs:eu-west-1:1:*', 'arn:aws:ecs:us-east-1:1:*'] } }),
    ],
  ])('tells nothing of %s', (_, trust) => {
    expect(regionOfTrust(trust)).toBeNull();
  });
});
