import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineBlock } from '../../src/files/list-lines.ts';
import { lineKey } from '../../src/plan/line-key.ts';
import type { Selection } from '../../src/plan/select.ts';
import { SelectedKeys } from '../../src/plan/selected-keys.ts';
import { loggedKeys } from '../plan/logged.ts';

describe('LineBlock', () => {
  const key = fc.oneof(
    fc.constantFrom(
      'src/a.tif',
      'src/ab.tif',
      '"a.tif',
      'src/a\t.tif',
      'src/é.tif',
      `src/${'x'.repeat(50_000)}.tif`,
    ),
    fc.string({ unit: 'grapheme' }),
    fc.string(),
  );
  const rows = fc.array(fc.record({ key, sizeBytes: fc.oneof(fc.maxSafeNat(), fc.nat(99)) }), {
    maxLength: 40,
  });

  it.each([true, false])('writes rows of any kind line by line, with sizes: %j', (withSizes) => {
    fc.assert(
      fc.property(rows, (all) => {
        const expected = all
          .map(({ key, sizeBytes }) => `${lineKey(key)}${withSizes ? `\t${String(sizeBytes)}` : ''}\n`)
          .join('');
        const block = new LineBlock({ withSizes });
        expect(textOf(block.add(loggedKeys(all)), block)).toBe(expected);
      }),
    );
  });

  it('writes the selected sources of a page the same way', () => {
    const selection: Selection = {
      ...{ sourcePrefix: '', cogPrefix: 'cogs/' },
      ...{ rasterType: 'both', filenameFilter: null, keys: null },
    };
    fc.assert(
      fc.property(rows, (all) => {
        const page = all.flatMap(({ key, sizeBytes }) => [
          { key: `${key}a.tif`, sizeBytes: sizeBytes + 1, etag: '', modifiedMs: 0 },
          { key: `${key}a.txt`, sizeBytes, etag: '', modifiedMs: 0 },
        ]);
        const sources = page.filter(({ key }) => key.endsWith('.tif'));
        const selected = new SelectedKeys(page, selection);
        const block = new LineBlock({ withSizes: true });
        expect(textOf(block.add(selected), block)).toBe(
          sources.map(({ key, sizeBytes }) => `${lineKey(key)}\t${String(sizeBytes)}\n`).join(''),
        );
        expect(selected.bytes).toBe(sources.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0));
        expect([...selected].map(({ key }) => key)).toEqual(sources.map(({ key }) => key));
      }),
    );
  });
});

function textOf(full: Iterable<Buffer>, block: LineBlock): string {
  const pieces = Array.from(full, (bytes) => Buffer.from(bytes));
  return Buffer.concat([...pieces, block.take()]).toString('utf8');
}
