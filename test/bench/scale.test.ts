import { describe, expect, it } from 'vitest';
import { barText, misses, SCALE_ROWS } from '../../bench/scale.ts';

describe('bench scale, small', () => {
  it.each(SCALE_ROWS.map((row) => [row.name, row] as const))('%s answers right', async (_name, row) => {
    const figures = await row.run({ small: true, runs: 1 });
    expect(figures.length).toBeGreaterThan(0);
    for (const { value } of figures) expect(value).toBeGreaterThan(0);
  });

  it('misses a bar by a figure beyond it, or none', () => {
    const figure = { what: 'wall', unit: 's' } as const;
    expect(misses({ ...figure, value: 1 })).toBe(false);
    expect(misses({ ...figure, value: 1, most: 1 })).toBe(false);
    expect(misses({ ...figure, value: 1.01, most: 1 })).toBe(true);
    expect(misses({ ...figure, value: 11, least: 12 })).toBe(true);
    expect(misses({ ...figure, value: NaN, most: 1 })).toBe(true);
  });

  it('rounds bars as it does figures', () => {
    expect(barText({ most: 112 / 15, unit: 's' })).toBe('at most 7.47 s');
    expect(barText({ least: 20, unit: 'x' })).toBe('at least 20.00 x');
    expect(barText({ most: 250, unit: 'MiB' })).toBe('at most 250 MiB');
    expect(barText({ unit: 'calls' })).toBe('');
  });
});
