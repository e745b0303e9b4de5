import { describe, expect, it } from 'vitest';
import { StepClock } from '../../worker/step-clock.ts';

describe('StepClock', () => {
  it('books every second once: a step within another is not booked to both', async () => {
    let now = 0;
    const pass = (milliseconds: number) => async (): Promise<void> => {
      now += milliseconds;
    };
    const clock = new StepClock(() => now);
    await clock.timed('fetch', pass(1000));
    await clock.timed('verify', async () => {
      await pass(200)();
      await clock.timed('wait', pass(5000));
      await clock.timed('wait', pass(700));
      await pass(30)();
    });
    await clock.timed('fetch', pass(500));
    expect(clock.steps).toEqual({ fetch: 1.5, verify: 0.23, wait: 5.7 });
    expect(clock.seconds).toBe(7.43);
  });

  it('books a step that failed, too', async () => {
    let now = 0;
    const clock = new StepClock(() => now);
    const failing = clock.timed('convert', async () => {
      now += 40;
      throw new Error('no');
    });
    await expect(failing).rejects.toThrow('no');
    expect(clock.steps).toEqual({ convert: 0.04 });
  });
});
