import { describe, expect, it } from 'vitest';
import type { JobReport, JobsReport } from '../../src/commands/reports.ts';
import type { JobState } from '../../src/plan/job-states.ts';
import { renderJobs } from '../../src/terminal/jobs.ts';
import { PLAIN } from '../../src/terminal/style.ts';
import { MARKED } from './marked-style.ts';

const RUN = 'cog-converter-20240115120000';

function job(n: number, state: JobState, change: Partial<JobReport> = {}): JobReport {
  return {
    name: `${RUN}-${String(n)}`,
    run: RUN,
    jobId: `8f0e:${String(n - 1)}`,
    state,
    files: 50,
    converted: state === 'SUCCEEDED' ? 50 : 0,
    skipped: 0,
    failed: 0,
    attempts: 1,
    spotLosses: 0,
    reason: null,
    since: null,
    ...change,
  };
}

const REPORT: JobsReport = {
  total: 47,
  byState: [
    { state: 'SUCCEEDED', count: 35 },
    { state: 'RUNNING', count: 8 },
    { state: 'RUNNABLE', count: 4 },
  ],
  jobs: [job(1, 'SUCCEEDED'), job(2, 'SUCCEEDED'), job(3, 'RUNNING')],
  more: 44,
};

/** The lines of one job, without the frame. */
function linesOf(one: JobReport): string[] {
  return renderJobs({ ...REPORT, jobs: [one], more: 0 }, PLAIN).slice(10, -1);
}

describe('renderJobs', () => {
  it('prints the layout of the Python tool to the letter', () => {
    expect(renderJobs(REPORT, PLAIN).join('\n')).toBe(
      `================================================================================
Batch Job Status
================================================================================
Total jobs: 47
  SUCCEEDED: 35
  RUNNING: 8
  RUNNABLE: 4
--------------------------------------------------------------------------------
Job Name                                      Files    Status
--------------------------------------------------------------------------------
cog-converter-20240115120000-1                50       SUCCEEDED
cog-converter-20240115120000-2                50       SUCCEEDED
cog-converter-20240115120000-3                50       RUNNING
... and 44 more (cogconv jobs --all)
================================================================================`,
    );
  });

  it('tells a reason that jobs in a row share once', () => {
    const jobs = [
      job(1, 'SUCCEEDED'),
      ...[2, 3, 4].map((n) => job(n, 'RUNNABLE', { reason: 'no instance is free' })),
      job(5, 'RUNNABLE', { reason: 'other' }),
      job(6, 'RUNNABLE', { reason: 'no instance is free' }),
    ];
    const lines = renderJobs({ ...REPORT, jobs, more: 0 }, PLAIN).slice(10, -1);
    expect(lines.map((line) => line.replace(/^\S+-(\d) .*/, '$1'))).toEqual([
      '1',
      '2',
      '3',
      '4',
      '    these 3: no instance is free',
      '5',
      '    other',
      '6',
      '    no instance is free',
    ]);
  });

  it('has no rows when there are no jobs', () => {
    expect(renderJobs({ total: 0, byState: [], jobs: [], more: 0 }, PLAIN)).toHaveLength(8);
  });

  it.each([
    [job(1, 'RUNNING', { converted: 20, skipped: 3 }), 'RUNNING  23 done'],
    [job(1, 'FAILED', { converted: 47, failed: 3 }), 'FAILED  47 done, 3 failed'],
    [job(1, 'FAILED', { failed: 50, attempts: 3 }), 'FAILED  0 done, 50 failed, attempt 3'],
    [job(1, 'SUCCEEDED', { attempts: 2, spotLosses: 1 }), 'SUCCEEDED  attempt 2, 1 spot loss'],
    [job(1, 'RUNNING', { spotLosses: 2 }), 'RUNNING  2 spot losses'],
  ])('writes behind the state what is worth knowing', (one, text) => {
    expect(linesOf(one)).toEqual([`${`${RUN}-1`.padEnd(46)}50       ${text}`]);
  });

  it('gives a reason its own line, harmless', () => {
    const [, reason] = linesOf(job(1, 'FAILED', { reason: 'Host EC2 (i-0) terminated.\n\u001b[2J' }));
    expect(reason).toBe('    Host EC2 (i-0) terminated.\\u000a\\u001b[2J');
  });

  it('colours states', () => {
    const jobs = [job(1, 'SUCCEEDED'), job(2, 'RUNNABLE'), job(3, 'FAILED', { failed: 50 })];
    const rows = renderJobs({ ...REPORT, jobs, more: 0 }, MARKED).slice(10, -1);
    expect(rows.map((row) => row.slice(55))).toEqual([
      '<green>SUCCEEDED</green>',
      '<yellow>RUNNABLE</yellow>',
      '<red>FAILED</red>  <dim>0 done, 50 failed</dim>',
    ]);
  });
});
