import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Column } from '../../src/plan/column.ts';
import { TargetTable } from '../../src/plan/target-table.ts';
import { hashOf } from '../../src/plan/text-hash.ts';

/** A table over texts; `hash` may be as bad as it likes. */
function tableOf(
  texts: readonly string[],
  hash: (text: string) => number,
): { find: (text: string) => number | null; added: (number | null)[] } {
  const hashes = Column.ofUint32();
  for (const text of texts) hashes.push(hash(text));
  const table = new TargetTable(hashes, (ordinal) => texts[ordinal] ?? '');
  const find = (text: string): number | null => table.find(hash(text), (ordinal) => texts[ordinal] === text);
  return { find, added: texts.map((_, ordinal) => table.add(ordinal)) };
}

const texts = fc.array(fc.oneof(fc.string({ unit: 'binary' }), fc.constantFrom('a', 'b', 'é', '😀')), {
  maxLength: 50,
});

describe('TargetTable', () => {
  it('answers as a Map does', () => {
    fc.assert(
      fc.property(texts, fc.array(fc.string()), (all, others) => {
        const { find, added } = tableOf(all, hashOf);
        expect(added).toEqual(all.map((text, at) => (all.indexOf(text) === at ? null : all.indexOf(text))));
        for (const text of [...all, ...others]) {
          const at = all.indexOf(text);
          expect(find(text)).toBe(at === -1 ? null : at);
        }
      }),
    );
  });

  it('is exact even when all hashes are the same', () => {
    fc.assert(
      fc.property(texts, (all) => {
        const { find, added } = tableOf(all, () => hashOf('same'));
        expect(added.filter((one) => one === null)).toHaveLength(new Set(all).size);
        expect(find('same')).toBe(all.includes('same') ? all.indexOf('same') : null);
      }),
    );
  });

  it('finds nothing in an empty table', () => {
    expect(tableOf([], hashOf).find('a')).toBeNull();
  });
});
