import { plainLambert } from './lambert-conic.ts';
import { parseWkt, type WktNode } from './wkt.ts';

/** PROJ compares with this relative tolerance too. */
const TOLERANCE = 1e-10;

/** Says nothing about where a coordinate lies. */
const IGNORED = new Set([
  'ID',
  'AUTHORITY',
  'USAGE',
  'SCOPE',
  'AREA',
  'BBOX',
  'REMARK',
  'ORDER',
  // of polar axes: both run along meridians, and which is which shows in the data axis mapping
  'MERIDIAN',
  'ANCHOR',
  'VERTICALEXTENT',
  'TIMEEXTENT',
  'MEMBER',
  'ENSEMBLEACCURACY',
  'DYNAMIC',
  'EXTENSION',
  'CITATION',
  'URI',
  'VERSION',
  'CALENDAR',
  'ANCHOREPOCH',
]);

/** Only these nodes are told apart by their names; other names (of CRS, axis, unit, ellipsoid) are mere labels. */
const NAMED = new Set([
  'DATUM',
  'METHOD',
  'PARAMETER',
  'VDATUM',
  'TDATUM',
  'EDATUM',
  'PARAMETERFILE',
  'INTERPOLATIONCRS',
]);

/** One keyword has several spellings. */
const SAME_KEYWORD: Readonly<Record<string, string>> = {
  GEODCRS: 'GEOGCRS',
  GEODETICCRS: 'GEOGCRS',
  GEOGRAPHICCRS: 'GEOGCRS',
  BASEGEODCRS: 'GEOGCRS',
  BASEGEOGCRS: 'GEOGCRS',
  PROJECTEDCRS: 'PROJCRS',
  BASEPROJCRS: 'PROJCRS',
  VERTICALCRS: 'VERTCRS',
  ENGINEERINGCRS: 'ENGCRS',
  GEODETICDATUM: 'DATUM',
  TRF: 'DATUM',
  ENSEMBLE: 'DATUM',
  SPHEROID: 'ELLIPSOID',
  PRIMEMERIDIAN: 'PRIMEM',
  VERTICALDATUM: 'VDATUM',
  VRF: 'VDATUM',
  ENGINEERINGDATUM: 'EDATUM',
  PROJECTION: 'METHOD',
  ANGLEUNIT: 'UNIT',
  LENGTHUNIT: 'UNIT',
  SCALEUNIT: 'UNIT',
  PARAMETRICUNIT: 'UNIT',
};

/**
 * Whether two WKT texts mean the same CRS: equal text, else equal content (datum, ellipsoid, method, parameters in SI, axes) whatever
 * the labels. Authority and code are a label, too: a `.prj` may carry those of a CRS from which it was changed, and a GeoTIFF keeps
 * the code alone. A text that cannot be parsed equals only itself.
 */
export function sameCrs(a: string, b: string): boolean {
  if (a === b) return true;
  const one = parseWkt(a);
  const two = parseWkt(b);
  if (one === null || two === null) return false;
  return sameNode(canonical(one, null), canonical(two, null));
}

/** For people: `EPSG:32633`, else the CRS's name; null when the text is no WKT. */
export function crsLabel(wkt: string): string | null {
  const node = parseWkt(wkt);
  return node === null ? null : (crsId(node) ?? nameOf(node));
}

/** A CRS bound to a datum shift bears its name inside: `BOUNDCRS[SOURCECRS[PROJCRS["name", ...`. */
function nameOf(node: WktNode): string | null {
  const source = node.nodes.find(({ keyword }) => keyword === 'SOURCECRS')?.nodes[0];
  return node.texts[0] ?? source?.texts[0] ?? null;
}

/** Only an ID directly below the root is the CRS's own; deeper ones name its base CRS, datum or units. */
function crsId(root: WktNode): string | null {
  const id = root.nodes.find(({ keyword }) => keyword === 'ID' || keyword === 'AUTHORITY');
  const [authority, code] = id?.texts ?? [];
  if (authority === undefined) return null;
  const number = code ?? id?.numbers[0];
  return number === undefined ? null : `${authority.toUpperCase()}:${String(number)}`;
}

/** A node stripped to what counts, numbers in SI, children in one order. */
interface Canonical {
  readonly keyword: string;
  readonly name: string;
  readonly words: string;
  readonly numbers: readonly number[];
  readonly nodes: readonly Canonical[];
}

function canonical(node: WktNode, parent: string | null): Canonical {
  const keyword = SAME_KEYWORD[node.keyword] ?? node.keyword;
  const kept = node.nodes.filter((child) => !IGNORED.has(child.keyword));
  const factor = kept.find((child) => SAME_KEYWORD[child.keyword] === 'UNIT' || child.keyword === 'UNIT')
    ?.numbers[0];
  const scaled = keyword === 'PARAMETER' || keyword === 'PRIMEM' || keyword === 'ELLIPSOID';
  const children = kept
    .filter((child) => !(scaled && (SAME_KEYWORD[child.keyword] ?? child.keyword) === 'UNIT'))
    .map((child) => canonical(child, keyword));
  return {
    keyword,
    name: NAMED.has(keyword) ? plainName(node.texts[0] ?? '') : '',
    words: node.words.join(' ').toLowerCase(),
    numbers: scaled ? inSi(keyword, node.numbers, factor) : node.numbers,
    nodes: ordered(keyword, parent, keyword === 'CONVERSION' ? plainLambert(children, closeTo) : children),
  };
}

/** Ellipsoid: axis in metres, then the flattening as it is; parameter and meridian: value times the unit. */
function inSi(keyword: string, numbers: readonly number[], factor: number | undefined): readonly number[] {
  const [first, ...rest] = numbers;
  if (first === undefined) return numbers;
  const unit = factor ?? (keyword === 'PRIMEM' ? Math.PI / 180 : 1);
  return [first * unit, ...rest];
}

/** Parameters in the order of their names; the axes of a geographic CRS in any order, for GDAL keeps pixels east-north anyway. */
function ordered(keyword: string, parent: string | null, nodes: readonly Canonical[]): readonly Canonical[] {
  const isGeographic = keyword === 'GEOGCRS' && parent !== 'BOUNDCRS';
  return [...nodes]
    .filter(
      (node) => !(isGeographic && parent !== null && (node.keyword === 'CS' || node.keyword === 'AXIS')),
    )
    .sort((a, b) => compareText(sortKey(a, isGeographic), sortKey(b, isGeographic)));
}

function sortKey(node: Canonical, anyAxisOrder: boolean): string {
  if (node.keyword === 'AXIS') return anyAxisOrder ? `AXIS ${node.words}` : 'AXIS';
  return `${node.keyword} ${node.name}`;
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** `World Geodetic System 1984 ensemble` and `D_World_Geodetic_System_1984` are one datum, as PROJ sees it. */
function plainName(name: string): string {
  return name
    .toLowerCase()
    .replace(/^d_/, '')
    .replace(/ ensemble$/, '')
    .replace(/[^\p{L}\p{N}]/gu, '');
}

function sameNode(a: Canonical, b: Canonical): boolean {
  return (
    a.keyword === b.keyword &&
    a.name === b.name &&
    a.words === b.words &&
    sameNumbers(a, b) &&
    sameList(a.nodes, b.nodes, sameNode)
  );
}

/** PROJ compares flattenings only where both have one, so that a sphere is the same as an ellipsoid of its radius and datum. */
function sameNumbers(a: Canonical, b: Canonical): boolean {
  const isSphere = ({ keyword, numbers }: Canonical): boolean => keyword === 'ELLIPSOID' && numbers[1] === 0;
  const counted = isSphere(a) || isSphere(b) ? 1 : Infinity;
  return sameList(a.numbers.slice(0, counted), b.numbers.slice(0, counted), closeTo);
}

function sameList<T>(a: readonly T[], b: readonly T[], same: (one: T, two: T) => boolean): boolean {
  return (
    a.length === b.length &&
    a.every((one, at) => {
      const two = b[at];
      return two !== undefined && same(one, two);
    })
  );
}

function closeTo(a: number, b: number): boolean {
  return a === b || Math.abs(a - b) <= TOLERANCE * Math.max(Math.abs(a), Math.abs(b));
}
