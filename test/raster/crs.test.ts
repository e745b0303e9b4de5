import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { crsLabel, sameCrs } from '../../src/raster/crs.ts';
import { pythonWithGdal } from '../worker/worker-lab.ts';

/** By authority, and in groups of what could be mixed up: one zone in several datums, one datum in several zones, one method in several units. */
const CODES = [
  // geographic: 2D and 3D, one datum in realisations, old datums, other meridians and units
  ...[
    4326, 4979, 9057, 4258, 4937, 4269, 4267, 4277, 4283, 7844, 4674, 4171, 4807, 4275, 4313, 4314, 4322,
    4760,
  ],
  // geocentric
  ...[4978, 4936],
  // projected: transverse Mercator and kin
  ...[
    32633, 32733, 32634, 25833, 31985, 26917, 26918, 32617, 23033, 31467, 27700, 2193, 2393, 3006, 29902,
    28356, 3857, 3395, 3832,
  ],
  // other methods, feet, axes north-east and south
  ...[
    5070, 2264, 32119, 2230, 26946, 28992, 2154, 27572, 3035, 3034, 3031, 3413, 3995, 32661, 5041, 6933, 6931,
    8857, 21781, 2056, 3005, 3347, 2048, 22275, 3079,
  ],
  // vertical alone and compound
  ...[5773, 3855, 5703, 6360, 7415, 5972, 5698],
].map((code) => `EPSG:${String(code)}`);

const OTHERS = [
  ...[
    'ESRI:54009',
    'ESRI:54012',
    'ESRI:54030',
    'ESRI:53009',
    'ESRI:102001',
    'ESRI:102003',
    'ESRI:102008',
    'ESRI:102100',
    'ESRI:104905',
  ],
  ...[
    'EPSG:32633+5773',
    'EPSG:32633+3855',
    'EPSG:32634+5773',
    'EPSG:27700+5701',
    'EPSG:2264+6360',
    'EPSG:4326+5773',
  ],
  '+proj=laea +lat_0=13.37 +lon_0=21.5 +datum=WGS84 +units=m',
  '+proj=laea +lat_0=13.38 +lon_0=21.5 +datum=WGS84 +units=m',
  '+proj=laea +lat_0=13.37 +lon_0=21.5 +ellps=GRS80 +units=m',
  '+proj=lcc +lat_1=49 +lat_2=44 +lat_0=46.5 +lon_0=3 +ellps=GRS80 +units=m',
  '+proj=lcc +lat_1=44 +lat_2=49 +lat_0=46.5 +lon_0=3 +ellps=GRS80 +units=m',
  '+proj=lcc +lat_1=46.5 +lat_2=46.5 +lat_0=46.5 +lon_0=3 +ellps=GRS80 +units=m',
  '+proj=lcc +lat_1=46.5 +lat_0=46.5 +lon_0=3 +ellps=GRS80 +units=m',
  '+proj=aea +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 +datum=NAD83',
  '+proj=aea +lat_1=45.5 +lat_2=29.5 +lat_0=23 +lon_0=-96 +datum=NAD83',
  '+proj=eqdc +lat_1=29.5 +lat_2=45.5 +lat_0=23 +lon_0=-96 +datum=NAD83',
  '+proj=eqdc +lat_1=45.5 +lat_2=29.5 +lat_0=23 +lon_0=-96 +datum=NAD83',
  '+proj=merc +lat_ts=41 +ellps=GRS80',
  '+proj=stere +lat_0=-90 +lat_ts=-71 +lon_0=0 +datum=WGS84',
  '+proj=tmerc +lat_0=0 +lon_0=15 +k=0.9996 +x_0=500000 +datum=WGS84',
  '+proj=tmerc +lat_0=0 +lon_0=15 +k=0.9999 +x_0=500000 +datum=WGS84',
  '+proj=utm +zone=33 +datum=WGS84',
  '+proj=utm +zone=33 +datum=WGS84 +units=us-ft',
  '+proj=utm +zone=33 +datum=WGS84 +units=ft',
  '+proj=utm +zone=33 +datum=WGS84 +units=km',
  '+proj=utm +zone=33 +ellps=intl +towgs84=-87,-98,-121,0,0,0,0',
  '+proj=utm +zone=33 +ellps=intl +towgs84=-87,-98,-122,0,0,0,0',
  '+proj=longlat +datum=WGS84 +pm=paris',
  '+proj=longlat +ellps=bessel',
  '+proj=geos +h=35785831 +lon_0=0 +sweep=y',
  '+proj=geos +h=35785831 +lon_0=0 +sweep=x',
  // other bodies, as bodies of their own and as bare radii
  ...['IAU_2015:30100', 'IAU_2015:49900', 'IAU_2015:49910', 'IAU_2015:19900', 'IAU_2015:49901'],
  ...[
    '+proj=longlat +R=3396190',
    '+proj=longlat +R=1737400',
    '+proj=moll +R=6371228',
    '+proj=eqc +R=3396190',
  ],
  '+proj=longlat +a=3396190 +b=3376200',
  // axes, names and ways of writing
  'GEOGCS["mine",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]]',
  'GEOGCS["mine",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["grad",0.0157079632679489]]',
  'GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]]',
  'PROJCS["WGS_1984_UTM_Zone_33N",GEOGCS["GCS_WGS_1984",DATUM["D_WGS_1984",SPHEROID["WGS_1984",6378137.0,298.257223563]],PRIMEM["Greenwich",0.0],UNIT["Degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["False_Easting",500000.0],PARAMETER["False_Northing",0.0],PARAMETER["Central_Meridian",15.0],PARAMETER["Scale_Factor",0.9996],PARAMETER["Latitude_Of_Origin",0.0],UNIT["Meter",1.0]]',
  'PROJCS["swapped",GEOGCS["WGS 84",DATUM["WGS_1984",SPHEROID["WGS 84",6378137,298.257223563]],PRIMEM["Greenwich",0],UNIT["degree",0.0174532925199433]],PROJECTION["Transverse_Mercator"],PARAMETER["latitude_of_origin",0],PARAMETER["central_meridian",15],PARAMETER["scale_factor",0.9996],PARAMETER["false_easting",500000],PARAMETER["false_northing",0],UNIT["metre",1],AXIS["Northing",NORTH],AXIS["Easting",EAST]]',
  'LOCAL_CS["site",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]',
  'LOCAL_CS["other site",UNIT["metre",1],AXIS["Easting",EAST],AXIS["Northing",NORTH]]',
  'LOCAL_CS["site",UNIT["foot",0.3048],AXIS["Easting",EAST],AXIS["Northing",NORTH]]',
];

/** WKT of each CRS, and GDAL's own verdict on each pair of these texts. */
const PYTHON = `
import json, sys
from osgeo import osr
osr.UseExceptions()
def parsed(text):
    one = osr.SpatialReference(); one.SetFromUserInput(text); one.SetAxisMappingStrategy(osr.OAMS_TRADITIONAL_GIS_ORDER); return one
wkt = [parsed(code).ExportToWkt(['FORMAT=WKT2_2019']) for code in json.load(sys.stdin)]
crss = [parsed(text) for text in wkt]
print(json.dumps({'wkt': wkt,
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

  it('goes by the content where two bear one id', () => {
    const utm = wkt[names.indexOf('EPSG:32633')] ?? '';
    const shifted = utm.replace('"False easting",500000', '"False easting",600000');
    expect(shifted).not.toBe(utm);
    expect(sameCrs(utm, shifted)).toBe(false);
  });

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
