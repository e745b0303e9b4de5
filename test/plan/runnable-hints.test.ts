import { describe, expect, it } from 'vitest';
import { explainWaiting, LONG_WAIT_MS, type PlaceState } from '../../src/plan/runnable-hints.ts';

const env: PlaceState = { name: 'cog-converter-env', state: 'ENABLED', status: 'VALID', statusReason: null };

describe('explainWaiting', () => {
  it.each([
    ['CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill', /USE_SPOT=false.*\(CAPACITY:/],
    ['MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE - too big', /raise MAX_VCPUS/],
    ['MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - too big', /JOB_VCPUS and JOB_MEMORY/],
    ['MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS - no', /service role/],
    ['ACTION_REQUIRED - CE(s) associated with the job queue are invalid.', /cogconv doctor/],
  ])('tells what mends %s', (statusReason, hint) => {
    expect(explainWaiting({ statusReason, waitedMs: 0, places: [] })).toMatch(hint);
  });

  it('gives a reason it does not know as it is', () => {
    expect(explainWaiting({ statusReason: 'NEW:REASON', waitedMs: 0, places: [] })).toBe('NEW:REASON');
  });

  it('says nothing of a job that has just begun to wait', () => {
    const broken = { ...env, status: 'INVALID' };
    expect(explainWaiting({ statusReason: null, waitedMs: LONG_WAIT_MS - 1, places: [broken] })).toBeNull();
  });

  it('names the environment that is INVALID, and why', () => {
    const places = [env, { ...env, name: 'b', status: 'INVALID', statusReason: 'CLIENT_ERROR - no profile' }];
    expect(explainWaiting({ statusReason: null, waitedMs: LONG_WAIT_MS, places })).toBe(
      'b is ENABLED and INVALID: CLIENT_ERROR - no profile; see cogconv doctor',
    );
  });

  it('names the usual suspects when all places are well', () => {
    expect(explainWaiting({ statusReason: null, waitedMs: 25 * 60_000, places: [env] })).toMatch(
      /^waits for 25 min .*quota/,
    );
  });
});
