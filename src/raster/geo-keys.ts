import type { Tiff, TiffDirectory } from './tiff-directory.ts';
import { readNumbers, readText } from './tiff-values.ts';

/** GeoTIFF keys by number. @see https://docs.ogc.org/is/19-008r4/19-008r4.html */
export type GeoKeys = ReadonlyMap<number, GeoValue>;
export type GeoValue = number | string | readonly number[];

const DIRECTORY = 34735;
const DOUBLES = 34736;
const TEXTS = 34737;
const MOST_KEYS = 256;
const MOST_BYTES = 65_536;
/** As `sameCrs` compares numbers. */
const TOLERANCE = 1e-10;

const KEY = {
  modelType: 1024,
  rasterType: 1025,
  citation: 1026,
  geographic: 2048,
  angularUnit: 2054,
  toWgs84: 2062,
  projected: 3072,
  linearUnit: 3076,
} as const;
const PROJECTED = 1;
const GEOGRAPHIC = 2;
const PIXEL_IS_POINT = 2;
const USER_DEFINED = 32_767;

/** The keys of the first image; null when there are none or they are not as the standard says. */
export async function readGeoKeys(tiff: Tiff, { fields }: TiffDirectory): Promise<GeoKeys | null> {
  const table = await readNumbers(tiff, fields.get(DIRECTORY), 4 * (MOST_KEYS + 1));
  if (table === null) return null;
  const doubles = (await readNumbers(tiff, fields.get(DOUBLES), MOST_BYTES / 8)) ?? [];
  // the table counts its bytes
  const texts = (await readText(tiff, fields.get(TEXTS), MOST_BYTES, 'latin1')) ?? '';
  // libtiff ends a text at its first NUL, and libgeotiff then refuses all keys
  return texts.includes('\0') ? null : keysOf(table, { doubles, texts });
}

interface Parts {
  readonly doubles: readonly number[];
  readonly texts: string;
}

/** Each key of the table takes four numbers, and so does what stands before them. */
const ROW = 4;

function keysOf(table: readonly number[], parts: Parts): GeoKeys | null {
  const count = countOf(table);
  if (count === 0 || table.length < ROW * (count + 1)) return null;
  const keys = new Map<number, GeoValue>();
  for (let at = ROW; at < ROW * (count + 1); at += ROW) {
    const key = table[at] ?? 0;
    const found = valueAt(placeAt(table, at), parts);
    if (found === null || keys.has(key)) return null;
    // some programs end with a key of zeros
    if (key !== 0) keys.set(key, found);
  }
  return keys;
}

/** 0 for a table of another version, which libgeotiff does not read either. */
function countOf([version, revision, , count = 0]: readonly number[]): number {
  return version === 1 && revision === 1 ? count : 0;
}

interface Place {
  readonly place: number;
  readonly length: number;
  readonly value: number;
}

function placeAt(table: readonly number[], at: number): Place {
  const [place = 0, length = 0, value = 0] = table.slice(at + 1, at + ROW);
  return { place, length, value };
}

function valueAt({ place, length, value }: Place, { doubles, texts }: Parts): GeoValue | null {
  if (place === 0) return length === 1 || length + value === 0 ? value : null;
  if (place === DOUBLES && value + length <= doubles.length) return doubles.slice(value, value + length);
  return place === TEXTS && value + length <= texts.length ? texts.slice(value, value + length) : null;
}

/** Whether two sets of keys say the same, so that whoever reads them takes both for one CRS. */
export function sameGeoKeys(a: GeoKeys, b: GeoKeys): boolean {
  return a.size === b.size && [...a].every(([key, value]) => sameValue(value, b.get(key)));
}

function sameValue(a: GeoValue, b: GeoValue | undefined): boolean {
  if (typeof a !== 'object' || typeof b !== 'object') return a === b;
  return (
    a.length === b.length && a.every((one, at) => Math.abs(one - (b[at] ?? NaN)) <= TOLERANCE * Math.abs(one))
  );
}

/** Whether coordinates name the middle of pixels, not their corner. */
export function isPixelPoint(keys: GeoKeys): boolean {
  return keys.get(KEY.rasterType) === PIXEL_IS_POINT;
}

/**
 * The CRS by name and code alone, as the WKT that GDAL makes of these keys begins and ends:
 * `PROJCRS["WGS 84 / UTM zone 33N",ID["EPSG",32633]]`. Null where it takes GDAL to say.
 */
export function crsStub(keys: GeoKeys): string | null {
  // vertical CRSs and epochs
  if ([...keys.keys()].some((key) => key >= 4096)) return null;
  const model = keys.get(KEY.modelType);
  const projected = keys.get(KEY.projected);
  if (model === GEOGRAPHIC) return codeStub('GEOGCRS', keys.get(KEY.geographic), keys);
  if (model !== PROJECTED) return null;
  return projected === USER_DEFINED
    ? namedStub(keys.get(KEY.citation))
    : codeStub('PROJCRS', projected, keys);
}

function codeStub(keyword: string, code: GeoValue | undefined, keys: GeoKeys): string | null {
  const isCode = typeof code === 'number' && code >= 1024 && code < USER_DEFINED;
  return isCode && isOfTheRegistry(keys) ? `${keyword}["",ID["EPSG",${String(code)}]]` : null;
}

/** What else stands beside a code could change its meaning. */
function isOfTheRegistry(keys: GeoKeys): boolean {
  return (
    !keys.has(KEY.toWgs84) &&
    (keys.get(KEY.angularUnit) ?? 9102) === 9102 &&
    (keys.get(KEY.linearUnit) ?? 9001) === 9001
  );
}

/** A citation may also hold several parts, or a whole WKT of ESRI's. */
function namedStub(citation: GeoValue | undefined): string | null {
  const name = typeof citation === 'string' ? /^([ -~]+)\|$/.exec(citation)?.[1] : undefined;
  return name === undefined || /[=|"]/.test(name) ? null : `PROJCRS["${name}"]`;
}
