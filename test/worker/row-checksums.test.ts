import { crc32 } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { RowChecksums } from '../../worker/row-checksums.ts';

const LONG = 4;
const LONG8 = 16;

/** What GDAL streams: BigTIFF, one directory, pixels behind it, and a few bytes more. */
function tiffOf(pixels: Buffer, offsets: { readonly type: 4 | 16; readonly count: number }): Buffer {
  const size = offsets.type === LONG8 ? 8 : 4;
  const entry = Buffer.alloc(20);
  entry.writeUInt16LE(273, 0);
  entry.writeUInt16LE(offsets.type, 2);
  entry.writeBigUInt64LE(BigInt(offsets.count), 4);
  const other = Buffer.alloc(20);
  other.writeUInt16LE(256, 0);
  const behind = 16 + 8 + 40 + 8;
  const array = Buffer.alloc(size * offsets.count);
  const isInline = array.length <= 8;
  const start = behind + (isInline ? 0 : array.length);
  const into = isInline ? entry : array;
  if (offsets.type === LONG8) into.writeBigUInt64LE(BigInt(start), isInline ? 12 : 0);
  else into.writeUInt32LE(start, isInline ? 12 : 0);
  if (!isInline) entry.writeBigUInt64LE(BigInt(behind), 12);
  const header = Buffer.alloc(24);
  header.write('II');
  header.writeUInt16LE(43, 2);
  header.writeUInt16LE(8, 4);
  header.writeBigUInt64LE(16n, 8);
  header.writeBigUInt64LE(2n, 16);
  const parts = [header, other, entry, Buffer.alloc(8), ...(isInline ? [] : [array]), pixels];
  return Buffer.concat([...parts, Buffer.from('<PAMDataset/>')]);
}

function checksumsOf(file: Buffer, chunkBytes: number, part: 'bands' | 'mask' = 'bands'): RowChecksums {
  const checksums = new RowChecksums({ height: 3, rowBytes: 5 }, part);
  for (let at = 0; at < file.length; at += chunkBytes) checksums.add(file.subarray(at, at + chunkBytes));
  return checksums;
}

const pixels = Buffer.from('row 0row 1row 2');
const crcs = ['row 0', 'row 1', 'row 2'].map((row) => crc32(row));

describe('RowChecksums', () => {
  it.each([
    { type: LONG, count: 1 },
    { type: LONG, count: 2 },
    { type: LONG, count: 3 },
    { type: LONG8, count: 1 },
    { type: LONG8, count: 3 },
  ] as const)('finds the rows behind $count offsets of type $type, in chunks of any size', (offsets) => {
    const file = tiffOf(pixels, offsets);
    for (const chunkBytes of [1, 7, 64, file.length]) {
      const checksums = checksumsOf(file, chunkBytes);
      expect([...checksums.rows]).toEqual(crcs);
      expect(checksums.isWhole).toBe(true);
    }
  });

  it('is not whole while rows are missing', () => {
    const file = tiffOf(pixels, { type: LONG8, count: 3 });
    expect(checksumsOf(file.subarray(0, 20), 7).isWhole).toBe(false);
    expect(checksumsOf(file.subarray(0, file.length - 14), 7).isWhole).toBe(false);
  });

  it('takes every value of a mask but 0 for valid', () => {
    const one = tiffOf(Buffer.from([0, 1, 0, 255, 7, ...Buffer.alloc(10)]), { type: LONG8, count: 1 });
    const two = tiffOf(Buffer.from([0, 255, 0, 255, 255, ...Buffer.alloc(10)]), { type: LONG8, count: 1 });
    expect(checksumsOf(one, 9, 'mask').rows).toEqual(checksumsOf(two, 9, 'mask').rows);
    expect(checksumsOf(one, 9).rows).not.toEqual(checksumsOf(two, 9).rows);
  });
});
