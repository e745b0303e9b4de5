import { describe, expect, it } from 'vitest';
import { counted, printable, rule, table } from '../../src/terminal/layout.ts';

describe('counted', () => {
  it('ends every line at the same place', () => {
    expect([counted('Total raw TIFFs', 2321), counted('Progress', '100.0%')]).toEqual([
      'Total raw TIFFs:          2321',
      'Progress:               100.0%',
    ]);
  });

  it('grows rather than cut a number', () => {
    expect(counted('Already converted', 123_456_789_012)).toBe('Already converted:  123456789012');
  });
});

describe('rule', () => {
  it('fills the width', () => {
    expect(rule(60, '=')).toBe('='.repeat(60));
  });
});

describe('printable', () => {
  it.each([
    ['a b\'"#+%$(x).tif', 'a b\'"#+%$(x).tif'],
    ['🗺/e\u0301/é.tif', '🗺/e\u0301/é.tif'],
    ['a\nb\r\tc', 'a\\u000ab\\u000d\\u0009c'],
    ['\u001b[31mred', '\\u001b[31mred'],
    ['\u0000\u007f\u0085\u2028', '\\u0000\\u007f\\u0085\\u2028'],
    ['gpj.\u202efit', 'gpj.\\u202efit'],
  ])('writes %j as %j', (key, text) => {
    expect(printable(key)).toBe(text);
  });
});

describe('table', () => {
  it('aligns text left, numbers right, and leaves no blanks at the end', () => {
    expect(
      table([
        ['a', 5, 'x'],
        ['long', 1234, ''],
      ]),
    ).toEqual(['a        5  x', 'long  1234']);
  });

  it('takes rows of different lengths, and none', () => {
    expect(table([['a'], ['b', 'c']])).toEqual(['a', 'b  c']);
    expect(table([])).toEqual([]);
  });
});
