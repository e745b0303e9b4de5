import { describe, expect, it } from 'vitest';
import { firstOf, rowAt, rowsOf } from '../../src/plan/rows.ts';

const squares = rowsOf(4, (index) => index * index);

describe('rowsOf', () => {
  it('reads in order and by index', () => {
    expect([...squares]).toEqual([0, 1, 4, 9]);
    expect([squares.at(3), squares.at(4), squares.at(-1)]).toEqual([9, undefined, undefined]);
  });
});

describe('firstOf', () => {
  it('gives at most as many as there are', () => {
    expect(firstOf(squares, 2)).toEqual([0, 1]);
    expect(firstOf(squares, 9)).toEqual([0, 1, 4, 9]);
  });
});

describe('rowAt', () => {
  it('gives the row, and throws where there is none', () => {
    expect(rowAt(squares, 3)).toBe(9);
    expect(() => rowAt(squares, 4)).toThrow(new RangeError('row 4 of 4'));
  });
});
