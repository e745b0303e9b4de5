// What lies in the directory that stands for the bucket, and the table of it.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative, sep } from 'node:path';
import { BROKEN } from './rasters.mjs';

const COGS = 'cartodb_exports/cogs/';

function keysBelow(bucket, prefix, pattern) {
  const folder = join(bucket, prefix);
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile() && pattern.test(entry.name))
    .map((entry) => relative(bucket, join(entry.parentPath, entry.name)).split(sep).join('/'))
    .sort();
}

/** Keys of the COGs. A hidden name is a file that is still being written. */
export const cogsOf = (bucket) => keysBelow(bucket, COGS, /^[^.].*_cog\.tif$/);

export const sourcesOf = (bucket, prefix) => keysBelow(bucket, prefix, /\.tiff?$/i);

/** The name of the CRS and its EPSG code if it has one, as GDAL reads it. */
function crsOf(file) {
  const { stdout } = spawnSync('gdalinfo', ['-json', file], { encoding: 'utf8' });
  const wkt = stdout === '' ? undefined : JSON.parse(stdout).coordinateSystem?.wkt;
  if (!wkt) return 'none';
  // A bound CRS (one with a datum shift) holds its own CRS first.
  const name = /^(?:BOUNDCRS\[\s*SOURCECRS\[\s*)?\w+\["([^"]*)"/.exec(wkt)?.[1] ?? '?';
  const code = /ID\["EPSG",(\d+)\]\]$/.exec(wkt)?.[1];
  return code === undefined ? name : `${name} (EPSG:${code})`;
}

/** Source key -> COG key, as the results in the bucket tell it. */
function convertedTargets(bucket) {
  const results = keysBelow(bucket, `${COGS}manifests/`, /\.result\.json$/);
  const rows = results.flatMap((key) => JSON.parse(readFileSync(join(bucket, key), 'utf8')).files);
  return new Map(
    rows.filter(({ outcome }) => outcome === 'converted').map(({ source, target }) => [source, target]),
  );
}

const isBroken = (source) => BROKEN.some(({ name }) => source.endsWith(`/${name}`));

function rowOf(source, target, isValid) {
  const row = { name: source.key, before: statSync(source.file).size, crs: crsOf(source.file) };
  if (target === undefined || !existsSync(target)) return { ...row, after: null };
  return { ...row, after: statSync(target).size, cogCrs: crsOf(target), valid: isValid(target) };
}

function faultsOf(row) {
  if (isBroken(row.name)) return row.after === null ? [] : [`${row.name} was to fail`];
  if (row.after === null) return [`${row.name} has no COG`];
  return [
    ...(row.valid ? [] : [`the COG of ${row.name} is not valid`]),
    ...(row.cogCrs === row.crs ? [] : [`${row.name}: CRS ${row.crs} became ${row.cogCrs}`]),
  ];
}

const HEAD = ['File', 'Before', 'After', 'CRS', 'Valid COG'];
const cellsOf = (row) => [
  row.name,
  row.before.toLocaleString('en'),
  row.after === null ? '-' : row.after.toLocaleString('en'),
  row.crs,
  row.after === null ? 'failed, see above' : row.valid ? 'yes' : 'NO',
];

function layOut(rows) {
  const widths = HEAD.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  const isNumber = (column) => column === 1 || column === 2;
  return rows.map((row) =>
    row
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column]) : cell.padEnd(widths[column])))
      .join('  ')
      .trimEnd(),
  );
}

/** Lines of the table (bytes before and after, CRS, validity), and what in it is not as it must be. */
export function fileTable(bucket, prefix, isValid) {
  const targets = convertedTargets(bucket);
  const rows = sourcesOf(bucket, prefix).map((key) => {
    const target = targets.get(key);
    const source = { key, file: join(bucket, key) };
    return rowOf(source, target === undefined ? undefined : join(bucket, target), isValid);
  });
  const shown = rows.map((row) => cellsOf({ ...row, name: row.name.slice(prefix.length) }));
  return { lines: layOut([HEAD, ...shown]), faults: rows.flatMap(faultsOf) };
}
