import { describe, expect, it } from 'vitest';
import { ContractError } from '../../src/contract/contract-error.ts';
import {
  arrayOf,
  booleanField,
  choiceField,
  numberField,
  objectOf,
  parseJson,
  shown,
  stringField,
  textField,
  timeField,
  wholeField,
} from '../../src/contract/json-fields.ts';

describe('shown', () => {
  it.each([
    [undefined, 'missing'],
    [null, 'null'],
    [1.5, '1.5'],
    [true, 'true'],
    ['a "b"\n', '"a \\"b\\"\\n"'],
    [{ a: 1 }, 'an object'],
    [[1, 2], 'a list'],
    ['x'.repeat(100), `"${'x'.repeat(79)}...`],
  ])('keeps %s short', (value, expected) => {
    expect(shown(value)).toBe(expected);
  });
});

describe('shown, for what JSON.stringify cannot write', () => {
  it('names deep nesting', () => {
    const nested: unknown = JSON.parse(`${'['.repeat(20_000)}${']'.repeat(20_000)}`);
    expect(shown(nested)).toBe('a list');
  });
});

describe('parseJson', () => {
  it('parses', () => {
    expect(parseJson(' {"a": [1]} ', 'manifest')).toEqual({ a: [1] });
  });

  it.each(['', 'no', '{"a":', '\u0000', '\ufeff{}'])('names the document that %j is not', (text) => {
    expect(() => parseJson(text, 'manifest')).toThrow(ContractError);
    expect(() => parseJson(text, 'manifest')).toThrow(/^manifest is not JSON: ./);
  });
});

describe('objectOf and arrayOf', () => {
  it('take what they are for', () => {
    expect(objectOf({ a: 1 }, 'x')).toEqual({ a: 1 });
    expect(arrayOf([1], 'x')).toEqual([1]);
  });

  it.each([null, undefined, [], 'text', 3])('objectOf refuses %j', (value) => {
    expect(() => objectOf(value, 'row 3')).toThrow(new ContractError('row 3 is not an object'));
  });

  it.each([null, undefined, {}, 'text', 3])('arrayOf refuses %j', (value) => {
    expect(() => arrayOf(value, '"files"')).toThrow(new ContractError('"files" is not an array'));
  });
});

const COLOURS = ['red', 'green'] as const;
const readers = {
  text: (value: unknown) => textField({ f: value }, 'f', 'doc'),
  string: (value: unknown) => stringField({ f: value }, 'f', 'doc'),
  time: (value: unknown) => timeField({ f: value }, 'f', 'doc'),
  whole: (value: unknown) => wholeField({ f: value }, 'f', 'doc', 1),
  number: (value: unknown) => numberField({ f: value }, 'f', 'doc'),
  boolean: (value: unknown) => booleanField({ f: value }, 'f', 'doc'),
  choice: (value: unknown) => choiceField({ f: value }, 'f', COLOURS, 'doc'),
} as const;

describe('fields', () => {
  it.each([
    ['text', ' '],
    ['string', ''],
    ['time', '2024-01-15T12:00:00.000Z'],
    ['whole', 1],
    ['whole', 2 ** 53 - 1],
    ['number', 0],
    ['number', 1.5],
    ['boolean', false],
    ['choice', 'green'],
  ] as const)('%s takes %j', (kind, value) => {
    expect(readers[kind](value)).toBe(value);
  });

  it.each([
    ['text', '', 'doc: "f" must be a non-empty string; it is ""'],
    ['text', undefined, 'doc: "f" must be a non-empty string; it is missing'],
    ['string', 7, 'doc: "f" must be a string; it is 7'],
    ['time', 'soon', 'doc: "f" must be a time such as 2024-01-15T12:00:00.000Z; it is "soon"'],
    ['time', 0, 'doc: "f" must be a time such as 2024-01-15T12:00:00.000Z; it is 0'],
    ['whole', 0, 'doc: "f" must be a whole number >= 1; it is 0'],
    ['whole', 1.5, 'doc: "f" must be a whole number >= 1; it is 1.5'],
    ['whole', '1', 'doc: "f" must be a whole number >= 1; it is "1"'],
    ['whole', 2 ** 53, 'doc: "f" must be a whole number >= 1; it is 9007199254740992'],
    ['number', -1, 'doc: "f" must be a number >= 0; it is -1'],
    ['number', Infinity, 'doc: "f" must be a number >= 0; it is null'],
    ['number', '3', 'doc: "f" must be a number >= 0; it is "3"'],
    ['boolean', 'true', 'doc: "f" must be true or false; it is "true"'],
    ['boolean', 0, 'doc: "f" must be true or false; it is 0'],
    ['choice', 'Green', 'doc: "f" must be one of red, green; it is "Green"'],
    ['choice', ['red'], 'doc: "f" must be one of red, green; it is a list'],
  ] as const)('%s refuses %j', (kind, value, message) => {
    expect(() => readers[kind](value)).toThrow(new ContractError(message));
  });
});
