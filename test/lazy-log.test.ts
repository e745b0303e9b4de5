import { describe, expect, it } from 'vitest';
import { lazyLog } from '../src/lazy-log.ts';
import type { Log } from '../src/log.ts';

type Line = Parameters<Log['write']>;

describe('lazyLog', () => {
  it('is not opened when nothing is logged', async () => {
    const log = lazyLog(
      () => Promise.reject(new Error('opened')),
      (error) => {
        throw error;
      },
    );
    await log.settled();
  });

  it('keeps the order of lines before and after it is open', async () => {
    const lines: Line[] = [];
    const log = lazyLog(
      () => Promise.resolve({ write: (...line) => lines.push(line) }),
      () => undefined,
    );
    log.write('info', 'One', { jobs: 2 });
    log.write('warn', 'Two');
    await log.settled();
    log.write('error', 'Three');
    expect(lines).toEqual([
      ['info', 'One', { jobs: 2 }],
      ['warn', 'Two'],
      ['error', 'Three'],
    ]);
  });

  it('tells once why there is none, and goes on', async () => {
    const faults: unknown[] = [];
    const log = lazyLog(
      () => Promise.reject(new Error('no room')),
      (error) => faults.push(error),
    );
    log.write('info', 'One');
    await log.settled();
    log.write('info', 'Two');
    expect(faults).toMatchObject([{ message: 'no room' }]);
  });
});
