import { describe, expect, it } from 'vitest';
import { nearSetting } from '../src/setting-near.ts';

describe('nearSetting', () => {
  it.each([
    ['COMPRESION', 'COMPRESSION'],
    ['compression', 'COMPRESSION'],
    ['file-timeout', 'FILE_TIMEOUT'],
    ['S3BUCKET', 'S3_BUCKET'],
    ['JOB_VCPU', 'JOB_VCPUS'],
    ['RUNER', 'RUNNER'],
    ['TAG', 'TAGS'],
  ])('takes %s for %s', (variable, setting) => {
    expect(nearSetting(variable)).toBe(setting);
  });

  it.each(['COMPRESSION', 'TAGS', 'VPC', 'PATH', 'AWS_ACCESS_KEY_ID', 'AWS_ENDPOINT_URL', ''])(
    'says nothing of %s',
    (variable) => {
      expect(nearSetting(variable)).toBeNull();
    },
  );
});
