import type { Check, Difference } from '../src/contract/verification.ts';
import { sameCrs } from '../src/raster/crs.ts';
import { FileFailure } from './file-failure.ts';
import { samePalette } from './palette.ts';
import { headerCrsLabel, type BandHeader, type Gcp, type RasterHeader } from './raster-header.ts';

const COG_BLOCK = 512;

/**
 * Compares the header of the COG, opened alone, with its source's.
 * @param compression that the COG must have
 * @throws FileFailure `crs-changed`, `structure-changed` or `not-a-cog`, naming what differs
 */
export function verifyCog(source: RasterHeader, cog: RasterHeader, compression: string): void {
  if (source.crs === null) throw new FileFailure('no-crs', 'the raster has no CRS');
  const [crs] = crsDifferences(source, cog);
  if (crs !== undefined) throw new FileFailure('crs-changed', crs.message);
  const different = structureDifferences(source, cog).map(({ message }) => message);
  if (different.length > 0)
    throw new FileFailure(
      'structure-changed',
      `the COG differs from its source: ${different.slice(0, 3).join('; ')}`,
    );
  const problems = structureProblems(cog, compression);
  if (problems.length > 0)
    throw new FileFailure('not-a-cog', `GDAL wrote no such COG as wanted: ${problems.join('; ')}`);
}

/** Whether source and COG, opened alone, have the same CRS. */
export function crsDifferences(source: RasterHeader, cog: RasterHeader): readonly Difference[] {
  const from = headerCrsLabel(source) ?? 'none';
  const lost = `the CRS ${from} cannot be written into a GeoTIFF: the COG alone has none`;
  if (cog.crs === null) return source.crs === null ? [] : [{ check: 'crs', message: lost }];
  const isSame = source.crs !== null && sameCrs(source.crs, cog.crs) && isUsedAlike(source, cog);
  const to = headerCrsLabel(cog) ?? 'another';
  const message =
    from === to
      ? `the source calls its CRS ${from} but describes another one, which the COG cannot keep under that name`
      : `the source has the CRS ${from}, its COG ${to}`;
  return differing('crs', isSame, message);
}

function isUsedAlike(source: RasterHeader, cog: RasterHeader): boolean {
  return (
    source.isCrsOfGcps === cog.isCrsOfGcps &&
    source.coordinateEpoch === cog.coordinateEpoch &&
    // a CRS out of a .prj file comes without
    (source.axisMapping.length === 0 || source.axisMapping.join() === cog.axisMapping.join())
  );
}

/** Everything that both headers tell but the CRS: size, place, bands. */
export function structureDifferences(source: RasterHeader, cog: RasterHeader): readonly Difference[] {
  return [...placeDifferences(source, cog), ...bandDifferences(source.bands, cog.bands)];
}

function placeDifferences(a: RasterHeader, b: RasterHeader): readonly Difference[] {
  const size = (one: RasterHeader): string => `${String(one.width)} x ${String(one.height)}`;
  return [
    ...differing('size', size(a) === size(b), `size ${size(a)}, then ${size(b)}`),
    ...differing('area-or-point', a.pixelIs === b.pixelIs, `AREA_OR_POINT ${a.pixelIs}, then ${b.pixelIs}`),
    ...differing(
      'geotransform',
      sameGeoTransform(a.geoTransform, b.geoTransform),
      `geotransform ${shown(a.geoTransform)}, then ${shown(b.geoTransform)}`,
    ),
    ...differing('control-points', sameGcps(a.gcps, b.gcps), 'ground control points'),
    ...differing('rpc', a.hasRpc === b.hasRpc, 'RPCs'),
    ...differing(
      'pages',
      a.pages === b.pages,
      `${String(a.pages)} rasters in the file, then ${String(b.pages)}`,
    ),
  ];
}

function differing(check: Check, isSame: boolean, message: string): readonly Difference[] {
  return isSame ? [] : [{ check, message }];
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

function bandDifferences(a: readonly BandHeader[], b: readonly BandHeader[]): readonly Difference[] {
  if (a.length !== b.length)
    return differing('bands', false, `${String(a.length)} bands, then ${String(b.length)}`);
  return a.flatMap((source, at) => {
    const cog = b[at];
    return cog === undefined ? [] : bandDifference(source, cog, `band ${String(at + 1)}`);
  });
}

function bandDifference(a: BandHeader, b: BandHeader, band: string): readonly Difference[] {
  const nodata = `${band}: nodata ${a.nodata ?? 'none'}, then ${b.nodata ?? 'none'}`;
  return [
    ...differing('type', a.type === b.type, `${band}: type ${a.type}, then ${b.type}`),
    ...differing('nodata', sameNodata(a.nodata, b.nodata), nodata),
    ...differing('palette', samePalette(a, b), `${band}: colour table`),
    ...differing('alpha', a.isAlpha === b.isAlpha, `${band}: alpha`),
    ...differing('mask', flags(a) === flags(b), `${band}: mask ${flags(a)}, then ${flags(b)}`),
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
