import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { KeyLog } from '../../src/plan/key-log.ts';
import type { ListedObject } from '../../src/plan/page-cursor.ts';
import { appendTo } from './logged.ts';

const md5 = '0123456789abcdef00ff10aa20bb30cc';
const etags = fc.oneof(
  fc.constantFrom(
    md5,
    `${md5}-1`,
    `${md5}-10000`,
    `${md5}-0`,
    `${md5}-01`,
    md5.toUpperCase(),
    '',
    'a"b\u{1f600}',
  ),
  fc.string({ unit: 'binary' }),
);
const objects: fc.Arbitrary<ListedObject[]> = fc.array(
  fc.record({
    key: fc.oneof(fc.string({ unit: 'binary' }), fc.string(), fc.constantFrom('a', 'aa', 'ab')),
    sizeBytes: fc.oneof(fc.nat(), fc.maxSafeNat()),
    etag: etags,
    modifiedMs: fc.oneof(fc.integer(), fc.integer({ min: -(2 ** 45), max: 2 ** 45 })),
  }),
  { maxLength: 100 },
);

function logOf(all: readonly ListedObject[]): KeyLog {
  const log = new KeyLog();
  appendTo(log, all);
  return log;
}

describe('KeyLog', () => {
  it('gives back every object as it was, in order', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const reader = logOf(all).reader();
        expect(all.map((_, ordinal) => reader.at(ordinal))).toEqual(all);
      }),
    );
  });

  it('gives back any object in any order', () => {
    fc.assert(
      fc.property(objects, fc.array(fc.nat(99)), (all, wanted) => {
        const reader = logOf(all).reader();
        for (const ordinal of wanted.filter((one) => one < all.length)) {
          expect(reader.keyAt(ordinal)).toBe(all[ordinal]?.key);
          expect(reader.modifiedMsAt(ordinal)).toBe(all[ordinal]?.modifiedMs);
          expect(reader.at(ordinal)).toEqual(all[ordinal]);
        }
      }),
    );
  });

  it('keeps whole milliseconds', () => {
    expect(
      logOf([{ key: 'a', sizeBytes: 1, etag: '', modifiedMs: 12.7 }])
        .reader()
        .modifiedMsAt(0),
    ).toBe(12);
  });

  it('holds more than one chunk of bytes, and keys as long as a chunk', () => {
    const keys = Array.from(
      { length: 2000 },
      (_, at) => `${String(at)}${'x'.repeat(at % 40 === 0 ? 9000 : 700)}`,
    );
    keys.push('😀'.repeat(400_000));
    const all = keys.map((key, at) => ({ key, sizeBytes: at, etag: md5, modifiedMs: at }));
    const reader = logOf(all).reader();
    expect(all.every((one, ordinal) => reader.keyAt(ordinal) === one.key)).toBe(true);
    expect(reader.at(1001)).toEqual(all[1001]);
  });

  it('takes some 35 bytes for an object of a usual listing', () => {
    const log = new KeyLog();
    for (let at = 0; at < 10_000; at++) {
      const name = String(at).padStart(7, '0');
      const etag = md5.slice(0, 25) + name;
      const key = `cartodb_exports/rasters/public_raster_${name}.tif`;
      appendTo(log, [{ key, sizeBytes: at * 1000, etag, modifiedMs: 1.7e12 + at * 1e5 }]);
    }
    expect(log.bytesUsed / log.length).toBeLessThan(40);
  });

  it('reads what was appended after the reader was made', () => {
    const log = logOf([{ key: 'a', sizeBytes: 1, etag: 'e', modifiedMs: 1 }]);
    const reader = log.reader();
    expect(reader.keyAt(0)).toBe('a');
    appendTo(log, [{ key: 'ab', sizeBytes: 1, etag: 'e', modifiedMs: 1 }]);
    expect(reader.keyAt(1)).toBe('ab');
  });
});
