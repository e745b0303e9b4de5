import { describe, expect, it } from 'vitest';
import { attemptTimeoutSeconds } from '../../src/plan/job-timeout.ts';

const GIB = 1024 ** 3;

describe('attemptTimeoutSeconds', () => {
  it('grows with bytes and files, so that no constant cuts a big job short', () => {
    expect(attemptTimeoutSeconds({ bytes: 0, files: 1 })).toBe(1_820);
    expect(attemptTimeoutSeconds({ bytes: 200 * GIB, files: 50 })).toBe(1_800 + 1_000 + 180_000);
  });

  it('is a whole number of at least the minute that Batch demands', () => {
    const seconds = attemptTimeoutSeconds({ bytes: 1, files: 1 });
    expect(Number.isInteger(seconds)).toBe(true);
    expect(seconds).toBeGreaterThanOrEqual(60);
  });
});
