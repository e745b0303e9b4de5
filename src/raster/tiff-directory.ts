import type { ByteSource } from './byte-source.ts';

/** Why bytes are no TIFF, or where its structure is broken; the message is for people. */
export class TiffError extends Error {
  override readonly name = 'TiffError';
}

/** TIFF tags that this project reads. @see https://www.awaresystems.be/imaging/tiff/tifftags.html */
export const TAG = {
  subfileType: 254,
  oldSubfileType: 255,
  width: 256,
  height: 257,
  bitsPerSample: 258,
  compression: 259,
  photometric: 262,
  fillOrder: 266,
  orientation: 274,
  stripOffsets: 273,
  samplesPerPixel: 277,
  rowsPerStrip: 278,
  stripByteCounts: 279,
  planarConfiguration: 284,
  predictor: 317,
  colourMap: 320,
  tileWidth: 322,
  tileHeight: 323,
  tileOffsets: 324,
  tileByteCounts: 325,
  extraSamples: 338,
  sampleFormat: 339,
  pixelScale: 33550,
  tiePoints: 33922,
  gdalMetadata: 42112,
  gdalNodata: 42113,
} as const;

/** A field of a directory: `count` values of one type from `position` on. Nothing here has been checked against the file. */
export interface TiffField {
  readonly type: number;
  readonly count: number;
  readonly position: number;
}

/** An image file directory (IFD). */
export interface TiffDirectory {
  readonly offset: number;
  readonly fields: ReadonlyMap<number, TiffField>;
}

/** A TIFF's structure; `broken` says why the list of directories ends early. */
export interface Tiff {
  readonly source: ByteSource;
  readonly isLittleEndian: boolean;
  readonly isBigTiff: boolean;
  readonly directories: readonly TiffDirectory[];
  readonly broken: string | undefined;
}

type Layout = Pick<Tiff, 'source' | 'isLittleEndian' | 'isBigTiff'>;

/** More than any real file has, so that a crafted one cannot keep us. */
const MAX_DIRECTORIES = 1024;
const MAX_FIELDS = 65_535;
/** Sizes of the integer types; others (text, fractions, floats) are never read here. */
const INTEGER_BYTES: Readonly<Record<number, number>> = { 1: 1, 3: 2, 4: 4, 13: 4, 16: 8, 18: 8 };
const TYPE_BYTES: Readonly<Record<number, number>> = {
  ...INTEGER_BYTES,
  2: 1,
  5: 8,
  6: 1,
  7: 1,
  8: 2,
  9: 4,
  10: 8,
  11: 4,
  12: 8,
  17: 8,
};

/**
 * Reads the directories of a TIFF or BigTIFF without trusting a count or an offset in it.
 * @throws TiffError when it is no TIFF or its first directory cannot be read
 */
export async function readTiff(source: ByteSource): Promise<Tiff> {
  const { layout, first } = await readHeader(source);
  const directories: TiffDirectory[] = [];
  const seen = new Set<number>();
  let next = first;
  let broken: string | undefined;
  while (next !== 0 && broken === undefined) {
    broken = refuseNext(next, seen);
    if (broken !== undefined) break;
    seen.add(next);
    const read = await readDirectory(layout, next).catch((error: unknown) => {
      if (!(error instanceof TiffError) || directories.length === 0) throw error;
      return error;
    });
    if (read instanceof TiffError) broken = read.message;
    else {
      directories.push(read.directory);
      next = read.next;
    }
  }
  if (directories.length === 0) throw new TiffError('it has no image directory');
  return { ...layout, directories, broken };
}

function refuseNext(next: number, seen: ReadonlySet<number>): string | undefined {
  if (seen.has(next)) return `the list of image directories goes round in a circle at byte ${String(next)}`;
  return seen.size >= MAX_DIRECTORIES
    ? `it has more than ${String(MAX_DIRECTORIES)} image directories`
    : undefined;
}

async function readHeader(source: ByteSource): Promise<{ layout: Layout; first: number }> {
  const bytes = await source.read(0, 16);
  const order = Buffer.from(bytes.subarray(0, 2)).toString('latin1');
  if (bytes.length < 8 || (order !== 'II' && order !== 'MM')) throw new TiffError('it is no TIFF');
  const isLittleEndian = order === 'II';
  const view = viewOf(bytes);
  const version = view.getUint16(2, isLittleEndian);
  if (version === 42) {
    return { layout: { source, isLittleEndian, isBigTiff: false }, first: view.getUint32(4, isLittleEndian) };
  }
  const isBigTiff = version === 43 && bytes.length === 16 && view.getUint16(4, isLittleEndian) === 8;
  if (!isBigTiff) throw new TiffError('it is no TIFF');
  return { layout: { source, isLittleEndian, isBigTiff }, first: getUint64(view, 8, isLittleEndian) };
}

async function readDirectory(
  layout: Layout,
  offset: number,
): Promise<{ directory: TiffDirectory; next: number }> {
  const [countBytes, fieldBytes, nextBytes] = layout.isBigTiff ? [8, 20, 8] : [2, 12, 4];
  const head = viewOf(await readExactly(layout, offset, countBytes));
  const count = layout.isBigTiff
    ? getUint64(head, 0, layout.isLittleEndian)
    : head.getUint16(0, layout.isLittleEndian);
  if (count === 0 || count > MAX_FIELDS) {
    throw new TiffError(
      `the image directory at byte ${String(offset)} says that it has ${String(count)} fields`,
    );
  }
  const start = offset + countBytes;
  const body = viewOf(await readExactly(layout, start, count * fieldBytes + nextBytes));
  const fields = new Map<number, TiffField>();
  for (let index = 0; index < count; index += 1) {
    const at = index * fieldBytes;
    const tag = body.getUint16(at, layout.isLittleEndian);
    // libtiff, too, takes the first of several.
    if (!fields.has(tag)) fields.set(tag, readField(layout, body, at, start + at));
  }
  const next = readPointer(layout, body, count * fieldBytes);
  return { directory: { offset, fields }, next };
}

function readField(layout: Layout, body: DataView, at: number, position: number): TiffField {
  const type = body.getUint16(at + 2, layout.isLittleEndian);
  const count = readPointer(layout, body, at + 4);
  const [valueAt, inlineBytes] = layout.isBigTiff ? [12, 8] : [8, 4];
  const isInline = fieldBytes({ type, count, position }) <= inlineBytes;
  return { type, count, position: isInline ? position + valueAt : readPointer(layout, body, at + valueAt) };
}

/** Bytes that a field's values take; those of an unknown type count one each. */
export function fieldBytes({ type, count }: TiffField): number {
  return (TYPE_BYTES[type] ?? 1) * count;
}

function readPointer({ isBigTiff, isLittleEndian }: Layout, view: DataView, at: number): number {
  return isBigTiff ? getUint64(view, at, isLittleEndian) : view.getUint32(at, isLittleEndian);
}

/**
 * The integers `from` ... `from + howMany - 1` of a field, fewer where the field or the file ends. `howMany` bounds the memory,
 * so it must not come from the file.
 */
export async function readIntegers(
  tiff: Layout,
  field: TiffField | undefined,
  from: number,
  howMany: number,
): Promise<number[]> {
  const size = field === undefined ? undefined : INTEGER_BYTES[field.type];
  if (field === undefined || size === undefined) return [];
  const wanted = Math.max(0, Math.min(howMany, field.count - from));
  const bytes = await tiff.source.read(field.position + from * size, wanted * size);
  const view = viewOf(bytes);
  return Array.from({ length: Math.floor(bytes.length / size) }, (_, index) =>
    getInteger(view, index * size, size, tiff.isLittleEndian),
  );
}

/** The first integer of a field, or undefined when the directory has no such field. */
export async function readInteger(
  tiff: Layout,
  directory: TiffDirectory,
  tag: number,
): Promise<number | undefined> {
  const [value] = await readIntegers(tiff, directory.fields.get(tag), 0, 1);
  return value;
}

async function readExactly({ source }: Layout, offset: number, length: number): Promise<Uint8Array> {
  const bytes = offset > source.sizeBytes ? new Uint8Array() : await source.read(offset, length);
  if (bytes.length === length) return bytes;
  throw new TiffError(`the image directory at byte ${String(offset)} lies behind the end of the file`);
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function getInteger(view: DataView, at: number, size: number, isLittleEndian: boolean): number {
  if (size === 1) return view.getUint8(at);
  if (size === 2) return view.getUint16(at, isLittleEndian);
  return size === 4 ? view.getUint32(at, isLittleEndian) : getUint64(view, at, isLittleEndian);
}

/** Exact up to 2^53; what is above lies behind the end of any file, and stays so when it is rounded. */
function getUint64(view: DataView, at: number, isLittleEndian: boolean): number {
  return Number(view.getBigUint64(at, isLittleEndian));
}
