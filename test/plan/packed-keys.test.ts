import fc from 'fast-check';
import { expect, it } from 'vitest';
import { packKeys, unpackKeys } from '../../src/plan/packed-keys.ts';

it('shares what keys have in common', () => {
  expect(packKeys(['src/b.tif', 'src/a2.tif', 'src/a1.tif'])).toBe('0:src/a1.tif\n5:2.tif\n4:b.tif');
});

it('gives back any keys, sorted', () => {
  const key = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.stringMatching(/^[a:\\n\n1]{0,6}$/),
    fc.constantFrom('src/a\nb.tif', 'src/a\\nb.tif', 'src/\u{1F5FA}.tif', 'src/\u{1F5FB}.tif'),
  );
  fc.assert(
    fc.property(fc.uniqueArray(key.map((text) => `k${text}`)), (keys) => {
      const kept = JSON.parse(JSON.stringify(packKeys(keys))) as string;
      expect([...unpackKeys(kept)]).toEqual(keys.toSorted());
    }),
  );
});
