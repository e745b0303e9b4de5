import type { Tiff } from './tiff-directory.ts';

/**
 * What GDAL promises about the order of a COG's bytes, in text between the header and the first directory.
 * @see https://gdal.org/drivers/raster/cog.html#header-ghost-area
 */
export interface GhostArea {
  readonly isRowMajor: boolean;
  readonly hasLeaders: boolean;
  readonly hasTrailers: boolean;
  readonly isMaskInterleaved: boolean;
  /** Something changed the file in place without keeping its order. */
  readonly isBroken: boolean;
  /** Where the first directory must begin: behind this area, on an even byte. */
  readonly endOffset: number;
}

const MARK = 'GDAL_STRUCTURAL_METADATA_SIZE=';
const MARK_BYTES = `${MARK}000000 bytes\n`.length;

/** Reads the area; a file without one has `endOffset` right behind its header and promises nothing. */
export async function readGhostArea(tiff: Tiff): Promise<GhostArea> {
  const start = tiff.isBigTiff ? 16 : 8;
  const head = await readText(tiff, start, MARK_BYTES);
  const size = /^\d{6}/.exec(head.slice(MARK.length))?.[0];
  if (!head.startsWith(MARK) || head.length < MARK_BYTES || size === undefined) return promises('', start);
  const end = start + MARK_BYTES + Number(size);
  return promises(await readText(tiff, start + MARK_BYTES, Number(size)), end + (end % 2));
}

function promises(text: string, endOffset: number): GhostArea {
  return {
    isRowMajor: text.includes('BLOCK_ORDER=ROW_MAJOR'),
    hasLeaders: text.includes('BLOCK_LEADER=SIZE_AS_UINT4'),
    hasTrailers: text.includes('BLOCK_TRAILER=LAST_4_BYTES_REPEATED'),
    isMaskInterleaved: text.includes('MASK_INTERLEAVED_WITH_IMAGERY=YES'),
    isBroken: text.includes('KNOWN_INCOMPATIBLE_EDITION=YES'),
    endOffset,
  };
}

async function readText({ source }: Tiff, offset: number, length: number): Promise<string> {
  return Buffer.from(await source.read(offset, length)).toString('latin1');
}
