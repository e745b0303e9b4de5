import { describe, expect, it } from 'vitest';
import { canonicalDocument } from '../../src/plan/policy-document.ts';
import { instanceRole, jobRole } from '../../src/plan/roles.ts';
import { NAMES } from '../fakes/names.ts';

const ACCOUNT = { partition: 'aws', accountId: '123456789012', region: 'us-east-1' };
const STORAGE = { bucket: 'rasters', sourcePrefix: 'raw/', cogPrefix: 'cogs/' };

describe('jobRole', () => {
  it('may read both prefixes and write below the COG prefix alone', () => {
    const { name, inline } = jobRole(NAMES, ACCOUNT, STORAGE, {});
    const policy = JSON.parse(inline['S3Access'] ?? '') as {
      Statement: { Action: string[]; Resource: string[] }[];
    };
    expect(name).toBe('cog-converter-job-role');
    expect(policy.Statement.map(({ Action, Resource }) => [Action.join(), Resource.join()])).toEqual([
      ['s3:GetObject', 'arn:aws:s3:::rasters/raw/*,arn:aws:s3:::rasters/cogs/*'],
      ['s3:PutObject,s3:AbortMultipartUpload', 'arn:aws:s3:::rasters/cogs/*'],
      ['s3:DeleteObject', 'arn:aws:s3:::rasters/cogs/*.aux.xml'],
      ['s3:ListBucket', 'arn:aws:s3:::rasters'],
    ]);
  });

  it('can be taken by tasks of this account alone', () => {
    const { trust } = jobRole(NAMES, ACCOUNT, STORAGE, {});
    expect(trust).toContain('"aws:SourceAccount":"123456789012"');
    expect(trust).toContain('arn:aws:ecs:us-east-1:123456789012:*');
  });
});

describe('instanceRole', () => {
  it('uses the partition of the account', () => {
    const role = instanceRole(NAMES, { ...ACCOUNT, partition: 'aws-cn' }, {});
    expect(role.attached).toEqual([
      'arn:aws-cn:iam::aws:policy/service-role/AmazonEC2ContainerServiceforEC2Role',
    ]);
    expect(role.trust).toContain('ec2.amazonaws.com.cn');
  });
});

describe('canonicalDocument', () => {
  it('is equal for documents that mean the same', () => {
    const one = '{"Version":"1","Statement":[{"Action":["a","b"],"Effect":"Allow"}]}';
    const other = '{ "Statement": {"Effect":"Allow","Action":["b","a"]}, "Version":"1" }';
    expect(canonicalDocument(one)).toBe(canonicalDocument(other));
    expect(canonicalDocument('not json')).toBeNull();
  });
});
