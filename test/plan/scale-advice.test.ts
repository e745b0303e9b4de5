import { describe, expect, it } from 'vitest';
import { scaleAdvice, type ScalePlan } from '../../src/plan/scale-advice.ts';

const GB = 1e9;

/** 10,000 rasters of 20 MB with the defaults: an hour or two. */
function plan(change: Partial<ScalePlan> = {}): ScalePlan {
  const usual = { files: 10_000, bytes: 200 * GB, jobs: 200, biggest: { files: 50, bytes: GB } };
  return { ...usual, maxVcpus: 16, jobVcpus: 2, ...change };
}

describe('scaleAdvice', () => {
  it('is silent where nothing is near a limit', () => {
    expect(scaleAdvice(plan())).toEqual([]);
    expect(scaleAdvice(plan({ files: 0, bytes: 0, jobs: 0 }))).toEqual([]);
  });

  it('names the FILES_PER_JOB that stays away from the jobs that may wait', () => {
    const [line] = scaleAdvice(plan({ files: 30_000_000, bytes: GB, jobs: 600_000, maxVcpus: 1_600 }));
    expect(line).toBe(
      '600,000 jobs: AWS Batch lets 1,000,000 wait in an account; FILES_PER_JOB=120 makes 250,000',
    );
  });

  it('tells when jobs are too few for the machines', () => {
    expect(scaleAdvice(plan({ maxVcpus: 1_024 }))).toEqual([
      'only 200 of the 512 jobs that MAX_VCPUS lets run at once; FILES_PER_JOB=19 uses them all',
    ]);
    // a few rasters are done before more machines have booted
    expect(scaleAdvice(plan({ files: 100, bytes: GB, jobs: 2 }))).toEqual([]);
  });

  it('tells when one job decides the end', () => {
    const big = plan({ bytes: 700 * GB, biggest: { files: 1, bytes: 500 * GB }, maxVcpus: 64 });
    expect(scaleAdvice(big)).toEqual([
      'the biggest job alone takes about 5.8 hours; spread evenly, all of it would take about 0.3 hours: more JOB_VCPUS shorten it',
    ]);
    const [line] = scaleAdvice({ ...big, biggest: { files: 50, bytes: 500 * GB } });
    expect(line).toContain('a smaller FILES_PER_JOB or JOB_MAX_GB cuts it');
  });

  it('tells what MAX_VCPUS a day needs', () => {
    expect(scaleAdvice(plan({ files: 1_000_000, bytes: 20_000 * GB, jobs: 20_000 }))).toEqual([
      "this takes about 64 hours at MAX_VCPUS=16; MAX_VCPUS=44 (then cogconv setup) does it in a day, if the account's EC2 quota allows so many",
    ]);
  });

  it('tells when so many jobs would write faster than S3 takes', () => {
    const [line] = scaleAdvice(
      plan({
        files: 10_000_000,
        bytes: 10_000 * GB,
        jobs: 200_000,
        maxVcpus: 4_000,
        biggest: { files: 50, bytes: GB },
      }),
    );
    expect(line).toMatch(
      /^2,000 jobs at once write about [\d,]+ objects a second; S3 takes 3,500 below one prefix/,
    );
  });
});
