import type { Tiff, TiffDirectory, TiffField } from './tiff-directory.ts';

type Read = (view: DataView, at: number, isLittleEndian: boolean) => number;

/** Number types of TIFF 6 and BigTIFF: bytes of one, and how it is read. Fractions and texts are not among them. */
const NUMBERS: Readonly<Record<number, readonly [bytes: number, read: Read]>> = {
  1: [1, (view, at) => view.getUint8(at)],
  3: [2, (view, at, little) => view.getUint16(at, little)],
  4: [4, (view, at, little) => view.getUint32(at, little)],
  6: [1, (view, at) => view.getInt8(at)],
  8: [2, (view, at, little) => view.getInt16(at, little)],
  9: [4, (view, at, little) => view.getInt32(at, little)],
  11: [4, (view, at, little) => view.getFloat32(at, little)],
  12: [8, (view, at, little) => view.getFloat64(at, little)],
  13: [4, (view, at, little) => view.getUint32(at, little)],
  16: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
  18: [8, (view, at, little) => Number(view.getBigUint64(at, little))],
};
const ASCII = 2;

/** All numbers of a field; null when it is missing, no field of numbers, cut off, or has more than `most`. */
export async function readNumbers(
  { source, isLittleEndian }: Tiff,
  field: TiffField | undefined,
  most: number,
): Promise<readonly number[] | null> {
  const [bytes, read] = NUMBERS[field?.type ?? 0] ?? [];
  if (field === undefined || bytes === undefined || read === undefined || field.count > most) return null;
  const data = await source.read(field.position, field.count * bytes);
  if (data.length !== field.count * bytes) return null;
  const view = new DataView(data.buffer, data.byteOffset, data.byteLength);
  return Array.from({ length: field.count }, (_, at) => read(view, at * bytes, isLittleEndian));
}

/** A text field without its closing NULs; null when it is missing, of another type, cut off, or longer than `most` bytes. */
export async function readText(
  { source }: Tiff,
  field: TiffField | undefined,
  most: number,
  encoding: 'utf8' | 'latin1' = 'utf8',
): Promise<string | null> {
  if (field?.type !== ASCII || field.count > most) return null;
  const data = await source.read(field.position, field.count);
  if (data.length !== field.count) return null;
  return Buffer.from(data).toString(encoding).replace(/\0+$/, '');
}

/** The one number of a field; `otherwise` where the field is missing, null where it holds anything else. */
export async function readNumber(
  tiff: Tiff,
  { fields }: TiffDirectory,
  tag: number,
  otherwise: number,
): Promise<number | null> {
  const field = fields.get(tag);
  if (field === undefined) return otherwise;
  const numbers = await readNumbers(tiff, field, 1);
  return numbers?.[0] ?? null;
}
