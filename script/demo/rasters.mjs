// The demo's sources: the real rasters of test/fixtures/rasters under the Python tool's names, larger ones warped from
// them by GDAL, one without CRS and one truncated.
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, statSync, truncateSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const fixtures = fileURLToPath(new URL('../../test/fixtures/rasters/', import.meta.url));

const LANDSAT = 'L7_ETMs.tif';
const ELEVATION = 'olinda_dem_utm25s.tif';
const LAND_COVER = 'lc.tif';

/** Copied as they are, with the sidecar that belongs to them. */
const COPIES = [
  [LANDSAT, 'public_olinda_landsat.tif', []],
  [ELEVATION, 'public_olinda_elevation.tif', ['.aux.xml']],
  [LAND_COVER, 'cdb_importer_land_cover.tif', ['.aux.xml']],
];

/** Warped: source, name, GDAL's arguments. Class rasters by nearest neighbour, so that no class is made up. */
const WARPED = [
  [LANDSAT, 'brazil/public_landsat_3m.tif', ['-tr', '3', '3', '-r', 'cubic']],
  [LANDSAT, 'brazil/public_landsat_5m.tif', ['-tr', '5', '5', '-r', 'cubic']],
  [
    LANDSAT,
    'brazil/public_landsat_mercator.TIFF',
    ['-t_srs', 'EPSG:3857', '-tr', '6', '6', '-r', 'bilinear'],
  ],
  [LANDSAT, 'brazil/public_landsat_wgs84.tif', ['-t_srs', 'EPSG:4326', '-tr', '0.00005', '0.00005']],
  [ELEVATION, 'brazil/public_elevation_3m.tif', ['-tr', '3', '3', '-r', 'cubicspline']],
  [ELEVATION, 'brazil/cdb_importer_elevation_wgs84.tif', ['-t_srs', 'EPSG:4326', '-r', 'bilinear']],
  [ELEVATION, 'brazil/public_elevation_whole_metres.tif', ['-tr', '6', '6', '-ot', 'Int16', '-r', 'average']],
  [LAND_COVER, 'usa/cdb_importer_land_cover_75m.tif', ['-tr', '75', '75', '-r', 'near']],
  [
    LAND_COVER,
    'usa/public_land_cover_mercator.tif',
    ['-t_srs', 'EPSG:3857', '-tr', '100', '100', '-r', 'near'],
  ],
];

/** Files that must fail, and the code that they must fail with. */
export const BROKEN = [
  { name: 'public_no_crs.tif', code: 'no-crs' },
  { name: 'cdb_importer_truncated.tif', code: 'unreadable' },
];

function gdal(program, args) {
  const { status, stderr, error } = spawnSync(program, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${error?.message ?? stderr}`);
}

/** Fills the folder; returns how many rasters it holds. */
export function makeSources(folder) {
  const place = (name) => {
    mkdirSync(dirname(join(folder, name)), { recursive: true });
    return join(folder, name);
  };
  for (const [from, name, sidecars] of COPIES) {
    for (const suffix of ['', ...sidecars])
      copyFileSync(`${fixtures}${from}${suffix}`, place(`${name}${suffix}`));
  }
  for (const [from, name, args] of WARPED)
    gdal('gdalwarp', ['-q', ...args, `${fixtures}${from}`, place(name)]);
  const [noCrs, truncated] = BROKEN.map(({ name }) => place(name));
  // The baseline profile has no GeoTIFF keys; without PAM GDAL cannot put the CRS into a sidecar instead.
  const bare = ['-co', 'PROFILE=BASELINE', '--config', 'GDAL_PAM_ENABLED', 'NO'];
  gdal('gdal_translate', ['-q', ...bare, `${fixtures}${ELEVATION}`, noCrs]);
  copyFileSync(place('brazil/public_landsat_5m.tif'), truncated);
  truncateSync(truncated, Math.floor(statSync(truncated).size / 2));
  return COPIES.length + WARPED.length + BROKEN.length;
}
