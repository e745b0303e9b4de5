import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContractError } from '../../src/contract/contract-error.ts';
import {
  decodeAttempt,
  decodeJob,
  encodeArray,
  encodeJob,
  encodeProbe,
  encodeVerify,
  isProbe,
} from '../../src/contract/job-env.ts';

const ARRAY = encodeArray({ bucket: 'b', cogPrefix: 'cogs/', run: 'x-1', firstJob: 10_001 });

describe('decodeJob', () => {
  it('reads what encodeJob wrote, whatever bucket and key', () => {
    const text = fc.string({ minLength: 1 });
    fc.assert(
      fc.property(text, text, (bucket, manifest) => {
        expect(decodeJob(encodeJob({ bucket, manifest }))).toEqual({
          kind: 'manifest',
          bucket,
          key: manifest,
        });
      }),
    );
  });

  it('is not asked where encodeProbe wrote, whatever else is set', () => {
    expect(isProbe({ ...ARRAY, ...encodeProbe() })).toBe(true);
    expect(isProbe(ARRAY)).toBe(false);
  });

  it('reads what encodeVerify wrote', () => {
    const job = { bucket: './data', file: '/tmp/a b/request.json' };
    expect(decodeJob(encodeVerify(job))).toEqual({ kind: 'verify', ...job });
  });

  it('gives each child of an array its own manifest, by index or by job id', () => {
    const expected = { kind: 'manifest', bucket: 'b', key: 'cogs/manifests/x-1-10004.json' };
    expect(decodeJob({ ...ARRAY, AWS_BATCH_JOB_ARRAY_INDEX: '3' })).toEqual(expected);
    expect(decodeJob({ ...ARRAY, AWS_BATCH_JOB_ID: '8f0e-11:3' })).toEqual(expected);
    expect(decodeJob({ ...ARRAY, AWS_BATCH_JOB_ARRAY_INDEX: '3', AWS_BATCH_JOB_ID: '8f0e-11:9' })).toEqual(
      expected,
    );
  });

  it('counts from 1 when only the run is named', () => {
    const env = { S3_BUCKET: 'b', COG_PREFIX: 'cogs/', MANIFEST_RUN: 'x', AWS_BATCH_JOB_ARRAY_INDEX: '0' };
    expect(decodeJob(env)).toMatchObject({ key: 'cogs/manifests/x-1.json' });
  });

  it.each([
    ['a.tif', ['a.tif']],
    ['a.tif,b c.tif', ['a.tif', 'b c.tif']],
    ['a.tif,,b.tif,', ['a.tif', 'b.tif']],
    ['["comma,name.tif", "[b].tif"]', ['comma,name.tif', '[b].tif']],
    [' [] ', []],
  ])('reads TIFF_KEYS=%s', (text, keys) => {
    expect(decodeJob({ S3_BUCKET: 'b', TIFF_KEYS: text })).toEqual({ kind: 'keys', bucket: 'b', keys });
  });

  it('prefers the manifest to bare keys', () => {
    const env = { ...encodeJob({ bucket: 'b', manifest: 'm.json' }), TIFF_KEYS: 'a.tif' };
    expect(decodeJob(env)).toMatchObject({ kind: 'manifest', key: 'm.json' });
  });

  it.each([
    [{}, 'S3_BUCKET is not set'],
    [{ S3_BUCKET: '' }, 'S3_BUCKET is not set'],
    [
      { S3_BUCKET: 'b', MANIFEST_KEY: '' },
      'nothing to do: set MANIFEST_KEY (or MANIFEST_RUN with COG_PREFIX, or TIFF_KEYS)',
    ],
    [ARRAY, 'MANIFEST_RUN is set, but no array index: AWS_BATCH_JOB_ARRAY_INDEX is missing'],
    [
      { ...ARRAY, AWS_BATCH_JOB_ARRAY_INDEX: '-1' },
      'MANIFEST_RUN is set, but no array index: AWS_BATCH_JOB_ARRAY_INDEX is missing',
    ],
    [
      { ...ARRAY, AWS_BATCH_JOB_ARRAY_INDEX: '0', MANIFEST_FIRST: 'one' },
      'MANIFEST_FIRST must be a whole number >= 1; it is "one"',
    ],
    [{ ...ARRAY, AWS_BATCH_JOB_ARRAY_INDEX: '0', COG_PREFIX: '' }, 'COG_PREFIX is not set'],
    [{ S3_BUCKET: 'b', TIFF_KEYS: '[1]' }, 'TIFF_KEYS: each key must be a non-empty string; it is 1'],
    [{ S3_BUCKET: 'b', TIFF_KEYS: '[""]' }, 'TIFF_KEYS: each key must be a non-empty string; it is ""'],
  ])('refuses %j', (env, message) => {
    expect(() => decodeJob(env)).toThrow(new ContractError(message));
  });

  it('says of broken JSON that it is none', () => {
    expect(() => decodeJob({ S3_BUCKET: 'b', TIFF_KEYS: '["a' })).toThrow(/^TIFF_KEYS is not JSON: /);
  });
});

describe('decodeAttempt', () => {
  it.each([
    [undefined, 1],
    ['2', 2],
    ['0', 1],
    ['-3', 1],
    ['1.5', 1],
    ['many', 1],
  ])('reads %j as %i', (text, attempt) => {
    expect(decodeAttempt({ AWS_BATCH_JOB_ATTEMPT: text })).toBe(attempt);
  });
});
