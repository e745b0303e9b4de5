import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from '../../src/storage/key-order.ts';

describe('compareKeys', () => {
  it('orders as the UTF-8 bytes do', () => {
    const key = fc.string({
      unit: fc.constantFrom('a', '/', '.', 'é', '\ud7ff', '\ue000', '\uffee', '🛰', '𐀀'),
    });
    fc.assert(
      fc.property(key, key, (a, b) => {
        expect(Math.sign(compareKeys(a, b))).toBe(Buffer.compare(Buffer.from(a), Buffer.from(b)));
      }),
    );
  });
});
