import { describe, expect, it } from 'vitest';
import { renderConfig } from '../../src/terminal/config.ts';

describe('renderConfig', () => {
  it('prints variable, value and origin, and marks what is invalid', () => {
    const settings = [
      { variable: 'S3_BUCKET', value: './da\nta', origin: 'flag', problem: null },
      { variable: 'COMPRESSION', value: 'FOO', origin: 'environment', problem: 'COMPRESSION is "FOO"' },
      { variable: 'VPC_ID', value: null, origin: 'unset', problem: null },
    ] as const;
    expect(renderConfig({ settings, problems: [] })).toEqual([
      'S3_BUCKET    ./da\\u000ata  flag',
      'COMPRESSION  FOO           environment (invalid)',
      'VPC_ID       -             unset',
    ]);
  });
});
