import { copyFile, link, mkdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConversionOptions } from '../src/contract/options.ts';
import { inspectCogLayout } from '../src/raster/cog-layout.ts';
import { sameGeoKeys } from '../src/raster/geo-keys.ts';
import type { Choice } from './choose-options.ts';
import { FileFailure } from './file-failure.ts';
import { runGdal } from './gdal-errors.ts';
import type { GdalLimits, GdalRunner } from './gdal-runner.ts';
import { LOCAL_COG, LOCAL_SOURCE } from './gdal.ts';
import { readHeader } from './inspect.ts';
import { pixelDifferences, type LocalRaster } from './pixels.ts';
import { readPlainTiff, type PlainTiff } from './plain-tiff.ts';
import type { RasterHeader } from './raster-header.ts';
import { verifyCog } from './verify.ts';

type Limits = Omit<GdalLimits, 'folder' | 'sidecars'>;

/** What is known of the source. */
export interface KnownSource {
  /** With the CRS of the .prj where the raster has none. */
  readonly header: RasterHeader;
  /** As it was read without GDAL; null where GDAL read the header. */
  readonly plain: PlainTiff | null;
  readonly choice: Pick<Choice, 'compression'>;
}

/**
 * Proves the bytes that will be uploaded, opened as a reader of the object sees them: without any file beside them. Their header.
 * @throws FileFailure `crs-changed`, `structure-changed`, `pixels-changed` or `not-a-cog`
 */
export async function proveCog(
  { gdal, options }: { readonly gdal: GdalRunner; readonly options: Pick<ConversionOptions, 'verify'> },
  folder: string,
  source: KnownSource,
  limits: Limits,
): Promise<RasterHeader> {
  const lone = await loneCopy(folder);
  const header =
    (await provedPlainly(lone, source)) ?? (await provedByGdal(gdal, folder, { lone, source }, limits));
  if (options.verify === 'pixels') {
    const original = { file: join(folder, LOCAL_SOURCE), header: source.header, sidecars: true };
    await provePixels(gdal, original, { file: lone, header, sidecars: false }, limits);
  }
  const { problems } = await inspectCogLayout(lone);
  if (problems.length > 0)
    throw new FileFailure('not-a-cog', `GDAL wrote no valid COG: ${problems.slice(0, 3).join('; ')}`);
  await rm(lone);
  return header;
}

/**
 * The COG's header, where the two that are read without GDAL prove it; null otherwise. Equal GeoKeys are one CRS to every reader,
 * and GDAL wrote those of the COG out of the CRS that it had understood. What is not proved so is for GDAL to say.
 */
async function provedPlainly(lone: string, { plain, choice }: KnownSource): Promise<RasterHeader | null> {
  const cog = plain === null ? null : await readPlainTiff(lone);
  if (plain === null || cog === null || !sameGeoKeys(plain.geoKeys, cog.geoKeys)) return null;
  try {
    verifyCog(plain.header, cog.header, choice.compression);
    return cog.header;
  } catch (error) {
    if (error instanceof FileFailure) return null;
    throw error;
  }
}

/** Both headers come from GDAL: those read without it hold but a stub of the CRS. */
async function provedByGdal(
  gdal: GdalRunner,
  folder: string,
  { lone, source }: { readonly lone: string; readonly source: KnownSource },
  limits: Limits,
): Promise<RasterHeader> {
  const cog = await readHeader(gdal, lone, { ...limits, folder, sidecars: false });
  const header =
    source.plain === null
      ? source.header
      : await readHeader(gdal, join(folder, LOCAL_SOURCE), { ...limits, folder, sidecars: true });
  verifyCog(header, cog, source.choice.compression);
  return cog;
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
