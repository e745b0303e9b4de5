import { describe, expect, it } from 'vitest';
import type { TeardownReport } from '../../src/commands/teardown.ts';
import { renderTeardown } from '../../src/terminal/teardown.ts';

const REPORT: TeardownReport = {
  dryRun: false,
  account: { partition: 'aws', accountId: '123456789012', region: 'us-east-1' },
  steps: [
    { sign: '-', kind: 'job queue', name: 'queue', id: null, why: null },
    {
      sign: '=',
      kind: 'ECR repository',
      name: 'repo',
      id: null,
      why: 'holds 2 images: --images deletes them',
    },
  ],
  activeJobs: 3,
  done: true,
};

describe('renderTeardown', () => {
  it('prints what went, what stayed and why', () => {
    expect(renderTeardown(REPORT)).toEqual([
      'AWS account 123456789012, region us-east-1',
      '  - job queue            queue',
      '  = ECR repository       repo  (holds 2 images: --images deletes them)',
      '  - 3 jobs that wait or run in the queue are ended',
      '',
      'Done: 1 deleted; bucket, rasters and COGs are untouched',
    ]);
  });

  it('does not speak of jobs when there are none', () => {
    expect(renderTeardown({ ...REPORT, activeJobs: 0 })).toHaveLength(5);
  });

  it('tells what could not be deleted', () => {
    const steps = REPORT.steps.map((step) => (step.sign === '-' ? step : { ...step, sign: '!' as const }));
    expect(renderTeardown({ ...REPORT, steps, done: false }).slice(2)).toEqual([
      '  ! ECR repository       repo  (holds 2 images: --images deletes them)',
      '  - 3 jobs that wait or run in the queue are ended',
      '',
      'Not done: 1 deleted, 1 stays (!); bucket, rasters and COGs are untouched',
    ]);
  });

  it.each([
    [{ ...REPORT, dryRun: true }, 'Dry run: 1 to delete; nothing was deleted'],
    [{ ...REPORT, steps: [] }, 'Nothing of cogconv is left to delete'],
  ])('ends with what was done', (report, last) => {
    expect(renderTeardown(report).at(-1)).toBe(last);
  });
});
