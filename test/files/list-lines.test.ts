import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LineBlock, lineKey } from '../../src/files/list-lines.ts';
import { KeyLog } from '../../src/plan/key-log.ts';
import { LoggedKeys, type SizedKey } from '../../src/plan/logged-keys.ts';

describe('lineKey', () => {
  it.each(['src/a.tif', 'src/a "b" \\ $(x) é 😀.tif', '-rf', ''])('leaves %j as it is', (key) => {
    expect(lineKey(key)).toBe(key);
  });

  it.each(['a\tb', 'a\nb', 'a\rb', '\u0000', 'a\u007f', 'a\u0085', 'a\u2028b', '"quoted"', '\ud800'])(
    'writes %j as JSON on one line, readable again',
    (key) => {
      const written = lineKey(key);
      expect(written).toMatch(/^".*"$/);
      expect(written).not.toMatch(/[\p{Cc}\u2028\u2029\p{Surrogate}]/u);
      expect(JSON.parse(written)).toBe(key);
    },
  );
});

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
        expect(textOf(block.add(all), block)).toBe(expected);
        expect(textOf(block.addKeys(logged(all)), block)).toBe(expected);
      }),
    );
  });
});

function textOf(full: Iterable<Buffer>, block: LineBlock): string {
  const pieces = Array.from(full, (bytes) => Buffer.from(bytes));
  return Buffer.concat([...pieces, block.take()]).toString('utf8');
}

function logged(rows: readonly SizedKey[]): LoggedKeys {
  const log = new KeyLog();
  for (const row of rows) log.append({ ...row, etag: '', modifiedMs: 0 });
  return new LoggedKeys(log);
}
