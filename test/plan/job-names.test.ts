import { describe, expect, it } from 'vitest';
import { parseJobRef } from '../../src/plan/job-names.ts';

describe('parseJobRef', () => {
  it.each([
    ['cog-converter-20240115120000-3', { kind: 'job', run: 'cog-converter-20240115120000', n: 3 }],
    [
      '0c0c0000-0000-4000-8000-000000000001',
      { kind: 'batch-id', jobId: '0c0c0000-0000-4000-8000-000000000001' },
    ],
    [
      '0c0c0000-0000-4000-8000-000000000001:7',
      { kind: 'batch-id', jobId: '0c0c0000-0000-4000-8000-000000000001:7' },
    ],
    ['nonsense', null],
    ['run-0', null],
  ])('reads %s', (text, ref) => {
    expect(parseJobRef(text)).toEqual(ref);
  });
});
