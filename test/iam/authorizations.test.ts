import { describe, expect, it } from 'vitest';
import { authorizationsOf, type KnownTags } from './authorizations.ts';
import { scopeOf, type Exchange } from './aws-exchange.ts';
import { judge } from './least-privilege.ts';

const AT = { signer: 'convert', region: 'us-east-1', status: 200, answer: '', headers: {}, body: '' };

function batch(path: string, input: object, answer: object = {}): Exchange {
  const body = JSON.stringify(input);
  return {
    ...{ ...AT, service: 'batch', method: 'POST', path, query: new URLSearchParams(), body },
    answer: JSON.stringify(answer),
  };
}

function s3(method: string, path: string, query = ''): Exchange {
  return { ...AT, service: 's3', method, path, query: new URLSearchParams(query) };
}

const SUBMIT = batch(
  '/v1/submitjob',
  { jobQueue: 'queue', jobDefinition: 'job', tags: { app: 'cogconv' } },
  { jobId: 'abc' },
);

describe('scopeOf', () => {
  it('reads signer, region and service', () => {
    const header =
      'AWS4-HMAC-SHA256 Credential=convert/20240115/eu-west-1/batch/aws4_request, SignedHeaders=host, Signature=00';
    expect(scopeOf(header)).toEqual({ signer: 'convert', region: 'eu-west-1', service: 'batch' });
    expect(scopeOf(undefined)).toBeNull();
  });
});

describe('authorizationsOf', () => {
  it('checks a submit on queue and definition, and its tags', () => {
    const parts = authorizationsOf(SUBMIT, new Map());
    expect(parts.map(({ action, resource }) => `${action} ${resource}`)).toEqual([
      'batch:SubmitJob arn:aws:batch:us-east-1:123456789012:job-queue/queue',
      'batch:SubmitJob arn:aws:batch:us-east-1:123456789012:job-definition/job',
      'batch:TagResource arn:aws:batch:us-east-1:123456789012:job/new',
    ]);
  });

  it('knows the tags of a job that was submitted before, and of its children', () => {
    const known: KnownTags = new Map();
    authorizationsOf(SUBMIT, known);
    const [end] = authorizationsOf(batch('/v1/terminatejob', { jobId: 'abc:7' }), known);
    expect(end).toMatchObject({
      action: 'batch:TerminateJob',
      context: { 'aws:ResourceTag/app': 'cogconv' },
    });
  });

  it('passes the roles of a compute environment', () => {
    const create = batch('/v1/createcomputeenvironment', {
      computeEnvironmentName: 'env',
      serviceRole: 'arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/X',
      computeResources: { instanceRole: 'arn:aws:iam::123456789012:instance-profile/cc-instance-profile' },
    });
    const passes = authorizationsOf(create, new Map()).filter(({ action }) => action === 'iam:PassRole');
    expect(passes.map(({ resource, context }) => [resource, context['iam:PassedToService']])).toEqual([
      ['arn:aws:iam::123456789012:role/cc-instance-role', 'ec2.amazonaws.com'],
      ['arn:aws:iam::123456789012:role/aws-service-role/batch.amazonaws.com/X', 'batch.amazonaws.com'],
    ]);
  });

  it.each([
    ['GET', '/b/k', '', 's3:GetObject arn:aws:s3:::b/k'],
    ['HEAD', '/b/k', '', 's3:GetObject arn:aws:s3:::b/k'],
    ['PUT', '/b/x/k', 'partNumber=1&uploadId=u', 's3:PutObject arn:aws:s3:::b/x/k'],
    ['POST', '/b/k', 'uploads', 's3:PutObject arn:aws:s3:::b/k'],
    ['DELETE', '/b/k', 'uploadId=u', 's3:AbortMultipartUpload arn:aws:s3:::b/k'],
    ['DELETE', '/b/k', '', 's3:DeleteObject arn:aws:s3:::b/k'],
    ['GET', '/b', 'list-type=2&prefix=raw/', 's3:ListBucket arn:aws:s3:::b'],
  ])('%s %s?%s is %s', (method, path, query, expected) => {
    const found = authorizationsOf(s3(method, path, query), new Map());
    expect(found.map(({ action, resource }) => `${action} ${resource}`)).toEqual([expected]);
  });

  it('names a call that it does not know', () => {
    expect(() => authorizationsOf(batch('/v1/createschedulingpolicy', {}), new Map())).toThrow(
      'what does AWS check',
    );
  });
});

describe('judge', () => {
  it('names what was asked without permission, and what nobody asked for', () => {
    const Statement = [
      { Effect: 'Allow', Action: ['s3:GetObject', 's3:PutObject'], Resource: 'arn:aws:s3:::b/ours/*' },
    ] as const;
    const calls = [s3('GET', '/b/ours/a'), s3('GET', '/b/theirs/a')];
    expect(judge(calls, { convert: { Statement } })).toEqual({
      denied: ['convert: s3:GetObject on arn:aws:s3:::b/theirs/a'],
      unused: { convert: ['s3:PutObject'] },
    });
    expect(judge(calls, {}).denied).toHaveLength(2);
  });
});
