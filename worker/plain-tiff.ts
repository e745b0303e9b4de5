import { inWindows, withFileSource, type ByteSource } from '../src/raster/byte-source.ts';
import { crsStub, isPixelPoint, readGeoKeys, type GeoKeys } from '../src/raster/geo-keys.ts';
import { readTiff, TAG, type Tiff, type TiffDirectory } from '../src/raster/tiff-directory.ts';
import { readImages, type RasterImages, type TiffImage } from '../src/raster/tiff-images.ts';
import { readWindows, type WindowPlan } from '../src/raster/tiff-windows.ts';
import { readNumber, readNumbers, readText } from '../src/raster/tiff-values.ts';
import { plainBands } from './plain-bands.ts';
import { plainMetadata } from './plain-metadata.ts';
import { sampleBytes, type RasterHeader } from './raster-header.ts';

/**
 * The header of a plain GeoTIFF, read without GDAL. `crs` is but a stub of name and code; that two rasters have one CRS is told
 * by their GeoKeys.
 */
export interface PlainTiff {
  readonly header: RasterHeader;
  readonly geoKeys: GeoKeys;
}

/**
 * Fields that say all they say by what is read of them here, or nothing that conversion minds (names, dates, resolution in print).
 * A file with any other is left to GDAL.
 */
const KNOWN_FIELDS: ReadonlySet<number> = new Set([
  ...Object.values(TAG),
  // texts, size in print, and range of values as hints
  ...[269, 270, 271, 272, 280, 281, 282, 283, 296, 305, 306, 315, 316, 33432],
  // the three of GeoTIFF
  ...[34735, 34736, 34737],
]);

/** GDAL's names of the codecs that are read without it. */
const COMPRESSIONS: ReadonlyMap<number, string | null> = new Map([
  [1, null],
  [5, 'LZW'],
  [8, 'DEFLATE'],
  [32946, 'DEFLATE'],
  [50000, 'ZSTD'],
]);

/**
 * Reads a GeoTIFF as GDAL reads it without sidecars: same result, no process. Null for whatever is not as plain as most rasters
 * are (ground control points, rotation, vertical CRS, odd sample sizes, unknown fields, damage ...): then GDAL must say.
 */
export async function readPlainTiff(file: string): Promise<PlainTiff | null> {
  return await withFileSource(file, async (source) => await readPlain(source).catch(() => null));
}

/** The samples of a few windows, as GDAL would give them in the raster's own type; null where GDAL must read them. */
export async function readPlainSample(
  file: string,
  { bands }: RasterHeader,
  plan: WindowPlan,
): Promise<Uint8Array | null> {
  const type = bands[0]?.type ?? '';
  // these are sampled as doubles
  if (type === 'Int64' || type === 'UInt64') return null;
  return await withFileSource(file, async (source) => {
    const tiff = await readTiff(inWindows(source)).catch(() => null);
    return tiff === null ? null : await readWindows(tiff, sampleBytes(type), plan);
  });
}

async function readPlain(source: ByteSource): Promise<PlainTiff | null> {
  const tiff = await readTiff(inWindows(source));
  const [directory] = tiff.directories;
  if (directory === undefined || tiff.broken !== undefined) return null;
  if ([...directory.fields.keys()].some((tag) => !KNOWN_FIELDS.has(tag))) return null;
  const images = await readImages(tiff);
  if (isOneLargeStrip(images)) return null;
  const geoKeys = await readGeoKeys(tiff, directory);
  if (geoKeys === null || !(await isUpright(tiff, directory)) || hasOtherImages(tiff, images)) return null;
  const header = await headerOf(tiff, directory, images, geoKeys);
  return header === null ? null : { header, geoKeys };
}

async function isUpright(tiff: Tiff, directory: TiffDirectory): Promise<boolean> {
  const orientation = await readNumber(tiff, directory, TAG.orientation, 1);
  return orientation === 1 && (await readNumber(tiff, directory, TAG.fillOrder, 1)) === 1;
}

/** The most pixels of a strip that is as any other. */
const ORDINARY_PIXELS = 1024 * 1024;

/** libtiff cuts such a strip into many, or GDAL reads it row by row, by rules of theirs: the memory that it takes is for GDAL to tell. */
function isOneLargeStrip({ main }: RasterImages): boolean {
  const { isTiled, width, height, blockHeight } = main.image;
  return !isTiled && blockHeight >= height && width * height > ORDINARY_PIXELS;
}

/** More images than the raster, its mask and overviews: pages, which GDAL shows as rasters of their own. */
function hasOtherImages({ directories }: Tiff, { main, overviews }: RasterImages): boolean {
  const known = [main, ...overviews].flatMap(({ image, mask }) =>
    mask === undefined ? [image] : [image, mask],
  );
  return known.length !== directories.length || known.some(isEmpty) || directories.some(isOddlyKept);
}

function isEmpty({ width, height }: TiffImage): boolean {
  return width < 1 || height < 1;
}

/** libtiff ignores what an image is for unless one number says it, so that it is a page to GDAL. */
function isOddlyKept({ fields }: TiffDirectory): boolean {
  return (fields.get(TAG.subfileType)?.count ?? 1) !== 1;
}

async function headerOf(
  tiff: Tiff,
  directory: TiffDirectory,
  images: RasterImages,
  geoKeys: GeoKeys,
): Promise<RasterHeader | null> {
  const { image } = images.main;
  const crs = crsStub(geoKeys);
  const geoTransform = await readGeoTransform(tiff, directory, isPixelPoint(geoKeys));
  const compression = COMPRESSIONS.get(image.compression);
  const metadata = plainMetadata(await textOf(tiff, directory, TAG.gdalMetadata));
  if (crs === null || geoTransform === null || compression === undefined || metadata === null) return null;
  const nodata = await textOf(tiff, directory, TAG.gdalNodata);
  const bands = await plainBands({ tiff, directory, images, metadata, nodata });
  if (bands === null) return null;
  return {
    width: image.width,
    height: image.height,
    bands,
    crs,
    isCrsOfGcps: false,
    axisMapping: [],
    coordinateEpoch: null,
    geoTransform,
    gcps: [],
    hasRpc: false,
    metadataDomains: [],
    pixelIs: isPixelPoint(geoKeys) ? 'Point' : 'Area',
    compression,
    hasAttributeTable: false,
    pages: 1,
  };
}

const MOST_TEXT_BYTES = 1024 * 1024;

/** Undefined when there is none; null when it is not to be read. */
async function textOf(
  tiff: Tiff,
  { fields }: TiffDirectory,
  tag: number,
): Promise<string | null | undefined> {
  const field = fields.get(tag);
  return field === undefined ? undefined : await readText(tiff, field, MOST_TEXT_BYTES);
}

/** From the size of a pixel and one tie point; any other placing is GDAL's. */
async function readGeoTransform(
  tiff: Tiff,
  { fields }: TiffDirectory,
  isPoint: boolean,
): Promise<readonly number[] | null> {
  const scale = await readNumbers(tiff, fields.get(TAG.pixelScale), 3);
  const tie = await readNumbers(tiff, fields.get(TAG.tiePoints), 6);
  return scale?.length === 3 && tie?.length === 6 ? geoTransformOf(scale, tie, isPoint ? 0.5 : 0) : null;
}

/** Of a pixel, in any unit; gdalinfo prints what is far below as 0. */
const LEAST_SIDE = 1e-100;

function geoTransformOf(
  [width = 0, height = 0]: readonly number[],
  [column = 0, row = 0, , x = 0, y = 0]: readonly number[],
  half: number,
): readonly number[] | null {
  if (!(width > LEAST_SIDE) || !(height > LEAST_SIDE) || !Number.isFinite(x + y)) return null;
  return [x - (column + half) * width, width, 0, y + (row + half) * height, 0, -height];
}
