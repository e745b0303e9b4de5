import { describe, expect, it } from 'vitest';
import { judgeEnd } from '../../src/plan/worker-exit.ts';

describe('judgeEnd', () => {
  it.each([
    [
      { code: 0, signal: null, output: 'noise' },
      { kind: 'succeeded', reason: null },
    ],
    [
      { code: 3, signal: null, output: 'noise' },
      { kind: 'failed', reason: null },
    ],
    [
      { code: 75, signal: null, output: '' },
      { kind: 'again', reason: 'temporary trouble' },
    ],
    [
      { code: 75, signal: null, output: 'a\nSlow Down\n\n' },
      { kind: 'again', reason: 'temporary trouble: Slow Down' },
    ],
    [
      { code: 2, signal: null, output: 'cogconv worker: manifest is not JSON\n' },
      { kind: 'broken', reason: 'the worker refused its job: manifest is not JSON' },
    ],
    [
      { code: 134, signal: null, output: 'FATAL ERROR: heap out of memory' },
      { kind: 'again', reason: 'the worker ended with code 134: FATAL ERROR: heap out of memory' },
    ],
    [
      { code: null, signal: 'SIGKILL', output: 'x' },
      { kind: 'again', reason: 'the worker was ended by SIGKILL; often that is too little memory' },
    ],
    [
      { code: null, signal: 'SIGSEGV', output: '' },
      { kind: 'again', reason: 'the worker was ended by SIGSEGV' },
    ],
    [
      { code: null, signal: null, output: 'spawn node EAGAIN' },
      { kind: 'broken', reason: 'the worker could not be started: spawn node EAGAIN' },
    ],
  ] as const)('judges %j', (end, verdict) => {
    expect(judgeEnd(end)).toEqual(verdict);
  });

  it('quotes no more than a report has room for', () => {
    const { reason } = judgeEnd({ code: 1, signal: null, output: 'x'.repeat(5000) });
    expect(reason?.length).toBeLessThan(350);
  });
});
