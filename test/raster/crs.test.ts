import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { crsLabel, sameCrs } from '../../src/raster/crs.ts';
import { pythonWithGdal } from '../worker/worker-lab.ts';

const CODES = [
  ...[
    4326, 4258, 4269, 4267, 4277, 4283, 4674, 4979, 3857, 3395, 32633, 32733, 32634, 25833, 31985, 26917,
    26918, 32617,
  ],
  ...[
    5070, 2193, 27700, 2264, 28992, 2154, 3035, 3031, 3413, 6933, 8857, 21781, 2056, 31467, 3005, 3347, 7844,
    4937,
  ],
].map((code) => `EPSG:${String(code)}`);
const OTHERS = [
  'ESRI:54009',
  'ESRI:102003',
  'ESRI:54012',
  'EPSG:32633+5773',
  'EPSG:32633+3855',
  'EPSG:27700+5701',
  '+proj=laea +lat_0=13.37 +lon_0=21.5 +datum=WGS84 +units=m',
  '+proj=laea +lat_0=13.38 +lon_0=21.5 +datum=WGS84 +units=m',
  '+proj=moll +R=6371228 +units=m',
  '+proj=longlat +R=3396190',
  '+proj=utm +zone=33 +datum=WGS84',
  '+proj=utm +zone=33 +datum=WGS84 +units=us-ft',
];

/** WKT of each CRS and GDAL's own verdict on each pair. */
const PYTHON = `
import json, sys
from osgeo import osr
osr.UseExceptions()
crss = []
for code in json.load(sys.stdin):
    one = osr.SpatialReference(); one.SetFromUserInput(code); one.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER); crss.append(one)
print(json.dumps({'wkt': [one.ExportToWkt(['FORMAT=WKT2_2019']) for one in crss],
  'same': [[bool(a.IsSame(b, ['IGNORE_DATA_AXIS_TO_SRS_AXIS_MAPPING=YES'])) for b in crss] for a in crss]}))`;

describe('sameCrs', () => {
  const names = [...CODES, ...OTHERS];
  const { wkt, same } = JSON.parse(
    execFileSync(pythonWithGdal(), ['-c', PYTHON], { input: JSON.stringify(names), encoding: 'utf8' }),
  ) as { wkt: string[]; same: boolean[][] };

  it.each(names.map((name, at) => ({ name, at })))(
    'judges $name against all others as GDAL does',
    ({ at }) => {
      const verdicts = wkt.map((other) => sameCrs(wkt[at] ?? '', other));
      expect(names.filter((_, other) => verdicts[other])).toEqual(
        names.filter((_, other) => same[at]?.[other]),
      );
    },
  );

  it('takes no text that is not WKT', () => {
    expect(sameCrs('GEOGCRS["a"', 'GEOGCRS["a"]')).toBe(false);
    expect(sameCrs('', 'x')).toBe(false);
  });
});

describe('crsLabel', () => {
  it('is the id of the CRS itself, not of its base', () => {
    expect(crsLabel('PROJCRS["mine",BASEGEOGCRS["WGS 84",ID["EPSG",4326]],ID["EPSG",32633]]')).toBe(
      'EPSG:32633',
    );
    expect(crsLabel('PROJCRS["mine",BASEGEOGCRS["WGS 84",ID["EPSG",4326]]]')).toBe('mine');
  });
});
