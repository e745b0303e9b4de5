import { describe, expect, it } from 'vitest';
import { classifyEnd, explainEnd, type EndFacts } from '../../src/plan/batch-reasons.ts';

const end = (facts: Partial<EndFacts>): EndFacts => ({
  statusReason: null,
  reason: null,
  exitCode: null,
  ...facts,
});
const ORDINARY = 'Essential container in task exited';

describe('classifyEnd', () => {
  it.each([
    ['spot-loss', { statusReason: 'Host EC2 (instance i-0abc) terminated.' }],
    ['spot-loss', { statusReason: 'Host EC2 (instance i-0abc) stopped.', exitCode: 143 }],
    ['timeout', { statusReason: 'Job attempt duration exceeded timeout', exitCode: 137 }],
    [
      'out-of-memory',
      {
        statusReason: ORDINARY,
        reason: 'OutOfMemoryError: Container killed due to memory usage',
        exitCode: 137,
      },
    ],
    [
      'out-of-memory',
      { statusReason: ORDINARY, reason: 'OutofMemoryError: Container killed', exitCode: 137 },
    ],
    [
      'image-pull',
      { statusReason: 'Task failed to start', reason: 'CannotPullContainerError: manifest unknown' },
    ],
    [
      'disk-full',
      {
        statusReason: 'Task failed to start',
        reason: 'CannotPullContainerError: write /x: no space left on device',
      },
    ],
    [
      'host-trouble',
      { statusReason: ORDINARY, reason: 'DockerTimeoutError: Could not transition to started' },
    ],
    ['host-trouble', { statusReason: 'Task failed to start' }],
    ['override-limit', { statusReason: 'Container Overrides length must be at most 8192' }],
    [
      'gave-up-waiting',
      {
        statusReason:
          'Canceled by JobStateTimeLimit action due to reason: MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
      },
    ],
    ['exit', { statusReason: ORDINARY, exitCode: 3 }],
    ['exit', { statusReason: 'cancelled by ann' }],
  ] as const)('finds %s in %j', (cause, facts) => {
    expect(classifyEnd(end(facts))).toBe(cause);
  });
});

describe('explainEnd', () => {
  it('keeps the words of Batch behind the explanation', () => {
    expect(explainEnd(end({ statusReason: 'Host EC2 (instance i-0abc) terminated.' }))).toBe(
      'its instance was taken back or ended (Host EC2 (instance i-0abc) terminated.)',
    );
  });

  it('does not repeat what Batch says of every container', () => {
    expect(explainEnd(end({ statusReason: ORDINARY, exitCode: 3 }))).toBe(
      'some files failed for good: see cogconv failures',
    );
  });

  it('takes a timeout for no lack of memory, though both end with 137', () => {
    const facts = end({ statusReason: 'Job attempt duration exceeded timeout', exitCode: 137 });
    expect(explainEnd(facts)).toMatch(/^it ran into its time limit: raise JOB_TIMEOUT/);
    expect(explainEnd(end({ statusReason: ORDINARY, exitCode: 137 }))).toMatch(/raise JOB_MEMORY/);
  });

  it('gives the reason of whoever stopped the job as it is', () => {
    expect(explainEnd(end({ statusReason: 'cancelled by ann', exitCode: 143 }))).toBe('cancelled by ann');
    expect(explainEnd(end({ statusReason: 'cancelled by ann' }))).toBe('cancelled by ann');
  });

  it('names an exit code that is not in the table', () => {
    expect(explainEnd(end({ statusReason: ORDINARY, exitCode: 9 }))).toContain('exit code 9');
  });

  it('has nothing to say when Batch says nothing', () => {
    expect(explainEnd(end({}))).toBeNull();
  });
});
