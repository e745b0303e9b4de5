import { describe, expect, it } from 'vitest';
import { misses, SCALE_ROWS } from '../../bench/scale.ts';

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
});
