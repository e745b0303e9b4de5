import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConversionOptions } from '../src/contract/options.ts';
import { inspectCogLayout } from '../src/raster/cog-layout.ts';
import type { Choice } from './choose-options.ts';
import { FileFailure } from './file-failure.ts';
import { runGdal } from './gdal-errors.ts';
import type { GdalLimits, GdalRunner } from './gdal-runner.ts';
import { LOCAL_COG, LOCAL_SOURCE } from './gdal.ts';
import { readHeader } from './inspect.ts';
import { pixelDifferences, type LocalRaster } from './pixels.ts';
import type { RasterHeader } from './raster-header.ts';
import { verifyCog } from './verify.ts';

type Limits = Omit<GdalLimits, 'folder' | 'sidecars'>;

/**
 * Proves the bytes that will be uploaded, opened as a reader of the object sees them: without any file beside them.
 * @throws FileFailure `crs-changed`, `structure-changed`, `pixels-changed` or `not-a-cog`
 */
export async function proveCog(
  { gdal, options }: { readonly gdal: GdalRunner; readonly options: Pick<ConversionOptions, 'verify'> },
  folder: string,
  source: { readonly header: RasterHeader; readonly choice: Pick<Choice, 'compression'> },
  limits: Limits,
): Promise<void> {
  const lone = await loneCopy(folder);
  const header = await readHeader(gdal, lone, { ...limits, folder, sidecars: false });
  verifyCog(source.header, header, source.choice.compression);
  if (options.verify === 'pixels') {
    const original = { file: join(folder, LOCAL_SOURCE), header: source.header, sidecars: true };
    await provePixels(gdal, original, { file: lone, header, sidecars: false }, limits);
  }
  const { problems } = await inspectCogLayout(lone);
  if (problems.length > 0)
    throw new FileFailure('not-a-cog', `GDAL wrote no valid COG: ${problems.slice(0, 3).join('; ')}`);
  await rm(lone);
}

async function provePixels(
  gdal: GdalRunner,
  source: LocalRaster,
  cog: LocalRaster,
  limits: Limits,
): Promise<void> {
  const [different] = await runGdal(pixelDifferences(gdal, source, cog, limits));
  if (different !== undefined)
    throw new FileFailure('pixels-changed', `${different.check}: ${different.message}`);
}

/** A hard link: the same bytes without their neighbours; a copy where the file system has no links. */
async function loneCopy(folder: string): Promise<string> {
  const lone = join(folder, 'lone', LOCAL_COG);
  await mkdir(join(folder, 'lone'), { recursive: true });
  await link(join(folder, LOCAL_COG), lone).catch(() => copyFile(join(folder, LOCAL_COG), lone));
  return lone;
}
