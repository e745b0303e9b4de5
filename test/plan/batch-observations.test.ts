import { describe, expect, it } from 'vitest';
import {
  activeCount,
  observeJob,
  planChildListing,
  type BatchJobFacts,
} from '../../src/plan/batch-observations.ts';

const NOW = Date.UTC(2024, 0, 15, 12);
const nothing = { statusReason: null, reason: null, exitCode: null };
const lost = { ...nothing, statusReason: 'Host EC2 (instance i-0abc) terminated.' };
const good = { ...nothing, statusReason: 'Essential container in task exited', exitCode: 0 };

function job(facts: Partial<BatchJobFacts>): BatchJobFacts {
  return {
    jobId: 'j',
    status: 'RUNNING',
    end: nothing,
    attempts: [],
    createdAt: NOW - 60_000,
    startedAt: null,
    stoppedAt: null,
    ...facts,
  };
}

const observe = (facts: Partial<BatchJobFacts>) => observeJob(job(facts), { now: NOW, places: [] });

describe('observeJob', () => {
  it('counts the attempt under way on top of those that ended', () => {
    expect(observe({ attempts: [lost] })).toMatchObject({ attempts: 2, spotLosses: 1, reason: null });
    expect(observe({ status: 'SUCCEEDED', attempts: [lost, good] })).toMatchObject({
      attempts: 2,
      spotLosses: 1,
    });
  });

  it('counts none for a job that waits, one for a job of which only the state is known', () => {
    expect(observe({ status: 'RUNNABLE' }).attempts).toBe(0);
    expect(observe({ status: 'SUCCEEDED', attempts: null }).attempts).toBe(1);
  });

  it('says why a job waits for its next attempt', () => {
    expect(observe({ status: 'RUNNABLE', end: lost, attempts: [lost] })).toMatchObject({
      attempts: 1,
      reason: expect.stringMatching(/^tried again: its instance was taken back/) as string,
    });
  });

  it('dates a job by its end, else its start, else its creation', () => {
    const [startedAt, stoppedAt] = [NOW - 30_000, NOW - 10_000];
    expect(observe({ status: 'FAILED', startedAt, stoppedAt }).since).toBe('2024-01-15T11:59:50.000Z');
    expect(observe({ startedAt }).since).toBe('2024-01-15T11:59:30.000Z');
    expect(observe({ status: 'RUNNABLE' }).since).toBe('2024-01-15T11:59:00.000Z');
    expect(observe({ status: 'RUNNABLE', createdAt: null }).since).toBeNull();
  });
});

describe('planChildListing', () => {
  it('lists only the rarer end of an array that is over', () => {
    expect(planChildListing('FAILED', { SUCCEEDED: 9, FAILED: 1 })).toEqual({
      list: ['FAILED'],
      sample: null,
      rest: 'SUCCEEDED',
    });
    expect(planChildListing('SUCCEEDED', { SUCCEEDED: 9 })).toEqual({
      list: [],
      sample: null,
      rest: 'SUCCEEDED',
    });
    expect(planChildListing('FAILED', { SUCCEEDED: 1, FAILED: 9 })).toEqual({
      list: ['SUCCEEDED'],
      sample: 'FAILED',
      rest: 'FAILED',
    });
    expect(planChildListing('FAILED', { FAILED: 9 })).toEqual({ list: [], sample: 'FAILED', rest: 'FAILED' });
  });

  it('takes the most frequent waiting state for the rest, and samples it', () => {
    expect(planChildListing('PENDING', { PENDING: 1, RUNNABLE: 50, RUNNING: 4, SUCCEEDED: 90 })).toEqual({
      list: ['PENDING', 'RUNNING'],
      sample: 'RUNNABLE',
      rest: 'RUNNABLE',
    });
  });

  it('takes children that Batch has not made yet, or not counted, for waiting as their array does', () => {
    expect(planChildListing('SUBMITTED', {})).toEqual({ list: [], sample: null, rest: 'SUBMITTED' });
  });

  it('never takes a child for done that no listing named', () => {
    expect(planChildListing('PENDING', { RUNNING: 1, SUCCEEDED: 90 }).rest).toBe('RUNNING');
  });
});

describe('activeCount', () => {
  it('leaves out what is over', () => {
    expect(activeCount({ RUNNABLE: 3, RUNNING: 5, SUCCEEDED: 6, FAILED: 7 }, 21)).toBe(8);
  });

  it('counts children that Batch has not made yet', () => {
    expect(activeCount({}, 21)).toBe(21);
  });
});
