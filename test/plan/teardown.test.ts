import { describe, expect, it } from 'vitest';
import type { FoundInfrastructure } from '../../src/plan/infrastructure.ts';
import { instanceRole, jobRole } from '../../src/plan/roles.ts';
import { planTeardown } from '../../src/plan/teardown.ts';
import { NAMES } from '../fakes/names.ts';

const OURS = { app: 'cogconv' };
const NOTHING: FoundInfrastructure = {
  repository: null,
  serviceRole: 'arn',
  jobRole: null,
  instanceRole: null,
  instanceProfile: null,
  logGroup: null,
  launchTemplate: null,
  environment: null,
  queue: null,
};
const REPOSITORY = {
  arn: '',
  uri: '',
  scanOnPush: true,
  tagMutability: '',
  mutableTags: [],
  lifecyclePolicy: null,
  tags: OURS,
};
const REGION = 'us-east-1';
const NO_DEPLOYMENT = { region: REGION, definitions: [], images: 0, withImages: false };

/** The roles of a deployment in one region. */
function rolesMadeFor(region: string): Partial<FoundInfrastructure> {
  const account = { partition: 'aws', accountId: '123456789012', region };
  const storage = { bucket: 'rasters', sourcePrefix: 'raw/', cogPrefix: 'cogs/' };
  return {
    jobRole: { ...jobRole(NAMES, account, storage, OURS), arn: '' },
    instanceRole: { ...instanceRole(NAMES, account, OURS), arn: '' },
    instanceProfile: { arn: '', roles: [NAMES.instanceRole], tags: OURS },
  };
}

describe('planTeardown', () => {
  it('has nothing to do in an empty account, whatever service-linked roles it has', () => {
    expect(planTeardown(NAMES, NOTHING, NO_DEPLOYMENT)).toEqual([]);
  });

  it('keeps a repository with images unless they may go', () => {
    const found = { ...NOTHING, repository: REPOSITORY };
    const kept = planTeardown(NAMES, found, { ...NO_DEPLOYMENT, images: 2 });
    expect(kept).toMatchObject([{ sign: '=', why: 'holds 2 images: --images deletes them' }]);
    const gone = planTeardown(NAMES, found, { ...NO_DEPLOYMENT, images: 1, withImages: true });
    expect(gone).toMatchObject([{ sign: '-', why: 'with 1 image' }]);
    expect(planTeardown(NAMES, found, NO_DEPLOYMENT)).toMatchObject([{ sign: '-', why: null }]);
  });

  it('never deletes a foreign repository, even with --images', () => {
    const found = { ...NOTHING, repository: { ...REPOSITORY, tags: { app: 'other' } } };
    expect(planTeardown(NAMES, found, { ...NO_DEPLOYMENT, images: 1, withImages: true })).toMatchObject([
      { sign: '=', why: 'was not made by cogconv (no tag app=cogconv)' },
    ]);
  });

  it('deregisters only revisions with the tag', () => {
    const definitions = [
      { arn: 'arn:2', revision: 2, tags: OURS },
      { arn: 'arn:1', revision: 1, tags: {} },
    ];
    expect(planTeardown(NAMES, NOTHING, { ...NO_DEPLOYMENT, definitions })).toMatchObject([
      { sign: '-', name: 'job:2', id: 'arn:2' },
      { sign: '=', name: 'job:1' },
    ]);
  });

  it('keeps the roles of a deployment in another region, as IAM has them once for all regions', () => {
    const found = { ...NOTHING, repository: REPOSITORY, ...rolesMadeFor('eu-west-1') };
    const why = 'made for eu-west-1: teardown with AWS_REGION=eu-west-1 deletes it';
    expect(planTeardown(NAMES, found, NO_DEPLOYMENT)).toMatchObject([
      { sign: '=', kind: 'instance profile', why },
      { sign: '=', kind: 'instance role', why },
      { sign: '=', kind: 'job role', why },
      { sign: '-', kind: 'ECR repository' },
    ]);
  });

  it.each<[string, Partial<FoundInfrastructure>]>([
    ['of its own region', rolesMadeFor(REGION)],
    ['without a job role that tells a region', { ...rolesMadeFor('eu-west-1'), jobRole: null }],
  ])('deletes roles %s', (_, roles) => {
    const signs = planTeardown(NAMES, { ...NOTHING, ...roles }, NO_DEPLOYMENT).map(({ sign }) => sign);
    expect(new Set(signs)).toEqual(new Set(['-']));
  });
});
