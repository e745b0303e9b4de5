import { describe, expect, it } from 'vitest';
import { sampleOf } from '../../src/plan/verify-sample.ts';

const keys = Array.from({ length: 10_000 }, (_, at) => `cogs/raster_${String(at)}_cog.tif`);
const take = (rows: readonly string[], wanted: number, seed = ''): readonly string[] =>
  sampleOf(rows, { wanted, seed, keyOf: (key) => key });

describe('sampleOf', () => {
  it('is the same for the same seed and another for another, in the order given', () => {
    const sample = take(keys, 20);
    expect(sample).toHaveLength(20);
    expect(take(keys, 20)).toEqual(sample);
    expect(take(keys, 20, '2026-01-01')).not.toEqual(sample);
    expect(sample).toEqual(keys.filter((key) => sample.includes(key)));
  });

  it('stays the same, but for what is new in it, when rows are added', () => {
    const before = take(keys.slice(0, 9000), 100);
    const after = take(keys, 100);
    expect(after.filter((key) => before.includes(key)).length).toBeGreaterThan(80);
    expect(before.filter((key) => !after.includes(key)).length).toBe(
      after.filter((key) => !before.includes(key)).length,
    );
  });

  it('favours no part of the rows', () => {
    const sample = new Set(take(keys, 2000));
    for (let from = 0; from < 10_000; from += 1000) {
      const share = keys.slice(from, from + 1000).filter((key) => sample.has(key)).length;
      expect(share).toBeGreaterThan(150);
      expect(share).toBeLessThan(250);
    }
  });

  it('is all of few rows', () => {
    expect(take(keys.slice(0, 3), 20)).toEqual(keys.slice(0, 3));
    expect(take([], 20)).toEqual([]);
  });
});
