import { describe, expect, it } from 'vitest';
import { JOB_START_SECONDS as START, lowerBound, makespan, type SlotTimes } from '../../bench/fleet.ts';
import { simulatePacking } from '../../bench/pack.ts';

const forEver = (from: number): SlotTimes => [{ from, to: Infinity }];

describe('makespan', () => {
  it('gives free slots the next job in order', () => {
    expect(makespan([[10], [4], [3]], [forEver(0), forEver(0)])).toBe(
      Math.max(START + 10, START + 4 + START + 3),
    );
  });

  it('waits for the boot', () => {
    expect(makespan([[10]], [forEver(100)])).toBe(100 + START + 10);
  });

  it('does a lost job again from the file that was under way, on whatever slot is up', () => {
    const dying: SlotTimes = [
      { from: 0, to: START + 15 },
      { from: 1000, to: Infinity },
    ];
    // The first file (10) is kept, the second (10) is lost at 15 and done by the other slot.
    expect(makespan([[10, 10], [1]], [dying, forEver(0)])).toBe(START + 15 + START + 10);
  });
});

describe('lowerBound', () => {
  it('spreads all work over all up-time', () => {
    expect(lowerBound([10, 10, 10, 10], 2, [forEver(0), forEver(10)])).toBeCloseTo(
      (40 + 2 * START + 10) / 2,
      1,
    );
  });

  it('is not below the biggest file', () => {
    expect(lowerBound([1, 500], 1, [forEver(30), forEver(20)])).toBe(20 + START + 500);
  });
});

describe('simulatePacking', () => {
  it('ends within 1.05 of the lower bound with default settings, where chunks in key order do not', () => {
    const scenario = { files: 2321, maxVcpus: 16, jobVcpus: 2, filesPerJob: 50, meanLifeHours: null };
    const { cogconv, keyOrder } = simulatePacking(scenario, 1);
    expect(cogconv).toBeGreaterThanOrEqual(1);
    expect(cogconv).toBeLessThanOrEqual(1.05);
    expect(keyOrder).toBeGreaterThan(1.05);
  });
});
