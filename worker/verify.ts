import { sameCrs } from '../src/raster/crs.ts';
import { FileFailure } from './file-failure.ts';
import { headerCrsLabel, type BandHeader, type Gcp, type RasterHeader } from './raster-header.ts';

/** What the COG must be, beside equal to its source. */
export interface Wanted {
  readonly compression: string;
  readonly checksums: boolean;
}

const COG_BLOCK = 512;

/**
 * Compares the COG, opened alone, with its source.
 * @throws FileFailure `crs-changed`, `structure-changed`, `pixels-changed` or `not-a-cog`, naming what differs
 */
export function verifyCog(source: RasterHeader, cog: RasterHeader, wanted: Wanted): void {
  verifyCrs(source, cog);
  const different = [...placeDifferences(source, cog), ...bandDifferences(source.bands, cog.bands)];
  if (different.length > 0)
    throw new FileFailure(
      'structure-changed',
      `the COG differs from its source: ${different.slice(0, 3).join('; ')}`,
    );
  const problems = structureProblems(cog, wanted.compression);
  if (problems.length > 0)
    throw new FileFailure('not-a-cog', `GDAL wrote no such COG as wanted: ${problems.join('; ')}`);
  if (wanted.checksums) verifyPixels(source.bands, cog.bands);
}

function verifyCrs(source: RasterHeader, cog: RasterHeader): void {
  const from = headerCrsLabel(source) ?? 'none';
  if (source.crs === null) throw new FileFailure('no-crs', 'the raster has no CRS');
  if (cog.crs === null) {
    throw new FileFailure(
      'crs-changed',
      `the CRS ${from} cannot be written into a GeoTIFF: the COG alone has none`,
    );
  }
  const isSame =
    sameCrs(source.crs, cog.crs) &&
    source.isCrsOfGcps === cog.isCrsOfGcps &&
    source.coordinateEpoch === cog.coordinateEpoch &&
    // a CRS out of a .prj file comes without
    (source.axisMapping.length === 0 || source.axisMapping.join() === cog.axisMapping.join());
  if (!isSame)
    throw new FileFailure(
      'crs-changed',
      `the source has the CRS ${from}, its COG ${headerCrsLabel(cog) ?? 'another'}`,
    );
}

function placeDifferences(a: RasterHeader, b: RasterHeader): readonly string[] {
  const size = (one: RasterHeader): string => `${String(one.width)} x ${String(one.height)}`;
  return [
    ...(size(a) === size(b) ? [] : [`size ${size(a)}, then ${size(b)}`]),
    ...(a.pixelIs === b.pixelIs ? [] : [`AREA_OR_POINT ${a.pixelIs}, then ${b.pixelIs}`]),
    ...(sameGeoTransform(a.geoTransform, b.geoTransform)
      ? []
      : [`geotransform ${shown(a.geoTransform)}, then ${shown(b.geoTransform)}`]),
    ...(sameGcps(a.gcps, b.gcps) ? [] : ['ground control points']),
    ...(a.hasRpc === b.hasRpc ? [] : ['RPCs']),
  ];
}

function shown(geoTransform: readonly number[] | null): string {
  return geoTransform === null ? 'none' : `[${geoTransform.join(', ')}]`;
}

function sameGeoTransform(a: readonly number[] | null, b: readonly number[] | null): boolean {
  if (a === null || b === null) return a === b;
  const [, width = 0, skewX = 0, , skewY = 0, height = 0] = a;
  // a shift of a billionth of a pixel is no shift, however small the coordinate is
  const floor = 1e-9 * Math.max(...[width, skewX, skewY, height].map(Math.abs));
  return a.every((value, at) => Math.abs(value - (b[at] ?? NaN)) <= Math.max(floor, 1e-9 * Math.abs(value)));
}

function sameGcps(a: readonly Gcp[], b: readonly Gcp[]): boolean {
  return (
    a.length === b.length &&
    a.every((gcp, at) => gcp.every((value, part) => close(value, b[at]?.[part] ?? NaN)))
  );
}

function close(a: number, b: number): boolean {
  return Math.abs(a - b) <= 1e-9 * Math.max(1, Math.abs(a));
}

function bandDifferences(a: readonly BandHeader[], b: readonly BandHeader[]): readonly string[] {
  if (a.length !== b.length) return [`${String(a.length)} bands, then ${String(b.length)}`];
  return a.flatMap((source, at) => {
    const cog = b[at];
    return cog === undefined
      ? []
      : bandDifference(source, cog).map((what) => `band ${String(at + 1)}: ${what}`);
  });
}

function bandDifference(a: BandHeader, b: BandHeader): readonly string[] {
  return [
    ...(a.type === b.type ? [] : [`type ${a.type}, then ${b.type}`]),
    ...(sameNodata(a.nodata, b.nodata) ? [] : [`nodata ${a.nodata ?? 'none'}, then ${b.nodata ?? 'none'}`]),
    ...(a.palette === b.palette ? [] : ['colour table']),
    ...(a.isAlpha === b.isAlpha ? [] : ['alpha']),
    ...(flags(a) === flags(b) ? [] : [`mask ${flags(a)}, then ${flags(b)}`]),
  ];
}

function flags({ maskFlags }: BandHeader): string {
  return maskFlags.filter((flag) => flag !== 'ALL_VALID').join('+') || 'none';
}

function sameNodata(a: string | null, b: string | null): boolean {
  if (a === null || b === null) return a === b;
  return a === b || Object.is(Number(a), Number(b));
}

/** Compression, blocks and overviews that are not as wanted. */
export function structureProblems(cog: RasterHeader, compression: string): readonly string[] {
  const blocks = cog.bands[0]?.block ?? [0, 0];
  const isTiled = blocks[0] === COG_BLOCK && blocks[1] === COG_BLOCK;
  return [
    ...(cog.compression === compression
      ? []
      : [`compression is ${cog.compression ?? 'none'}, not ${compression}`]),
    ...(isTiled ? [] : [`blocks of ${blocks.join(' x ')}`]),
    ...(overviewsSuffice(cog) ? [] : ['overviews are missing']),
  ];
}

/** Every band of a raster above 512 pixels has overviews, the smallest of at most 512. */
function overviewsSuffice({ width, height, bands }: RasterHeader): boolean {
  if (Math.max(width, height) <= COG_BLOCK) return true;
  return bands.every(({ overviewSizes }) => overviewSizes.some(([w, h]) => Math.max(w, h) <= COG_BLOCK));
}

function verifyPixels(a: readonly BandHeader[], b: readonly BandHeader[]): void {
  a.forEach(({ checksum }, at) => {
    if (checksum !== null && checksum === b[at]?.checksum) return;
    throw new FileFailure(
      'pixels-changed',
      `band ${String(at + 1)} has the checksum ${String(checksum)}, in the COG ${String(b[at]?.checksum ?? null)}`,
    );
  });
}
