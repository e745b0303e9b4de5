import { TAG, type Tiff, type TiffDirectory } from '../src/raster/tiff-directory.ts';
import type { RasterImages } from '../src/raster/tiff-images.ts';
import { readNumber, readNumbers } from '../src/raster/tiff-values.ts';
import type { PlainMetadata } from './plain-metadata.ts';
import type { BandHeader } from './raster-header.ts';

/** All that the bands of a plain GeoTIFF are described by. */
export interface BandSource {
  readonly tiff: Tiff;
  readonly directory: TiffDirectory;
  readonly images: RasterImages;
  readonly metadata: PlainMetadata;
  /** Undefined = none declared; null = cannot be read. */
  readonly nodata: string | null | undefined;
}

/** Sample formats of TIFF (1 unsigned, 2 signed, 3 floating-point) with their bits. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['1 8', 'Byte'],
  ['1 16', 'UInt16'],
  ['1 32', 'UInt32'],
  ['1 64', 'UInt64'],
  ['2 16', 'Int16'],
  ['2 32', 'Int32'],
  ['2 64', 'Int64'],
  ['3 32', 'Float32'],
  ['3 64', 'Float64'],
]);
const MOST_BANDS = 4096;

/** The bands as GDAL describes them, or null where it takes GDAL to know. */
export async function plainBands(from: BandSource): Promise<readonly BandHeader[] | null> {
  const { image, mask } = from.images.main;
  const type = await typeOf(from);
  const nodata = type === null ? undefined : nodataOf(from.nodata, type);
  const alpha = await alphaOf(from);
  const palette = await paletteOf(from, nodata ?? null);
  if (type === null || nodata === undefined || alpha === undefined || palette === undefined) return null;
  const maskings = [nodata !== null, alpha !== null, mask !== undefined].filter(Boolean).length;
  // GDAL has an order of them
  if (maskings > 1) return null;
  return Array.from({ length: image.bands }, (_, at) => ({
    type,
    nodata,
    palette,
    maskFlags: at === alpha ? [] : maskFlags(alpha !== null, mask !== undefined),
    hasCategoryNames: false,
    usedBits: null,
    isAlpha: at === alpha,
    overviewSizes: from.images.overviews.map(
      (overview) => [overview.image.width, overview.image.height] as const,
    ),
    block: [image.blockWidth, image.blockHeight],
    statistics: statisticsOf(from.metadata.statistics.get(at)),
  }));
}

/** As gdalinfo tells them: nodata is no mask. */
function maskFlags(hasAlpha: boolean, hasMask: boolean): readonly string[] {
  if (hasAlpha) return ['PER_DATASET', 'ALPHA'];
  return hasMask ? ['PER_DATASET'] : [];
}

async function typeOf({ tiff, directory, images }: BandSource): Promise<string | null> {
  const { bands } = images.main.image;
  if (bands < 1 || bands > MOST_BANDS) return null;
  const { fields } = directory;
  const size = theOnlyOne(await readNumbers(tiff, fields.get(TAG.bitsPerSample), MOST_BANDS));
  const formats = fields.get(TAG.sampleFormat);
  const format = formats === undefined ? 1 : theOnlyOne(await readNumbers(tiff, formats, MOST_BANDS));
  return TYPES.get(`${String(format)} ${String(size)}`) ?? null;
}

function theOnlyOne(numbers: readonly number[] | null): number | undefined {
  const [first] = numbers ?? [];
  return numbers?.every((one) => one === first) === true ? first : undefined;
}

/** Null = none declared; undefined = GDAL may take the text for another value. */
function nodataOf(text: string | null | undefined, type: string): string | null | undefined {
  if (text === undefined) return null;
  if (text === null) return undefined;
  const plain = text.trim();
  if (/^[+-]?nan$/i.test(plain)) return type.startsWith('Float') ? 'NaN' : undefined;
  const value = /^-?\d+(?:\.\d+)?(?:e[+-]?\d+)?$/i.test(plain) ? Number(plain) : NaN;
  return canHold(type, value) ? String(value) : undefined;
}

const RANGES: Readonly<Record<string, readonly [number, number]>> = {
  Byte: [0, 255],
  UInt16: [0, 65_535],
  Int16: [-32_768, 32_767],
  UInt32: [0, 4_294_967_295],
  Int32: [-2_147_483_648, 2_147_483_647],
};

function canHold(type: string, value: number): boolean {
  if (type === 'Float64') return Number.isFinite(value);
  if (type === 'Float32') return Math.fround(value) === value;
  const [least, most] = RANGES[type] ?? [1, 0];
  return Number.isInteger(value) && value >= least && value <= most;
}

const UNASSOCIATED_ALPHA = 2;

/** The band of transparency from 0; null = none; undefined = GDAL must say. */
async function alphaOf({ tiff, directory, images }: BandSource): Promise<number | null | undefined> {
  const field = directory.fields.get(TAG.extraSamples);
  if (field === undefined) return null;
  const extra = await readNumbers(tiff, field, MOST_BANDS);
  if (extra === null) return undefined;
  if (extra.every((one) => one === 0)) return null;
  return extra.length === 1 && extra[0] === UNASSOCIATED_ALPHA ? images.main.image.bands - 1 : undefined;
}

/** TIFF's numbers: from black to white, red-green-blue, palette. */
const [GREY, RGB, PALETTE] = [1, 2, 3] as const;

/** As JSON text of `[red, green, blue, alpha]` entries; null = none; undefined = GDAL must say. */
async function paletteOf(
  { tiff, directory, images }: BandSource,
  nodata: string | null,
): Promise<string | null | undefined> {
  const photometric = await readNumber(tiff, directory, TAG.photometric, -1);
  const field = directory.fields.get(TAG.colourMap);
  if (field === undefined) return photometric === GREY || photometric === RGB ? null : undefined;
  const map = await readNumbers(tiff, field, 3 * 65_536);
  if (photometric !== PALETTE || map === null || images.main.image.bands !== 1) return undefined;
  // some programs multiply by 256, some do not at all
  if (map.some((one) => one % 257 !== 0)) return undefined;
  const count = map.length / 3;
  const entries = Array.from({ length: count }, (_, at) => [
    ...[0, 1, 2].map((part) => (map[part * count + at] ?? 0) / 257),
    nodata === String(at) ? 0 : 255,
  ]);
  return JSON.stringify(entries);
}

function statisticsOf(items: Readonly<Record<string, string>> | undefined): BandHeader['statistics'] {
  const minimum = Number.parseFloat(items?.['STATISTICS_MINIMUM'] ?? '');
  const maximum = Number.parseFloat(items?.['STATISTICS_MAXIMUM'] ?? '');
  return Number.isFinite(minimum) && Number.isFinite(maximum) ? { minimum, maximum } : null;
}
