import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Difference } from '../../src/contract/verification.ts';
import type { GdalRunner } from '../../worker/gdal-runner.ts';
import { gdalHere } from './gdal-here.ts';
import { readHeader } from '../../worker/inspect.ts';
import { pixelDifferences } from '../../worker/pixels.ts';
import { runPython } from '../python.ts';
import { openLab, pythonWithGdal, type Lab } from './worker-lab.ts';

/** Two rasters each, of one structure: `one/NAME.tif` is the original. */
const PYTHON = `
import sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', 'YES')
folder = sys.argv[1]
random = np.random.default_rng(1)
def write(name, dtype, a, b, mask=None, options=()):
    for place, bands, valid in (('one', a, mask and mask[0]), ('two', b, mask and mask[1])):
        h, w = bands[0].shape
        data = gdal.GetDriverByName('GTiff').Create(f'{folder}/{place}/{name}.tif', w, h, len(bands), dtype, ['COMPRESS=LZW', *options])
        for at, band in enumerate(bands):
            data.GetRasterBand(at + 1).WriteArray(band)
        if mask:
            data.CreateMaskBand(gdal.GMF_PER_DATASET)
            data.GetRasterBand(1).GetMaskBand().WriteArray(valid)
def changed(array, at, value):
    copy = array.copy(); copy[at] = value
    return copy
chance = random.random((200, 300)).astype('float32')
write('equal', gdal.GDT_Float32, [chance], [chance], options=['TILED=YES', 'BLOCKXSIZE=256', 'BLOCKYSIZE=128'])
write('fraction', gdal.GDT_Float32, [chance], [changed(chance, (17, 5), chance[17, 5] + 1e-6)])
write('nan', gdal.GDT_Float32, [chance], [changed(chance, (0, 0), np.nan)])
rgb = [random.integers(0, 60000, (90, 70)).astype('uint16') for _ in range(3)]
write('third_band', gdal.GDT_UInt16, rgb, [rgb[0], rgb[1], changed(rgb[2], (89, 69), 60001)], options=['INTERLEAVE=PIXEL'])
write('swapped_bands', gdal.GDT_UInt16, rgb, [rgb[1], rgb[0], rgb[2]])
valid = np.full((90, 70), 255, 'uint8')
write('mask', gdal.GDT_UInt16, rgb, rgb, mask=(valid, changed(valid, (44, 3), 0)))
`;

let lab: Lab;
let gdal: GdalRunner;
let runs: string[];

const LIMITS = { threads: 1, cacheMiB: 32, timeoutMs: 60_000 };

beforeAll(async () => {
  lab = openLab();
  for (const place of ['one', 'two']) mkdirSync(join(lab.folder, place));
  runPython(pythonWithGdal(), PYTHON, [lab.folder]);
  const found = await gdalHere(lab.folder);
  gdal = {
    ...found,
    run: (command, limits) => {
      if (command.args.includes('/vsistdout/')) runs.push(limits.folder);
      return found.run(command, limits);
    },
  };
});

afterAll(() => {
  lab.remove();
});

async function differences(name: string): Promise<readonly Difference[]> {
  runs = [];
  const [one, two] = await Promise.all(
    ['one', 'two'].map(async (place) => {
      const folder = join(lab.folder, place);
      const file = join(folder, `${name}.tif`);
      return {
        file,
        sidecars: true,
        header: await readHeader(gdal, file, { ...LIMITS, folder, sidecars: true }),
      };
    }),
  );
  if (one === undefined || two === undefined) throw new Error('two rasters make a pair');
  return await pixelDifferences(gdal, one, two, LIMITS);
}

describe('pixelDifferences', () => {
  it('finds none where all pixels are equal, and decodes each raster once', async () => {
    expect(await differences('equal')).toEqual([]);
    expect(runs).toEqual([join(lab.folder, 'one'), join(lab.folder, 'two')]);
  });

  it.each([
    ['fraction', 'pixels', '1 of 200 rows differ, the first is row 17'],
    ['nan', 'pixels', '1 of 200 rows differ, the first is row 0'],
    ['third_band', 'pixels', '1 of 90 rows differ, the first is row 89'],
    ['swapped_bands', 'pixels', '90 of 90 rows differ, the first is row 0'],
    ['mask', 'mask', '1 of 90 rows differ, the first is row 44'],
  ])('sees the difference: %s', async (name, check, message) => {
    expect(await differences(name)).toEqual([{ check, message }]);
  });
});
