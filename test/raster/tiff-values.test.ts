import { describe, expect, it } from 'vitest';
import { readNumber, readNumbers, readText } from '../../src/raster/tiff-values.ts';
import type { Tiff, TiffDirectory, TiffField } from '../../src/raster/tiff-directory.ts';

/** A file of these bytes alone; its directories are of no matter here. */
function tiffOf(bytes: Uint8Array, isLittleEndian = true): Tiff {
  const read = (offset: number, length: number): Promise<Uint8Array> =>
    Promise.resolve(bytes.subarray(offset, offset + length));
  const source = { sizeBytes: bytes.length, read };
  return { source, isLittleEndian, isBigTiff: false, directories: [], broken: undefined };
}

function fieldOf(type: number, count: number): TiffField {
  return { type, count, position: 0 };
}

/** A value of a type of TIFF 6 or BigTIFF, in both byte orders. */
const NUMBERS = [
  { name: 'BYTE', type: 1, little: [0xfe], value: 254 },
  { name: 'SHORT', type: 3, little: [0x01, 0xff], value: 0xff01 },
  { name: 'LONG', type: 4, little: [0x01, 0, 0, 0xff], value: 0xff000001 },
  { name: 'SBYTE', type: 6, little: [0xfe], value: -2 },
  { name: 'SSHORT', type: 8, little: [0xfe, 0xff], value: -2 },
  { name: 'SLONG', type: 9, little: [0xfe, 0xff, 0xff, 0xff], value: -2 },
  { name: 'FLOAT', type: 11, little: [0, 0, 0x20, 0xc1], value: -10 },
  { name: 'DOUBLE', type: 12, little: [0, 0, 0, 0, 0, 0, 0x24, 0xc0], value: -10 },
  { name: 'IFD', type: 13, little: [0x01, 0, 0, 0xff], value: 0xff000001 },
  { name: 'LONG8', type: 16, little: [0x01, 0, 0, 0, 0x02, 0, 0, 0], value: 2 ** 33 + 1 },
  { name: 'IFD8', type: 18, little: [0x01, 0, 0, 0, 0x02, 0, 0, 0], value: 2 ** 33 + 1 },
];

describe('readNumbers', () => {
  it.each(NUMBERS)('reads $name in both byte orders', async ({ type, little, value }) => {
    const twice = Uint8Array.from([...little, ...little]);
    expect(await readNumbers(tiffOf(twice), fieldOf(type, 2), 2)).toEqual([value, value]);
    const big = Uint8Array.from(little.toReversed());
    expect(await readNumbers(tiffOf(big, false), fieldOf(type, 1), 1)).toEqual([value]);
  });

  it.each([
    ['a text', fieldOf(2, 1)],
    ['a fraction', fieldOf(5, 1)],
    ['a type that there is not', fieldOf(99, 1)],
    ['more values than are asked for', fieldOf(1, 9)],
    ['values that lie behind the end of the file', fieldOf(12, 2)],
    ['no field', undefined],
  ])('gives nothing for %s', async (_what, field) => {
    expect(await readNumbers(tiffOf(new Uint8Array(8)), field, 8)).toBeNull();
  });
});

describe('readNumber', () => {
  const directory = (field: TiffField): TiffDirectory => ({ offset: 8, fields: new Map([[256, field]]) });

  it('takes what stands for a missing field, and nothing for a field of two', async () => {
    const tiff = tiffOf(Uint8Array.from([7, 8]));
    expect(await readNumber(tiff, directory(fieldOf(1, 1)), 256, 5)).toBe(7);
    expect(await readNumber(tiff, directory(fieldOf(1, 1)), 257, 5)).toBe(5);
    expect(await readNumber(tiff, directory(fieldOf(1, 2)), 256, 5)).toBeNull();
  });
});

describe('readText', () => {
  it('leaves out the NULs at the end and keeps those within', async () => {
    expect(await readText(tiffOf(Buffer.from('a\0b\0\0')), fieldOf(2, 5), 5)).toBe('a\0b');
  });

  it('gives nothing for numbers, for more than is asked for, and for what is cut off', async () => {
    const tiff = tiffOf(Buffer.from('abc'));
    expect(await readText(tiff, fieldOf(1, 3), 5)).toBeNull();
    expect(await readText(tiff, fieldOf(2, 6), 5)).toBeNull();
    expect(await readText(tiff, fieldOf(2, 4), 5)).toBeNull();
  });
});
