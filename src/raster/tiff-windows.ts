import { decodeBlock, isDecodable, type BlockCoding } from './tiff-block.ts';
import { readInteger, readIntegers, TAG, type Tiff } from './tiff-directory.ts';
import { gridOf, readImages, type TiffImage } from './tiff-images.ts';

/** Windows of one size in the first bands of a raster. */
export interface WindowPlan {
  readonly width: number;
  readonly height: number;
  readonly origins: readonly (readonly [x: number, y: number])[];
  readonly bandCount: number;
}

const SEPARATE_BANDS = 2;
/** What is held decoded at once, and the most that one block may have. */
const MOST_BLOCK_BYTES = 4 * 1024 * 1024;
const KEPT_BLOCKS_BYTES = 16 * 1024 * 1024;
/** Blocks that lie so close are read in one go. */
const MOST_READ_BYTES = 8 * 1024 * 1024;

/**
 * The samples in the windows as they lie in memory: band after band, in each the windows one below the other. Null where a codec,
 * a huge block or damage makes it GDAL's work.
 * @param sampleBytes of one sample: 1, 2, 4 or 8
 */
export async function readWindows(
  tiff: Tiff,
  sampleBytes: number,
  plan: WindowPlan,
): Promise<Uint8Array | null> {
  const [directory] = tiff.directories;
  const { image } = (await readImages(tiff)).main;
  if (directory === undefined || !isDecodable(image)) return null;
  const isSeparate = (await readInteger(tiff, directory, TAG.planarConfiguration)) === SEPARATE_BANDS;
  const samplesPerPixel = isSeparate ? 1 : image.bands;
  const blockBytes = image.blockWidth * image.blockHeight * samplesPerPixel * sampleBytes;
  if (!(blockBytes > 0 && blockBytes <= MOST_BLOCK_BYTES)) return null;
  const reader = new WindowReader(tiff, image, { sampleBytes, samplesPerPixel }, plan);
  return await reader.read();
}

type Samples = Pick<BlockCoding, 'sampleBytes' | 'samplesPerPixel'>;

class WindowReader {
  readonly #tiff: Tiff;
  readonly #image: TiffImage;
  readonly #samples: Samples;
  readonly #plan: WindowPlan;
  readonly #out: Uint8Array;
  /** Windows beside each other share strips. */
  readonly #decoded = new Map<number, Uint8Array>();
  #decodedBytes = 0;

  constructor(tiff: Tiff, image: TiffImage, samples: Samples, plan: WindowPlan) {
    this.#tiff = tiff;
    this.#image = image;
    this.#samples = samples;
    this.#plan = plan;
    const { width, height, origins, bandCount } = plan;
    this.#out = new Uint8Array(width * height * origins.length * bandCount * samples.sampleBytes);
  }

  async read(): Promise<Uint8Array | null> {
    const { columns, rows } = gridOf(this.#image);
    const planes = this.#samples.samplesPerPixel === 1 ? this.#plan.bandCount : 1;
    for (const [window, origin] of this.#plan.origins.entries()) {
      for (let plane = 0; plane < planes; plane += 1) {
        if (!(await this.#readWindow(window, origin, plane, plane * columns * rows))) return null;
      }
    }
    return this.#out;
  }

  async #readWindow(
    window: number,
    [x, y]: readonly [number, number],
    plane: number,
    firstBlock: number,
  ): Promise<boolean> {
    const { blockWidth, blockHeight } = this.#image;
    const { columns } = gridOf(this.#image);
    const { width, height } = this.#plan;
    const [left, right] = [Math.floor(x / blockWidth), Math.floor((x + width - 1) / blockWidth)];
    for (let row = Math.floor(y / blockHeight); row * blockHeight < y + height; row += 1) {
      const first = firstBlock + row * columns + left;
      if (!(await this.#ensure(first, right - left + 1, row))) return false;
      for (let column = left; column <= right; column += 1) {
        const block = this.#decoded.get(first + column - left);
        if (block === undefined) return false;
        this.#copy(block, { window, plane, dx: column * blockWidth - x, dy: row * blockHeight - y });
      }
    }
    return true;
  }

  /** Decodes the blocks that are not known yet. */
  async #ensure(first: number, count: number, row: number): Promise<boolean> {
    const wanted = Array.from({ length: count }, (_, at) => first + at);
    if (wanted.every((index) => this.#decoded.has(index))) return true;
    if (this.#decodedBytes > KEPT_BLOCKS_BYTES) {
      this.#decoded.clear();
      this.#decodedBytes = 0;
    }
    const offsets = await readIntegers(this.#tiff, this.#image.offsets, first, count);
    const byteCounts = await readIntegers(this.#tiff, this.#image.byteCounts, first, count);
    for (const [at, index] of wanted.entries()) {
      const block = await this.#decode(offsets[at] ?? 0, byteCounts[at] ?? 0, row);
      if (block === null) return false;
      this.#decoded.set(index, block);
      this.#decodedBytes += block.length;
    }
    return true;
  }

  async #decode(offset: number, byteCount: number, row: number): Promise<Uint8Array | null> {
    // sparse blocks hold nodata or zero, which is GDAL's to fill in
    if (offset === 0 || byteCount === 0 || byteCount > MOST_READ_BYTES) return null;
    const { source, isLittleEndian } = this.#tiff;
    const data = await source.read(offset, byteCount);
    if (data.length < byteCount) return null;
    const { isTiled, blockWidth, blockHeight, height, compression, predictor } = this.#image;
    // the last strip ends with the raster
    const rows = isTiled ? blockHeight : Math.min(blockHeight, height - row * blockHeight);
    const size = { width: blockWidth, height: rows };
    return decodeBlock(data, { compression, predictor, isLittleEndian, ...this.#samples, ...size });
  }

  /** The part of a block that lies in the window; `dx`, `dy`: where the block begins, seen from the window. */
  #copy(
    block: Uint8Array,
    {
      window,
      plane,
      dx,
      dy,
    }: { readonly window: number; readonly plane: number; readonly dx: number; readonly dy: number },
  ): void {
    const { width, height, bandCount } = this.#plan;
    const { blockWidth, blockHeight } = this.#image;
    const { samplesPerPixel, sampleBytes } = this.#samples;
    const [fromX, toX] = [Math.max(0, dx), Math.min(width, dx + blockWidth)];
    const [fromY, toY] = [Math.max(0, dy), Math.min(height, dy + blockHeight)];
    const bands = samplesPerPixel === 1 ? 1 : Math.min(bandCount, samplesPerPixel);
    for (let band = 0; band < bands; band += 1) {
      for (let y = fromY; y < toY; y += 1) {
        const from = (((y - dy) * blockWidth + fromX - dx) * samplesPerPixel + band) * sampleBytes;
        const to = this.#place(band + plane, window, y, fromX);
        copySamples(block, from, this.#out, to, { count: toX - fromX, sampleBytes, samplesPerPixel });
      }
    }
  }

  #place(band: number, window: number, y: number, x: number): number {
    const { width, height, origins } = this.#plan;
    return (((band * origins.length + window) * height + y) * width + x) * this.#samples.sampleBytes;
  }
}

function copySamples(
  from: Uint8Array,
  fromAt: number,
  to: Uint8Array,
  toAt: number,
  { count, sampleBytes, samplesPerPixel }: Samples & { readonly count: number },
): void {
  if (samplesPerPixel === 1) {
    to.set(from.subarray(fromAt, fromAt + count * sampleBytes), toAt);
    return;
  }
  const step = samplesPerPixel * sampleBytes;
  for (let pixel = 0, at = fromAt, out = toAt; pixel < count; pixel += 1, at += step) {
    for (let byte = 0; byte < sampleBytes; byte += 1) to[out++] = from[at + byte] ?? 0;
  }
}
