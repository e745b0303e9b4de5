import { rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import type { Check, Difference } from '../src/contract/verification.ts';
import { classifyGdal, gdalMessage, saidError } from './gdal-errors.ts';
import type { GdalLimits, GdalRunner } from './gdal-runner.ts';
import { pixelsCommand } from './gdal.ts';
import { sampleBytes, type RasterHeader, type SampleType } from './raster-header.ts';
import { RowChecksums } from './row-checksums.ts';
import { ProcessError } from './run-process.ts';

/** A local raster that GDAL can open, and its header. */
export interface LocalRaster {
  readonly file: string;
  readonly header: RasterHeader;
  /** False: the raster stands alone. */
  readonly sidecars: boolean;
}

type Limits = Omit<GdalLimits, 'folder' | 'sidecars' | 'onStdout'>;
type Part = 'bands' | 'mask';

/**
 * Where the pixels of two rasters of one structure differ, in any band or in the mask, or that the COG's are damaged. Each is decoded once, and all that is
 * kept of it is a checksum per row. (GDAL's own checksums round floats to whole numbers and leave masks out.)
 * @throws ProcessError when GDAL cannot decode the source
 */
export async function pixelDifferences(
  gdal: GdalRunner,
  source: LocalRaster,
  cog: LocalRaster,
  limits: Limits,
): Promise<readonly Difference[]> {
  const found: Difference[] = [];
  for (const part of partsOf(source.header)) {
    const wanted = await readRows(gdal, source, part, limits);
    const rows = await readRows(gdal, cog, part, limits).catch(damage);
    const different =
      'check' in rows ? rows : differentRows(wanted, rows, part === 'mask' ? 'mask' : 'pixels');
    if (different !== null) found.push(different);
  }
  return found;
}

/** That the COG cannot be decoded, in GDAL's words. @throws anything that is no fault of the COG */
function damage(error: unknown): Difference {
  if (error instanceof ProcessError && error.kind === 'exited' && classifyGdal(error) === 'unreadable')
    return { check: 'data', message: `the COG cannot be decoded: ${gdalMessage(error)}` };
  throw error;
}

/** A mask of its own counts; those of nodata and alpha are told by the bands. */
function partsOf({ bands }: RasterHeader): readonly Part[] {
  const hasMask = bands.some(
    ({ maskFlags }) => maskFlags.includes('PER_DATASET') && !maskFlags.includes('ALPHA'),
  );
  return hasMask ? ['bands', 'mask'] : ['bands'];
}

async function readRows(
  gdal: GdalRunner,
  { file, header, sidecars }: LocalRaster,
  part: Part,
  limits: Limits,
): Promise<Uint32Array> {
  const vrt = join(dirname(file), 'pixels.vrt');
  const types = typesOf(header, part);
  const rowBytes = header.width * types.reduce((sum, type) => sum + sampleBytes(type), 0);
  const checksums = new RowChecksums({ height: header.height, rowBytes }, part);
  const onStdout = (chunk: Buffer): void => {
    checksums.add(chunk);
  };
  await writeFile(vrt, pixelsVrt(header, basename(file), part));
  try {
    const { stderr } = await gdal.run(pixelsCommand(vrt), {
      ...limits,
      folder: dirname(file),
      sidecars,
      onStdout,
    });
    if (checksums.isWhole && !saidError(stderr)) return checksums.rows;
    throw new ProcessError('exited', 'GDAL did not write all pixels', { stderr, exitCode: 0 });
  } finally {
    await rm(vrt, { force: true });
  }
}

/** Nothing but pixels: GDAL would write into the stream whatever does not fit into a TIFF. */
export function pixelsVrt(header: RasterHeader, file: string, part: Part): string {
  const size = `xSize="${String(header.width)}" ySize="${String(header.height)}"`;
  const bands = typesOf(header, part).map((type, at) => {
    const number = part === 'mask' ? 'mask,1' : String(at + 1);
    return (
      `<VRTRasterBand dataType="${type}" band="${String(at + 1)}"><SimpleSource>` +
      `<SourceFilename relativeToVRT="1">${file}</SourceFilename><SourceBand>${number}</SourceBand>` +
      `<SrcRect xOff="0" yOff="0" ${size}/><DstRect xOff="0" yOff="0" ${size}/></SimpleSource></VRTRasterBand>\n`
    );
  });
  const raster = `rasterXSize="${String(header.width)}" rasterYSize="${String(header.height)}"`;
  return `<VRTDataset ${raster}>\n${bands.join('')}</VRTDataset>\n`;
}

/** GDAL before 3.7 has no Int8, and takes such values for 0 to 255: 16 bits hold both. */
function typesOf({ bands }: RasterHeader, part: Part): readonly SampleType[] {
  if (part === 'mask') return ['Byte'];
  return bands.map(({ type }) => (type === 'Int8' ? 'Int16' : type));
}

function differentRows(a: Uint32Array, b: Uint32Array, check: Check): Difference | null {
  const isOther = (crc: number, row: number): boolean => crc !== b[row];
  const first = a.findIndex(isOther);
  if (first === -1) return null;
  const count = a.filter(isOther).length;
  const message = `${String(count)} of ${String(a.length)} rows differ, the first is row ${String(first)}`;
  return { check, message };
}
