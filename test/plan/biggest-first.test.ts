import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { biggestFirst } from '../../src/plan/biggest-first.ts';

describe('biggestFirst', () => {
  it('sorts as a stable sort by falling size does, up to the biggest whole number', () => {
    const sizes = fc.array(fc.oneof(fc.nat(3), fc.nat(2 ** 20), fc.maxSafeNat()), { maxLength: 60 });
    fc.assert(
      fc.property(sizes, (all) => {
        const expected = [...all.keys()].sort((a, b) => (all[b] ?? 0) - (all[a] ?? 0));
        expect([...biggestFirst(Float64Array.from(all))]).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });
});
