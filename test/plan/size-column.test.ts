import fc from 'fast-check';
import { expect, it } from 'vitest';
import { SizeColumn } from '../../src/plan/size-column.ts';

it('gives back sizes of any magnitude, and 0 behind the end', () => {
  const size = fc.oneof(fc.nat(), fc.maxSafeNat(), fc.integer({ min: 2 ** 32 - 2, max: 2 ** 32 + 1 }));
  fc.assert(
    fc.property(fc.array(size), (sizes) => {
      const column = new SizeColumn();
      for (const one of sizes) column.push(one);
      expect(sizes.map((_, index) => column.at(index))).toEqual(sizes);
      expect([column.length, column.at(sizes.length)]).toEqual([sizes.length, 0]);
    }),
  );
});
