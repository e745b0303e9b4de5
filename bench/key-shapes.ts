import { cogKey } from '../src/contract/naming.ts';
import { rowsOf, type Rows } from '../src/plan/rows.ts';
import { compareKeys } from '../src/storage/key-order.ts';
import { randomNumbers } from './random.ts';

/** Prefixes of the synthetic bucket; the Python tool's own. */
export const PREFIXES = {
  sourcePrefix: 'cartodb_exports/rasters/',
  cogPrefix: 'cartodb_exports/cogs/',
} as const;

const THEMES = [
  ...[
    'rainfall',
    'rainfall_anomaly',
    'temperature_max',
    'temperature_min',
    'landcover',
    'ndvi',
    'population',
  ],
  ...['population_density', 'soil_moisture', 'elevation', 'slope', 'flood_extent', 'fire_radiative_power'],
  ...[
    'nightlights',
    'tree_cover_loss',
    'bathymetry',
    'sea_surface_temperature',
    'chlorophyll_a',
    'wind',
    'drought',
  ],
];
const REGIONS = ['africa', 'america_north', 'america_south', 'antarctica', 'asia', 'europe', 'oceania'];
const NAME_DIGITS = 8;

type NameOf = (index: number, count: number, random: () => number) => string;

/** How the names below the source prefix are made; each index gives another name. */
const NAMES = {
  /** Evenly numbered in one folder. */
  numbered: (index) => `public_raster_${digits(index, NAME_DIGITS)}.tif`,
  /** As exports are called: themes by year and tile, and tables by hash. */
  exports: (index, _count, random) =>
    index % 3 === 0
      ? `cdb_importer_${hexadecimal(random, 32)}.tif`
      : `public_${themeOf(index)}_${String(1981 + (index % 43))}_${String(index)}.tif`,
  /** Few prefixes, of which the first holds nearly all; numbers are not padded. */
  skewed: (index, count) =>
    index < count * 0.9 ? `public_tile_${String(index)}.tif` : `${themeOf(index)}_${String(index)}.tiff`,
  /** Seventy folders of the same size. */
  folders: (index) =>
    `${regionOf(index)}/${digits(Math.floor(index / 7) % 10, 2)}/r${digits(index, NAME_DIGITS)}.tif`,
  /** Two thousand folders: half of all files in one, a quarter in the next ... and many with a handful. */
  uneven: (index) => `${unevenFolder(index)}/public_${themeOf(index)}_${digits(index, NAME_DIGITS)}.tif`,
  /** One folder at the end of a trunk. */
  deep: (index) => `archive/2019/global/final/tiles/public_t${digits(index, NAME_DIGITS)}.tif`,
} as const satisfies Record<string, NameOf>;

export type Shape = keyof typeof NAMES;

/** All shapes that a listing is measured on. */
export const SHAPES = Object.keys(NAMES) as readonly Shape[];

/** Keys of a bucket in S3's order: the COGs of every second source (as many as asked for), then the sources. */
export function bucketKeys(shape: Shape, sources: number, cogs: number): Rows<string> {
  const sourceKeys = keysOf(shape, sources);
  const cogKeys = cogsOf(shape, sourceKeys, cogs);
  return rowsOf(cogKeys.length + sourceKeys.length, (index) =>
    index < cogKeys.length ? textAt(cogKeys, index) : textAt(sourceKeys, index - cogKeys.length),
  );
}

/** Numbered names are sorted as they are made, so ten million need no memory. */
function keysOf(shape: Shape, count: number): Rows<string> {
  const random = randomNumbers(1);
  const nameOf: NameOf = NAMES[shape];
  const keyOf = (index: number): string => PREFIXES.sourcePrefix + nameOf(index, count, random);
  if (shape === 'numbered') return rowsOf(count, keyOf);
  return Array.from({ length: count }, (_, index) => keyOf(index)).sort(compareKeys);
}

function cogsOf(shape: Shape, sources: Rows<string>, count: number): Rows<string> {
  const every = Math.floor(sources.length / Math.max(1, count));
  const keyOf = (index: number): string => cogKey(textAt(sources, index * every), PREFIXES);
  if (shape === 'numbered') return rowsOf(count, keyOf);
  return Array.from({ length: count }, (_, index) => keyOf(index)).sort(compareKeys);
}

function textAt(keys: Rows<string>, index: number): string {
  return keys.at(index) ?? '';
}

function digits(value: number, width: number): string {
  return String(value).padStart(width, '0');
}

function hexadecimal(random: () => number, length: number): string {
  return Array.from({ length: length / 8 }, () =>
    Math.floor(random() * 2 ** 32)
      .toString(16)
      .padStart(8, '0'),
  ).join('');
}

function themeOf(index: number): string {
  return THEMES[(Math.imul(index, 0x9e3779b1) >>> 8) % THEMES.length] ?? '';
}

function regionOf(index: number): string {
  return REGIONS[index % REGIONS.length] ?? '';
}

/** Folder `d0000` has every second file, `d0001` every fourth ...; what is left after ten halvings lies in two thousand others. */
function unevenFolder(index: number): string {
  const halvings = Math.log2((index + 1) & -(index + 1));
  const folder = halvings < 10 ? halvings : 1000 + ((Math.imul(index, 0x9e3779b1) >>> 8) % 2000);
  return `d${digits(folder, 4)}`;
}
