import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ResourceGate, Stopped } from '../../worker/resource-gate.ts';
import type { Resources } from '../../worker/schedule.ts';

const budget: Resources = { threads: 4, memoryMiB: 1000 };
const never = new AbortController().signal;

describe('ResourceGate', () => {
  it('never hands out more than the budget, and all of it in the end, in the order of asking', async () => {
    const anyNeed = fc.record({
      threads: fc.integer({ min: 1, max: budget.threads }),
      memoryMiB: fc.integer({ min: 1, max: budget.memoryMiB }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(anyNeed, { maxLength: 30 }), fc.scheduler(), async (needs, scheduler) => {
        const gate = new ResourceGate(budget, new AbortController().signal);
        const inUse = { threads: 0, memoryMiB: 0 };
        const served: number[] = [];
        const runs = needs.map(async (need, at) => {
          const release = await gate.acquire(need, never);
          served.push(at);
          inUse.threads += need.threads;
          inUse.memoryMiB += need.memoryMiB;
          expect(inUse.threads).toBeLessThanOrEqual(budget.threads);
          expect(inUse.memoryMiB).toBeLessThanOrEqual(budget.memoryMiB);
          await scheduler.schedule(Promise.resolve());
          inUse.threads -= need.threads;
          inUse.memoryMiB -= need.memoryMiB;
          release();
          // a second release must not make room that is not there
          release();
        });
        await scheduler.waitFor(Promise.all(runs));
        expect(served).toEqual(needs.map((_, at) => at));
      }),
      { seed: 11, numRuns: 100 },
    );
  });

  it('lets small ones wait behind a large one', async () => {
    const gate = new ResourceGate(budget, never);
    const first = await gate.acquire({ threads: 1, memoryMiB: 10 }, never);
    const order: string[] = [];
    const large = gate.acquire({ threads: 4, memoryMiB: 10 }, never).then((release) => {
      order.push('large');
      release();
    });
    const small = gate.acquire({ threads: 1, memoryMiB: 10 }, never).then(() => order.push('small'));
    first();
    await Promise.all([large, small]);
    expect(order).toEqual(['large', 'small']);
  });

  it('takes short looks first, then the most work that waits', async () => {
    const gate = new ResourceGate(budget, never);
    const all = await gate.acquire(budget, never);
    const order: string[] = [];
    const ask = async (name: string, work?: number): Promise<void> => {
      const release = await gate.acquire(budget, never, work);
      order.push(name);
      release();
    };
    const asked = [ask('small', 1), ask('look'), ask('large', 9), ask('second look'), ask('as large', 9)];
    all();
    await Promise.all(asked);
    expect(order).toEqual(['look', 'second look', 'large', 'as large', 'small']);
  });

  it('turns away those who wait, and those who come later, when the job is to stop', async () => {
    const stop = new AbortController();
    const gate = new ResourceGate(budget, stop.signal);
    await gate.acquire(budget, stop.signal);
    const waiting = gate.acquire({ threads: 1, memoryMiB: 1 }, stop.signal);
    stop.abort();
    await expect(waiting).rejects.toThrow(Stopped);
    await expect(gate.acquire({ threads: 1, memoryMiB: 1 }, stop.signal)).rejects.toThrow(Stopped);
  });
});
