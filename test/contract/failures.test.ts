import { describe, expect, it } from 'vitest';
import { FAILURE_CODES, FAILURES, failureReason, isPermanent } from '../../src/contract/failures.ts';

describe('FAILURES', () => {
  it.each(FAILURE_CODES)('%s says what to do in the style of all messages', (code) => {
    const { hint } = FAILURES[code];
    expect(hint).toMatch(/^(?:GDAL|[a-z])/);
    expect(hint).not.toMatch(/[.!]$/);
    expect(hint.length).toBeLessThan(120);
  });

  it.each([
    ['no-crs', true],
    ['not-a-tiff', true],
    ['unreadable', true],
    ['does-not-fit', true],
    ['timeout', true],
    ['disk-full', false],
    ['access-denied', false],
    ['source-changed', false],
    ['interrupted', false],
    ['storage', false],
  ] as const)('says of %s whether another try is useless: %s', (code, expected) => {
    expect(isPermanent(code)).toBe(expected);
  });
});

describe('failureReason', () => {
  it('adds the hint of the table', () => {
    expect(failureReason('out-of-memory', 'killed by the system')).toEqual({
      code: 'out-of-memory',
      message: 'killed by the system',
      hint: 'raise JOB_MEMORY',
    });
  });
});
