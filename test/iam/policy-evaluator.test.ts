import { describe, expect, it } from 'vitest';
import { allowedActions, isAllowed, type Policy } from './policy-evaluator.ts';

const COG = 'arn:aws:s3:::my-rasters/cogs/a_cog.tif';
const policy = (...Statement: Policy['Statement']): Policy => ({ Statement });
const allow = (
  Action: string | string[],
  Resource: string | string[],
  Condition?: Policy['Statement'][number]['Condition'],
) => ({ Effect: 'Allow', Action, Resource, ...(Condition === undefined ? {} : { Condition }) }) as const;
const asks = (action: string, resource: string, context: Readonly<Record<string, string>> = {}) => ({
  action,
  resource,
  context,
});

describe('isAllowed', () => {
  it('denies what no statement names', () => {
    expect(isAllowed([], asks('s3:GetObject', COG))).toBe(false);
    expect(isAllowed([policy(allow('s3:GetObject', '*'))], asks('s3:PutObject', COG))).toBe(false);
    expect(
      isAllowed([policy(allow('s3:GetObject', 'arn:aws:s3:::other/*'))], asks('s3:GetObject', COG)),
    ).toBe(false);
  });

  it('needs action and resource in one statement', () => {
    const halves = policy(allow('s3:GetObject', 'arn:aws:s3:::other/*'), allow('s3:PutObject', COG));
    expect(isAllowed([halves], asks('s3:GetObject', COG))).toBe(false);
  });

  it('lets a denial win over any number of permissions, in whatever policy', () => {
    const denial = policy({ Effect: 'Deny', Action: 's3:*', Resource: 'arn:aws:s3:::my-rasters/raw/*' });
    const all = policy(allow('*', '*'));
    expect(isAllowed([all, denial], asks('s3:PutObject', 'arn:aws:s3:::my-rasters/raw/a.tif'))).toBe(false);
    expect(isAllowed([all, denial], asks('s3:PutObject', COG))).toBe(true);
  });

  it.each([
    ['arn:aws:s3:::my-rasters/cogs/*', true],
    ['arn:aws:s3:::my-rasters/*_cog.tif', true],
    ['arn:aws:s3:::my-rasters/cogs/?_cog.tif', true],
    ['arn:aws:s3:::my-rasters/cogs/??_cog.tif', false],
    ['arn:aws:s3:::my-rasters/cogs', false],
    ['arn:aws:s3:::my-rasters.cogs/a_cog.tif', false],
    ['*', true],
  ])('takes %s as a pattern of a whole ARN', (resource, expected) => {
    expect(isAllowed([policy(allow('s3:Get*', resource))], asks('s3:GetObject', COG))).toBe(expected);
  });

  it('takes ${*} for the character', () => {
    const literal = policy(allow('s3:GetObject', 'arn:aws:s3:::my-rasters/raw${*}/*'));
    expect(isAllowed([literal], asks('s3:GetObject', 'arn:aws:s3:::my-rasters/raw*/a.tif'))).toBe(true);
    expect(isAllowed([literal], asks('s3:GetObject', 'arn:aws:s3:::my-rasters/rawer/a.tif'))).toBe(false);
  });

  it('knows actions in any case', () => {
    expect(isAllowed([policy(allow('S3:getobject', COG))], asks('s3:GetObject', COG))).toBe(true);
  });

  it('wants every key of a condition, and any of its values', () => {
    const listing = policy(allow('s3:ListBucket', '*', { StringLike: { 's3:prefix': ['raw/*', 'cogs/*'] } }));
    const list = (context: Record<string, string>) =>
      isAllowed([listing], asks('s3:ListBucket', 'arn:aws:s3:::my-rasters', context));
    expect(list({ 's3:prefix': 'cogs/2024/' })).toBe(true);
    expect(list({ 's3:prefix': 'secret/' })).toBe(false);
    expect(list({})).toBe(false);
  });

  it('refuses to guess at an operator that it does not know', () => {
    const odd = policy(allow('s3:GetObject', '*', { DateLessThan: { 'aws:CurrentTime': '2030' } }));
    expect(() => isAllowed([odd], asks('s3:GetObject', COG))).toThrow('DateLessThan');
  });
});

describe('allowedActions', () => {
  it('names what is allowed once, and not what is denied', () => {
    const mixed = policy(allow(['a:B', 'a:A'], '*'), allow('a:B', 'x'), {
      Effect: 'Deny',
      Action: 'a:C',
      Resource: '*',
    });
    expect(allowedActions(mixed)).toEqual(['a:A', 'a:B']);
  });
});
