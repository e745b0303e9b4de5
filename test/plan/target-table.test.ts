import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Column } from '../../src/plan/column.ts';
import { hashOf, TargetTable } from '../../src/plan/target-table.ts';

/** A table over texts; `hash` may be as bad as it likes. */
function tableOf(
  texts: readonly string[],
  hash: (text: string) => number,
): { table: TargetTable; added: (number | null)[] } {
  const hashes = Column.ofUint32();
  for (const text of texts) hashes.push(hash(text));
  const table = new TargetTable(hashes, (ordinal) => texts[ordinal] ?? '');
  return { table, added: texts.map((_, ordinal) => table.add(ordinal)) };
}

const texts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b', 'é', '😀')), {
  maxLength: 50,
});

describe('TargetTable', () => {
  it('answers as a Map does', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.string()), (all, others) => {
        const { table, added } = tableOf(all, hashOf);
        expect(added).toEqual(all.map((text, at) => (all.indexOf(text) === at ? null : all.indexOf(text))));
        for (const text of [...all, ...others]) {
          const at = all.indexOf(text);
          expect(table.find(text)).toBe(at === -1 ? null : at);
        }
      }),
    );
  });

  it('is exact even when all hashes are the same', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const { table, added } = tableOf(all, () => hashOf('same'));
        expect(added.filter((one) => one === null)).toHaveLength(new Set(all).size);
        expect(table.find('same')).toBe(all.includes('same') ? all.indexOf('same') : null);
      }),
    );
  });

  it('finds nothing in an empty table', () => {
    expect(tableOf([], hashOf).table.find('a')).toBeNull();
  });
});

describe('hashOf', () => {
  it('spreads a listing evenly over the slots, so that looking up stays short', () => {
    const slots = new Uint32Array(1024);
    for (let at = 0; at < 10_240; at++) {
      const slot = hashOf(`cogs/raster_${String(at).padStart(7, '0')}_cog.tif`) % slots.length;
      slots[slot] = (slots[slot] ?? 0) + 1;
    }
    const chiSquare = slots.reduce((sum, count) => sum + (count - 10) ** 2 / 10, 0);
    // 1023 degrees of freedom: a fair spread stays below 1,170 in 999 of 1,000 cases.
    expect(chiSquare).toBeLessThan(1170);
  });
});
