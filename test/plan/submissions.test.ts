import { describe, expect, it } from 'vitest';
import { batchJobId, planSubmissions } from '../../src/plan/submissions.ts';

describe('planSubmissions', () => {
  it('submits a single job plain', () => {
    expect(planSubmissions('r-1', 1)).toEqual([{ jobName: 'r-1-1', firstJob: 1, jobs: 1 }]);
  });

  it('submits two to 10,000 jobs as one array', () => {
    expect(planSubmissions('r', 2)).toEqual([{ jobName: 'r-1to2', firstJob: 1, jobs: 2 }]);
    expect(planSubmissions('r', 10_000)).toEqual([{ jobName: 'r-1to10000', firstJob: 1, jobs: 10_000 }]);
  });

  it('leaves no array of one behind', () => {
    expect(planSubmissions('r', 10_001)).toEqual([
      { jobName: 'r-1to10000', firstJob: 1, jobs: 10_000 },
      { jobName: 'r-10001', firstJob: 10_001, jobs: 1 },
    ]);
  });

  it.each([1, 2, 9_999, 20_000, 25_001])('holds each of %i jobs once, in legal names', (jobs) => {
    const run = `${'x'.repeat(47)}-20240115120000`;
    const planned = planSubmissions(run, jobs);
    expect(planned.reduce((sum, one) => sum + one.jobs, 0)).toBe(jobs);
    expect(new Set(planned.map((one) => one.jobName)).size).toBe(planned.length);
    for (const { jobName } of planned) expect(jobName).toMatch(/^[A-Za-z0-9][\w-]{0,127}$/);
  });
});

describe('batchJobId', () => {
  const submissions = [
    { jobId: 'a', jobName: 'r-1to10000', firstJob: 1, jobs: 10_000 },
    { jobId: 'b', jobName: 'r-10001', firstJob: 10_001, jobs: 1 },
  ];

  it.each([
    [1, 'a:0'],
    [10_000, 'a:9999'],
    [10_001, 'b'],
    [10_002, null],
  ])('names job %i', (n, id) => {
    expect(batchJobId(submissions, n)).toBe(id);
  });
});
