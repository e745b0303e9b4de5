import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cogKey } from '../../src/contract/naming.ts';
import { hashOf, hashOfCog, hashOfTarget } from '../../src/plan/text-hash.ts';

describe('hashOf', () => {
  it('spreads a listing evenly over the slots, so that looking up stays short', () => {
    const slots = new Uint32Array(1024);
    for (let at = 0; at < 10_240; at++) {
      const slot = hashOf(`raster_${String(at).padStart(7, '0')}`) % slots.length;
      slots[slot] = (slots[slot] ?? 0) + 1;
    }
    const chiSquare = slots.reduce((sum, count) => sum + (count - 10) ** 2 / 10, 0);
    // 1023 degrees of freedom: a fair spread stays below 1,170 in 999 of 1,000 cases.
    expect(chiSquare).toBeLessThan(1170);
  });
});

describe('hashOfTarget', () => {
  const PREFIXES = { sourcePrefix: 'src/', cogPrefix: 'cogs/' };

  it('is that of the COG which the source becomes, and of no other', () => {
    const name = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom('public_', 'public_a', 'cdb_importer_a', 'folder/public_é', '😀/a'),
    );
    fc.assert(
      fc.property(name, fc.constantFrom('.tif', '.TIFF'), (stem, suffix) => {
        const source = `src/${stem}${suffix}`;
        const target = cogKey(source, PREFIXES);
        expect(hashOfCog(target, PREFIXES)).toBe(hashOfTarget(source, PREFIXES));
        expect(hashOfCog(target.replace('_cog', 'x_cog'), PREFIXES)).not.toBe(hashOfTarget(source, PREFIXES));
      }),
    );
  });
});
