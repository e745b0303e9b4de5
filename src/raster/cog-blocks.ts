import type { ByteSource } from './byte-source.ts';
import type { GhostArea } from './ghost-area.ts';
import type { Tiff } from './tiff-directory.ts';
import { gridOf, readBlocks, type Block, type MaskedImage, type TiffImage } from './tiff-images.ts';

/** What the data of one image looks like. */
export interface BlockFindings {
  /** Of the first block that has data; 0 when none has. */
  readonly firstOffset: number;
  readonly problems: readonly string[];
}

/** What the blocks of a file are checked against. */
export interface BlockRules {
  readonly tiff: Tiff;
  readonly ghost: GhostArea;
  /** Reads leading and trailing bytes; undefined leaves them unchecked. */
  readonly blocks: ByteSource | undefined;
}

/** One damaged file has thousands of equal problems. */
const TOLD_PER_IMAGE = 3;
const ENOUGH_PROBLEMS = 1000;
/** Of one image: a raster of a million pixels squared; a crafted file may claim any number. */
const MAX_BLOCKS = 4_000_000;

/**
 * Checks the blocks of an image and of its mask: all there, inside the file, and in the order and with the leading and
 * trailing bytes that the ghost area promises.
 */
export async function checkBlocks(
  rules: BlockRules,
  name: string,
  { image, mask }: MaskedImage,
): Promise<BlockFindings> {
  const own = new ImageCheck(rules, name);
  await own.run(image, rules.ghost.isMaskInterleaved ? mask : undefined);
  const masked = new ImageCheck(rules, `the mask of ${name}`);
  if (mask !== undefined) await masked.run(mask, undefined);
  return { firstOffset: own.firstOffset, problems: [...own.told(), ...masked.told()] };
}

class ImageCheck {
  firstOffset = 0;
  readonly #rules: BlockRules;
  readonly #name: string;
  readonly #problems: string[] = [];
  #problemCount = 0;
  /** Of the block before, as far as it has data; GDAL's validator begins again behind one without. */
  #previous = 0;

  constructor(rules: BlockRules, name: string) {
    this.#rules = rules;
    this.#name = name;
  }

  told(): string[] {
    const more = this.#problemCount - this.#problems.length;
    return more === 0 ? this.#problems : [...this.#problems, `${this.#name}: more problems of this kind`];
  }

  async run(image: TiffImage, mask: TiffImage | undefined): Promise<void> {
    const { columns, rows } = gridOf(image);
    if (columns * rows > MAX_BLOCKS) {
      this.#add(`it has more than ${String(MAX_BLOCKS)} blocks`);
      return;
    }
    const masks = this.#blocksOfMask(image, mask);
    let seen = 0;
    for await (const group of readBlocks(this.#rules.tiff, image)) {
      seen += group.length;
      await this.#checkGroup(group, (await masks?.next())?.value ?? []);
      if (this.#problemCount > ENOUGH_PROBLEMS) return;
    }
    if (seen === 0 || seen < columns * rows) this.#add('its table of blocks is missing or too short');
  }

  #blocksOfMask(
    image: TiffImage,
    mask: TiffImage | undefined,
  ): AsyncGenerator<Block[], undefined> | undefined {
    if (mask === undefined) return undefined;
    const isAlike = mask.blockWidth === image.blockWidth && mask.blockHeight === image.blockHeight;
    if (isAlike) return readBlocks(this.#rules.tiff, mask);
    this.#add('its mask has another block size');
    return undefined;
  }

  async #checkGroup(group: readonly Block[], masks: readonly Block[]): Promise<void> {
    for (const [index, block] of group.entries()) {
      const offset = offsetOf(block);
      if (this.firstOffset === 0) this.firstOffset = offset;
      if (offset > 0) await this.#checkBlock(block);
      const mask = masks[index];
      const maskOffset = mask === undefined ? 0 : offsetOf(mask);
      if (maskOffset > 0) this.#checkMask(block, maskOffset);
      this.#previous = offset > 0 ? offset : maskOffset;
    }
  }

  async #checkBlock(block: Block): Promise<void> {
    const { tiff, ghost, blocks } = this.#rules;
    if (block.offset + block.byteCount > tiff.source.sizeBytes) {
      this.#add(`${nameOf(block)} lies behind the end of the file`);
      return;
    }
    this.#checkOrder(nameOf(block), block.offset);
    if (blocks === undefined) return;
    if (ghost.hasLeaders && !(await hasLeader(blocks, block))) {
      this.#add(`the leading bytes of ${nameOf(block)} do not hold its size`);
    }
    if (ghost.hasTrailers && !(await hasTrailer(blocks, block))) {
      this.#add(`the trailing bytes of ${nameOf(block)} do not repeat its last ones`);
    }
  }

  /** A mask's block comes right behind the block that it masks. */
  #checkMask(block: Block, maskOffset: number): void {
    const name = `the mask of ${nameOf(block)}`;
    if (offsetOf(block) === 0) {
      this.#checkOrder(name, maskOffset);
      return;
    }
    const { hasLeaders, hasTrailers } = this.#rules.ghost;
    const expected = block.offset + block.byteCount + (hasLeaders ? 4 : 0) + (hasTrailers ? 4 : 0);
    if (maskOffset === expected) return;
    this.#add(`${name} begins at byte ${String(maskOffset)}, not right behind it at ${String(expected)}`);
  }

  #checkOrder(name: string, offset: number): void {
    if (!this.#rules.ghost.isRowMajor || offset >= this.#previous) return;
    this.#add(`${name} lies before the block that it follows`);
  }

  #add(text: string): void {
    this.#problemCount += 1;
    if (this.#problems.length < TOLD_PER_IMAGE) this.#problems.push(`${this.#name}: ${text}`);
  }
}

function nameOf({ x, y }: Block): string {
  return `block (${String(x)}, ${String(y)})`;
}

/** Where a block begins, or 0 when it has no data. */
function offsetOf({ offset, byteCount }: Block): number {
  return byteCount > 0 ? offset : 0;
}

async function hasLeader(blocks: ByteSource, { offset, byteCount }: Block): Promise<boolean> {
  const bytes = Buffer.from(await blocks.read(Math.max(0, offset - 4), 4));
  return bytes.length === 4 && bytes.readUInt32LE() === byteCount;
}

async function hasTrailer(blocks: ByteSource, { offset, byteCount }: Block): Promise<boolean> {
  if (byteCount < 4) return true;
  const bytes = Buffer.from(await blocks.read(offset + byteCount - 4, 8));
  return bytes.length === 8 && bytes.compare(bytes, 4, 8, 0, 4) === 0;
}
