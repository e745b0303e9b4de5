import {
  readInteger,
  readIntegers,
  TAG,
  TiffError,
  type Tiff,
  type TiffDirectory,
  type TiffField,
} from './tiff-directory.ts';

/** One image in a TIFF: the raster, an overview of it, or a mask. */
export interface TiffImage {
  readonly ifdOffset: number;
  readonly width: number;
  readonly height: number;
  readonly isTiled: boolean;
  readonly blockWidth: number;
  readonly blockHeight: number;
  readonly bands: number;
  readonly compression: number;
  readonly predictor: number;
  readonly isOverview: boolean;
  readonly isMask: boolean;
  readonly offsets: TiffField | undefined;
  readonly byteCounts: TiffField | undefined;
}

/** A raster with its overviews, each with its mask, as GDAL puts them together. */
export interface RasterImages {
  readonly main: MaskedImage;
  readonly overviews: readonly MaskedImage[];
}

export interface MaskedImage {
  readonly image: TiffImage;
  readonly mask: TiffImage | undefined;
}

/** A tile or strip; sparse files have blocks of 0 bytes at offset 0. */
export interface Block {
  readonly x: number;
  readonly y: number;
  readonly offset: number;
  readonly byteCount: number;
}

const REDUCED = 1;
const MASK = 4;
const OLD_REDUCED = 2;
const BLOCKS_AT_ONCE = 4096;
/** GDAL, too, stops at about so many: halving the largest raster takes 32 steps. */
const MAX_OVERVIEWS = 64;

/** @throws TiffError when the first image has no size */
export async function readImages(tiff: Tiff): Promise<RasterImages> {
  const images: TiffImage[] = [];
  for (const directory of tiff.directories) images.push(await readImage(tiff, directory));
  const [main, ...rest] = images;
  if (main === undefined || main.width === 0 || main.height === 0)
    throw new TiffError('its first image has no size');
  const overviews = rest
    .filter((each) => each.isOverview && !each.isMask && each.bands === main.bands)
    .slice(0, MAX_OVERVIEWS);
  const overviewMasks = rest.filter((each) => each.isOverview && each.isMask);
  const mainMask = rest.find((each) => each.isMask && !each.isOverview && hasSizeOf(each, main));
  return {
    main: { image: main, mask: mainMask },
    overviews: overviews.map((image) => ({
      image,
      mask: overviewMasks.find((mask) => hasSizeOf(mask, image)),
    })),
  };
}

function hasSizeOf(a: TiffImage, b: TiffImage): boolean {
  return a.width === b.width && a.height === b.height;
}

type Get = (tag: number, otherwise: number) => Promise<number>;

async function readImage(tiff: Tiff, directory: TiffDirectory): Promise<TiffImage> {
  const get: Get = async (tag, otherwise) => (await readInteger(tiff, directory, tag)) ?? otherwise;
  const { fields } = directory;
  const size = { width: await get(TAG.width, 0), height: await get(TAG.height, 0) };
  return {
    ifdOffset: directory.offset,
    ...size,
    ...(fields.has(TAG.tileWidth) ? await readTiling(get) : await readStrips(get, size)),
    ...(fields.has(TAG.subfileType) ? await readKind(get) : await readOldKind(get)),
    bands: await get(TAG.samplesPerPixel, 1),
    compression: await get(TAG.compression, 1),
    predictor: await get(TAG.predictor, 1),
    // libtiff takes either pair for either kind of block.
    offsets: fields.get(TAG.tileOffsets) ?? fields.get(TAG.stripOffsets),
    byteCounts: fields.get(TAG.tileByteCounts) ?? fields.get(TAG.stripByteCounts),
  };
}

type Blocks = Pick<TiffImage, 'isTiled' | 'blockWidth' | 'blockHeight'>;

async function readTiling(get: Get): Promise<Blocks> {
  return {
    isTiled: true,
    blockWidth: await get(TAG.tileWidth, 0),
    blockHeight: await get(TAG.tileHeight, 0),
  };
}

async function readStrips(get: Get, { width, height }: Pick<TiffImage, 'width' | 'height'>): Promise<Blocks> {
  const rows = await get(TAG.rowsPerStrip, height);
  return { isTiled: false, blockWidth: width, blockHeight: Math.min(rows, height) };
}

type Kind = Pick<TiffImage, 'isOverview' | 'isMask'>;

async function readKind(get: Get): Promise<Kind> {
  const type = await get(TAG.subfileType, 0);
  return { isOverview: (type & REDUCED) !== 0, isMask: (type & MASK) !== 0 };
}

async function readOldKind(get: Get): Promise<Kind> {
  return { isOverview: (await get(TAG.oldSubfileType, 0)) === OLD_REDUCED, isMask: false };
}

/** How many blocks the first band has, by the sizes that the image claims. */
export function gridOf({ width, height, blockWidth, blockHeight }: TiffImage): {
  columns: number;
  rows: number;
} {
  if (blockWidth === 0 || blockHeight === 0) return { columns: 0, rows: 0 };
  return { columns: Math.ceil(width / blockWidth), rows: Math.ceil(height / blockHeight) };
}

/**
 * The blocks of the first band (of all bands where they are interleaved), row by row, in groups. Ends where the arrays of the
 * file end, whatever size it claims.
 */
export async function* readBlocks(tiff: Tiff, image: TiffImage): AsyncGenerator<Block[], undefined> {
  const { columns, rows } = gridOf(image);
  const wanted = columns * rows;
  for (let from = 0; from < wanted;) {
    const howMany = Math.min(BLOCKS_AT_ONCE, wanted - from);
    const offsets = await readIntegers(tiff, image.offsets, from, howMany);
    const byteCounts = await readIntegers(tiff, image.byteCounts, from, howMany);
    const first = from;
    const group = offsets.slice(0, byteCounts.length).map((offset, index) => ({
      x: (first + index) % columns,
      y: Math.floor((first + index) / columns),
      offset,
      byteCount: byteCounts[index] ?? 0,
    }));
    if (group.length > 0) yield group;
    if (group.length < howMany) return undefined;
    from += howMany;
  }
  return undefined;
}
