import { open } from 'node:fs/promises';
import { inWindows, withFileSource, type ByteSource } from './byte-source.ts';
import { checkBlocks } from './cog-blocks.ts';
import { readGhostArea, type GhostArea } from './ghost-area.ts';
import { readTiff, TiffError, type Tiff } from './tiff-directory.ts';
import { readImages, type RasterImages, type TiffImage } from './tiff-images.ts';

/** Whether a file is a Cloud-Optimized GeoTIFF, why not, and how it is made. Sizes are in pixels, 0 when it is no TIFF. */
export interface CogLayout {
  /** True when there are no problems. */
  readonly isCog: boolean;
  readonly problems: readonly string[];
  readonly warnings: readonly string[];
  readonly width: number;
  readonly height: number;
  readonly bands: number;
  readonly isTiled: boolean;
  readonly blockSize: { readonly width: number; readonly height: number };
  /** Largest first, as in the file. */
  readonly overviews: readonly { readonly width: number; readonly height: number }[];
  readonly hasMask: boolean;
  /** GDAL's name (`LZW`), or TIFF's number where there is none. */
  readonly compression: string;
  /** TIFF's number: 1 none, 2 standard, 3 floating-point. */
  readonly predictor: number;
  readonly bigTiff: boolean;
}

export interface LayoutOptions {
  /** Reads 12 bytes at every block; true for files and false for range readers unless given, as in GDAL's validator. */
  readonly checkBlockBytes?: boolean;
  /** True when an `.ovr` lies beside the source; found out for a file. */
  readonly hasExternalOverviews?: boolean;
}

/** Up to this size a raster needs neither tiles nor overviews. */
const SMALL_PIXELS = 512;
/** GDAL's validator takes wider blocks that span the raster for strips. */
const MAX_STRIP_WIDTH = 1024;

/** @see https://www.awaresystems.be/imaging/tiff/tifftags/compression.html and libtiff's tiff.h */
const COMPRESSIONS: Readonly<Record<number, string>> = {
  1: 'NONE',
  2: 'CCITTRLE',
  3: 'CCITTFAX3',
  4: 'CCITTFAX4',
  5: 'LZW',
  7: 'JPEG',
  8: 'DEFLATE',
  32773: 'PACKBITS',
  32946: 'DEFLATE',
  34887: 'LERC',
  34925: 'LZMA',
  50000: 'ZSTD',
  50001: 'WEBP',
  50002: 'JXL',
};

const NO_IMAGE = {
  width: 0,
  height: 0,
  bands: 0,
  isTiled: false,
  blockSize: { width: 0, height: 0 },
  overviews: [],
  hasMask: false,
  compression: 'NONE',
  predictor: 1,
  bigTiff: false,
} as const;

/**
 * Checks a file's layout by the rules of GDAL's `validate_cloud_optimized_geotiff.py`, and stricter: overviews are required
 * above 512 pixels, and a block behind the end of the file or a broken list of images is a problem. What is no TIFF, or
 * cannot be opened, has that as its only problem.
 */
export async function inspectCogLayout(
  source: string | ByteSource,
  options: LayoutOptions = {},
): Promise<CogLayout> {
  if (typeof source !== 'string') return await inspectSource(source, options);
  try {
    const hasExternalOverviews = options.hasExternalOverviews ?? (await isFile(`${source}.ovr`));
    const all = { checkBlockBytes: true, ...options, hasExternalOverviews };
    return await withFileSource(source, async (file) => await inspectSource(file, all));
  } catch (error) {
    if (!(error instanceof Error) || !('code' in error)) throw error;
    return noCog(`it cannot be read: ${error.message}`);
  }
}

async function inspectSource(source: ByteSource, options: LayoutOptions): Promise<CogLayout> {
  try {
    const tiff = await readTiff(inWindows(source));
    const images = await readImages(tiff);
    return await inspectTiff(tiff, images, options, source);
  } catch (error) {
    if (error instanceof TiffError) return noCog(error.message);
    throw error;
  }
}

async function inspectTiff(
  tiff: Tiff,
  images: RasterImages,
  options: LayoutOptions,
  source: ByteSource,
): Promise<CogLayout> {
  const ghost = await readGhostArea(tiff);
  const check = { tiff, ghost, blocks: options.checkBlockBytes === true ? source : undefined };
  const levels = [images.main, ...images.overviews];
  const names = levels.map((_, index) => levelName(index));
  const findings = [];
  for (const [index, level] of levels.entries()) {
    findings.push(await checkBlocks(check, names[index] ?? '', level));
  }
  const all = levels.map(({ image }) => image);
  const problems = [
    ...(tiff.broken === undefined ? [] : [tiff.broken]),
    ...(options.hasExternalOverviews === true ? ['its overviews are in an external .ovr file'] : []),
    ...overviewProblems(images),
    ...headerProblems(ghost, images.main.image),
    ...all.flatMap((image, index) => levelProblems(image, all[index - 1], index)),
    ...dataOrderProblems(
      all,
      findings.map(({ firstOffset }) => firstOffset),
    ),
    ...findings.flatMap((finding) => finding.problems),
  ];
  return { isCog: problems.length === 0, problems, warnings: [], ...describe(tiff, images) };
}

function levelName(index: number): string {
  return index === 0 ? 'the full resolution' : `overview ${String(index - 1)}`;
}

function overviewProblems({ main, overviews }: RasterImages): string[] {
  const isLarge = Math.max(main.image.width, main.image.height) > SMALL_PIXELS;
  return isLarge && overviews.length === 0
    ? [`it has no overviews, though it is larger than ${String(SMALL_PIXELS)} pixels`]
    : [];
}

function headerProblems(ghost: GhostArea, main: TiffImage): string[] {
  if (main.ifdOffset === 8 || main.ifdOffset === 16) return [];
  const broken = ghost.isBroken
    ? ['something changed it in place and broke its order (KNOWN_INCOMPATIBLE_EDITION)']
    : [];
  if (main.ifdOffset === ghost.endOffset) return broken;
  const [is, wanted] = [String(main.ifdOffset), String(ghost.endOffset)];
  return [...broken, `its main image directory is at byte ${is}, not at the front (byte ${wanted})`];
}

function levelProblems(image: TiffImage, larger: TiffImage | undefined, index: number): string[] {
  const name = levelName(index);
  const problems = [];
  const isStriped = image.blockWidth === image.width && image.blockWidth > MAX_STRIP_WIDTH;
  if (isStriped) problems.push(`${name} is not tiled`);
  if (larger === undefined) return problems;
  const above = levelName(index - 1);
  if (image.width > larger.width || image.height > larger.height)
    problems.push(`${name} is larger than ${above}`);
  if (image.ifdOffset < larger.ifdOffset)
    problems.push(`the image directory of ${name} lies before that of ${above}`);
  return problems;
}

/** Data runs from the smallest overview to the full resolution, all behind the directories. */
function dataOrderProblems(images: readonly TiffImage[], offsets: readonly number[]): string[] {
  const last = images.length - 1;
  const steps = images.map((image, index) => ({
    own: offsets[index] ?? 0,
    before: index === last ? image.ifdOffset : (offsets[index + 1] ?? 0),
    what: index === last ? 'its image directory' : `that of ${levelName(index + 1)}`,
  }));
  return steps.flatMap(({ own, before, what }, index) =>
    own !== 0 && own < before ? [`the data of ${levelName(index)} lies before ${what}`] : [],
  );
}

function describe(
  tiff: Tiff,
  { main, overviews }: RasterImages,
): Omit<CogLayout, 'isCog' | 'problems' | 'warnings'> {
  const { image, mask } = main;
  return {
    width: image.width,
    height: image.height,
    bands: image.bands,
    isTiled: image.isTiled,
    blockSize: { width: image.blockWidth, height: image.blockHeight },
    overviews: overviews.map(({ image: { width, height } }) => ({ width, height })),
    hasMask: mask !== undefined,
    compression: COMPRESSIONS[image.compression] ?? String(image.compression),
    predictor: image.predictor,
    bigTiff: tiff.isBigTiff,
  };
}

function noCog(problem: string): CogLayout {
  return { isCog: false, problems: [problem], warnings: [], ...NO_IMAGE };
}

async function isFile(path: string): Promise<boolean> {
  try {
    await (await open(path, 'r')).close();
    return true;
  } catch {
    return false;
  }
}
