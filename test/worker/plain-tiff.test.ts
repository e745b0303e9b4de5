import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gdalEnvironment, inspectCommand, sampleCommand, type GdalCommand } from '../../worker/gdal.ts';
import { parseHeader } from '../../worker/parse-header.ts';
import { readPlainSample, readPlainTiff, type PlainTiff } from '../../worker/plain-tiff.ts';
import type { RasterHeader } from '../../worker/raster-header.ts';
import { planSample, sampleType, sampleVrt } from '../../worker/sample.ts';
import { mutantsOf } from '../mutants.ts';
import { comparable } from './headers.ts';
import { fixtureScript } from './worker-lab.ts';

/** Of the golden rasters these must need no GDAL: most rasters of the field are like them. */
const PLAIN = [
  ...['L7_ETMs', 'olinda_dem_utm25s', 'lc', 'landsat_big', 'dem_big', 'landcover_big'],
  ...['byte', 'uint16', 'int16', 'uint32', 'int32', 'uint64', 'int64', 'float32', 'float64'],
  ...[
    'palette',
    'palette_nodata',
    'nodata_int',
    'nodata_float',
    'nodata_nan',
    'rgb',
    'rgba',
    'mask_internal',
  ],
  ...['crs_geographic', 'crs_mercator', 'crs_albers', 'crs_british', 'crs_new_zealand', 'crs_custom_laea'],
  ...['point', 'scaled', 'bands40', 'tiled_deflate', 'bigtiff', 'big_endian', 'sparse', 'already_cog'],
];
/** Blocks that are absent, cut off or as large as the raster are GDAL's to read; 64-bit integers are sampled as doubles. */
const SAMPLED_BY_GDAL = ['uint64', 'int64', 'sparse', 'truncated', 'truncated_tiles'];

const SMALL_BYTES = 300_000;
const MUTANTS = 400;
const SEED = 20_260_202;

let folder: string;
let plain: ReadonlyMap<string, PlainTiff>;

const file = (name: string): string => join(folder, `${name}.tif`);

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-plain-'));
  fixtureScript('make-rasters.py', [folder]);
  const names = readdirSync(folder).flatMap((name) => /^(.*)\.tif$/.exec(name)?.[1] ?? []);
  const all = await Promise.all(names.map(async (name) => [name, await readPlainTiff(file(name))] as const));
  plain = new Map(all.flatMap(([name, one]) => (one === null ? [] : [[name, one]])));
}, 120_000);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

function gdal({ command, args }: GdalCommand, sidecars = false): Buffer {
  const search = { PATH: process.env['PATH'] ?? '' };
  const env = gdalEnvironment({ scratch: folder, threads: 1, cacheMiB: 64, sidecars, search });
  return execFileSync(command, args, { env, stdio: ['ignore', 'pipe', 'ignore'], maxBuffer: 1e8 });
}

/** Null where GDAL reads no header, or none that can be parsed. */
function gdalSays(path: string): RasterHeader | null {
  try {
    return parseHeader(gdal(inspectCommand(path)));
  } catch {
    return null;
  }
}

describe('readPlainTiff', () => {
  it('needs no GDAL for rasters as most are', () => {
    expect(PLAIN.filter((name) => !plain.has(name))).toEqual([]);
  });

  it('leaves to GDAL what is odd or damaged', () => {
    const odd = [
      'no_crs',
      'gcps',
      'rotated',
      'crs_compound',
      'bits1',
      'complex_int16',
      'jpeg',
      'names_other_file',
    ];
    expect(odd.filter((name) => plain.has(name))).toEqual([]);
  });

  it('leaves one large strip to GDAL, which reads it in small pieces', async () => {
    const place = ['-a_srs', 'EPSG:32633', '-a_ullr', '500000', '5000000', '511000', '4990000'];
    const made = ['-q', '-of', 'GTiff', '-outsize', '1100', '1000', '-bands', '1', '-co', 'BLOCKYSIZE=1000'];
    execFileSync('gdal_create', [...made, ...place, file('one_strip')]);
    expect(await readPlainTiff(file('one_strip'))).toBeNull();
    const { bands } = parseHeader(gdal(inspectCommand(file('one_strip'))));
    expect(bands[0]?.block[1]).toBeLessThan(10);
  });

  it('says of every golden raster that it reads what gdalinfo says', () => {
    for (const [name, { header }] of plain) {
      const other = parseHeader(gdal(inspectCommand(file(name))));
      expect({ name, header: comparable(header) }).toEqual({ name, header: comparable(other) });
    }
  }, 120_000);

  it('samples the pixels that GDAL samples', async () => {
    for (const [name, { header }] of plain) {
      const plan = planSample(header);
      if (plan === null) throw new Error(`${name} has no sample`);
      const bytes = await readPlainSample(file(name), header, plan);
      if (SAMPLED_BY_GDAL.includes(name)) expect({ name, bytes }).toEqual({ name, bytes: null });
      else {
        writeFileSync(join(folder, 'sample.vrt'), sampleVrt(header, plan, `${name}.tif`));
        const raw = join(folder, 'sample.raw');
        // ENVI looks for the header that it has just written
        gdal(sampleCommand(join(folder, 'sample.vrt'), raw, sampleType(header)), true);
        expect({ name, isSame: readFileSync(raw).equals(bytes ?? Buffer.alloc(0)) }).toEqual({
          name,
          isSame: true,
        });
      }
    }
  }, 120_000);

  it('reads nothing but null or a header out of a file that ends anywhere', async () => {
    const whole = readFileSync(file('palette_nodata'));
    for (let length = 0; length < 2048; length += 61) {
      writeFileSync(join(folder, 'cut'), whole.subarray(0, length));
      expect([null, 'Byte']).toContain(
        (await readPlainTiff(join(folder, 'cut')))?.header.bands[0]?.type ?? null,
      );
    }
  });

  it('says nothing of a damaged file that gdalinfo denies, and takes no harm from any', async () => {
    const files = [...plain.keys()]
      .map((name) => readFileSync(file(name)))
      .filter(({ length }) => length < SMALL_BYTES);
    for (const [at, bytes] of mutantsOf(files, MUTANTS, SEED).entries()) {
      writeFileSync(file('mutant'), bytes);
      const found = await readPlainTiff(file('mutant'));
      if (found === null) continue;
      const plan = planSample(found.header);
      if (plan !== null) await readPlainSample(file('mutant'), found.header, plan);
      const told = gdalSays(file('mutant'));
      if (told !== null)
        expect({ at, header: comparable(found.header) }).toEqual({ at, header: comparable(told) });
    }
  }, 240_000);
});
