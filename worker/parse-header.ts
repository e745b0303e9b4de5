import type { BandHeader, Gcp, RasterHeader } from './raster-header.ts';

/** gdalinfo's output is not what its documentation says. */
export class HeaderError extends Error {
  override readonly name = 'HeaderError';
}

type Json = Readonly<Record<string, unknown>>;

/**
 * Reads `gdalinfo -json`. GDAL may print bare `nan` and `inf` and bytes that are not UTF-8; both are taken as text.
 * @throws HeaderError
 */
export function parseHeader(output: Uint8Array): RasterHeader {
  try {
    return headerOf(asObject(parseLoose(new TextDecoder('utf-8').decode(output))));
  } catch (cause) {
    if (cause instanceof HeaderError) throw cause;
    // absurd nesting, or an object in the place of a number that cannot become one
    throw new HeaderError('gdalinfo wrote no description of a raster', { cause });
  }
}

function headerOf(info: Json): RasterHeader {
  const metadata = asObject(info['metadata']);
  const [width, height] = sizeOf(info['size']);
  return {
    width,
    height,
    bands: bandsOf(info['bands']),
    ...placeOf(info),
    hasRpc: metadata['RPC'] !== undefined,
    metadataDomains: domainsOf(info),
    pixelIs: asText(asObject(metadata['']), 'AREA_OR_POINT') ?? 'Area',
    compression: asText(asObject(metadata['IMAGE_STRUCTURE']), 'COMPRESSION'),
    hasAttributeTable:
      info['rat'] !== undefined || asArray(info['bands']).some((band) => asObject(band)['rat'] !== undefined),
    pages: pagesOf(asObject(metadata['SUBDATASETS'])),
  };
}

/** The default one, which COGs keep, and those that other fields tell of. */
const TOLD_DOMAINS = new Set(['', 'IMAGE_STRUCTURE', 'DERIVED_SUBDATASETS', 'SUBDATASETS', 'RPC']);

function domainsOf(info: Json): readonly string[] {
  const all = [info, ...asArray(info['bands']).map(asObject)].map((one) => asObject(one['metadata']));
  return [...new Set(all.flatMap(Object.keys))].filter((domain) => !TOLD_DOMAINS.has(domain));
}

/** GDAL lists them (`SUBDATASET_1_NAME`) where there are more than one. */
function pagesOf(subdatasets: Json): number {
  return Math.max(1, Object.keys(subdatasets).filter((name) => /^SUBDATASET_\d+_NAME$/.test(name)).length);
}

type Place = Pick<
  RasterHeader,
  'crs' | 'isCrsOfGcps' | 'axisMapping' | 'coordinateEpoch' | 'geoTransform' | 'gcps'
>;

function placeOf(info: Json): Place {
  const gcps = asObject(info['gcps']);
  const own = crsOf(info['coordinateSystem']);
  const crs = own ?? crsOf(gcps['coordinateSystem']);
  return {
    crs: crs?.wkt ?? null,
    isCrsOfGcps: own === null && crs !== null,
    axisMapping: crs?.mapping ?? [],
    coordinateEpoch: crs?.epoch ?? null,
    geoTransform: geoTransformOf(info['geoTransform']),
    gcps: asArray(gcps['gcpList']).map(gcpOf),
  };
}

/** A string, or a bare not-a-number. A string that does not end is taken to the end, or every quote in it would be tried. */
const LOOSE_TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*(?:"|$)|[+-]?\b(?:nan|inf(?:inity)?)\b(?:\(\w{0,32}\))?/gis;

function parseLoose(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return parseRepaired(text);
  }
}

function parseRepaired(text: string): unknown {
  const quoted = text.replace(LOOSE_TOKEN, (token) => (token.startsWith('"') ? token : `"${token}"`));
  try {
    // Control characters inside strings: JSON forbids them, GDAL does not always escape them.
    return JSON.parse(quoted.replace(/\p{Cc}+/gu, ' '));
  } catch (cause) {
    throw new HeaderError('gdalinfo wrote no JSON', { cause });
  }
}

function bandsOf(value: unknown): readonly BandHeader[] {
  const bands = asArray(value).map((band) => bandOf(asObject(band)));
  if (bands.length === 0) throw new HeaderError('gdalinfo names no band');
  return bands;
}

function bandOf(band: Json): BandHeader {
  const metadata = asObject(band['metadata']);
  const structure = asObject(metadata['IMAGE_STRUCTURE']);
  const type = asText(band, 'type');
  if (type === null) throw new HeaderError('gdalinfo names a band without type');
  const bits = asText(structure, 'NBITS');
  return {
    type: asText(structure, 'PIXELTYPE') === 'SIGNEDBYTE' ? 'Int8' : type,
    nodata: band['noDataValue'] === undefined ? null : nodataText(band['noDataValue']),
    palette:
      band['colorTable'] === undefined
        ? null
        : JSON.stringify(asArray(asObject(band['colorTable'])['entries'])),
    maskFlags: asArray(asObject(band['mask'])['flags']).map(String),
    hasCategoryNames: asArray(band['categories'] ?? band['category']).length > 0,
    usedBits: bits === null ? null : Number(bits),
    isAlpha: band['colorInterpretation'] === 'Alpha',
    overviewSizes: asArray(band['overviews']).map((one) => sizeOf(asObject(one)['size'])),
    block: sizeOf(band['block']),
    statistics: statisticsOf(asObject(metadata[''])),
  };
}

function statisticsOf(metadata: Json): BandHeader['statistics'] {
  const minimum = Number.parseFloat(asText(metadata, 'STATISTICS_MINIMUM') ?? '');
  const maximum = Number.parseFloat(asText(metadata, 'STATISTICS_MAXIMUM') ?? '');
  return Number.isFinite(minimum) && Number.isFinite(maximum) ? { minimum, maximum } : null;
}

function nodataText(value: unknown): string {
  const text = String(value);
  return /^[+-]?nan/i.test(text) ? 'NaN' : text;
}

function crsOf(value: unknown): { wkt: string; mapping: readonly number[]; epoch: number | null } | null {
  const crs = asObject(value);
  const wkt = asText(crs, 'wkt');
  if (wkt === null || wkt === '') return null;
  const epoch = crs['coordinateEpoch'];
  return {
    wkt,
    mapping: asArray(crs['dataAxisToSRSAxisMapping']).map(Number),
    epoch: typeof epoch === 'number' ? epoch : null,
  };
}

function gcpOf(value: unknown): Gcp {
  const gcp = asObject(value);
  return [Number(gcp['pixel']), Number(gcp['line']), Number(gcp['x']), Number(gcp['y']), Number(gcp['z'])];
}

function geoTransformOf(value: unknown): readonly number[] | null {
  const numbers = asArray(value).map(Number);
  return numbers.length === 6 ? numbers : null;
}

function sizeOf(value: unknown): readonly [number, number] {
  const [width, height] = asArray(value).map(Number);
  if (width === undefined || height === undefined || !(width > 0) || !(height > 0)) {
    throw new HeaderError(`gdalinfo tells no size: ${JSON.stringify(value)}`);
  }
  return [width, height];
}

function asObject(value: unknown): Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value) ? (value as Json) : {};
}

function asArray(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function asText(from: Json, field: string): string | null {
  const value = from[field];
  return typeof value === 'string' ? value : null;
}
