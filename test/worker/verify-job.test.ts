import { copyFileSync, mkdirSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { REQUEST_VERSION, type VerifiedFile, type VerifyRequest } from '../../src/contract/verification.ts';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import type { ReadOptions } from '../../src/storage/object-store.ts';
import { gdalHere } from './gdal-here.ts';
import { Scratch } from '../../worker/scratch.ts';
import { runVerify } from '../../worker/verify-job.ts';
import { runPython } from '../python.ts';
import { keysOf, openLab, pythonWithGdal, type Lab } from './worker-lab.ts';

const RASTERS = 'test/fixtures/rasters';
const ROW = { source: 'src/a.tif', target: 'cogs/a_cog.tif', sidecars: [] };

/** A large raster as source, with what may lie beside one, and its COG. */
const PYTHON = `
import sys
import numpy as np
from osgeo import gdal
gdal.UseExceptions()
folder = sys.argv[1]
data = gdal.GetDriverByName('GTiff').Create(f'{folder}/src/a.tif', 2000, 1500, 1, gdal.GDT_Byte)
data.SetProjection('EPSG:32633')
data.SetGeoTransform((500000, 10, 0, 5000000, 0, -10))
data.GetRasterBand(1).WriteArray(np.random.default_rng(3).integers(0, 250, (1500, 2000)).astype('uint8'))
gdal.SetConfigOption('GDAL_TIFF_INTERNAL_MASK', 'NO')
data.CreateMaskBand(gdal.GMF_PER_DATASET)
data.GetRasterBand(1).GetMaskBand().Fill(255)
data = None
gdal.GetDriverByName('COG').CreateCopy(f'{folder}/cogs/a_cog.tif', gdal.Open(f'{folder}/src/a.tif'), options=['COMPRESS=LZW'])
`;

/** Counts the bytes that are read of each key. */
class CountingStore extends DirectoryStore {
  readonly bytes = new Map<string, number>();

  override async readRange(
    key: string,
    offset: number,
    length: number,
    options?: ReadOptions,
  ): Promise<Uint8Array> {
    const bytes = await super.readRange(key, offset, length, options);
    this.bytes.set(key, (this.bytes.get(key) ?? 0) + bytes.length);
    return bytes;
  }

  override download(key: string): Promise<never> {
    return Promise.reject(new Error(`${key} was fetched whole`));
  }
}

let lab: Lab;

beforeEach(() => {
  lab = openLab();
  for (const name of ['src', 'cogs']) mkdirSync(join(lab.folder, name));
});

afterEach(() => {
  lab.remove();
});

async function verified(
  files: VerifyRequest['files'],
  { store = lab.store, signal = new AbortController().signal, pixels = false } = {},
): Promise<VerifiedFile[]> {
  const scratch = await Scratch.open(`${lab.folder}/scratch`);
  const found: VerifiedFile[] = [];
  try {
    const gdal = await gdalHere(scratch.folder);
    const how = {
      version: REQUEST_VERSION,
      pixels,
      vcpus: 2,
      memoryMiB: 2048,
      fileTimeoutSeconds: null,
    } as const;
    await runVerify({ ...how, files }, { store, scratch, gdal, signal, onFile: (file) => found.push(file) });
    return found;
  } finally {
    await scratch.close();
  }
}

describe('runVerify', () => {
  it('reads headers alone unless pixels are wanted, of a mask beside the source too', async () => {
    runPython(pythonWithGdal(), PYTHON, [lab.folder]);
    const store = new CountingStore(lab.folder);
    const [found] = await verified([{ ...ROW, sidecars: ['src/a.tif.msk'] }], { store });
    expect(found).toMatchObject({ outcome: 'verified', differences: [], isSourceNewer: false });
    for (const key of [ROW.source, ROW.target]) {
      expect(store.bytes.get(key)).toBeLessThan(statSync(join(lab.folder, key)).size / 5);
    }
  });

  it('counts a mask beside the source as its own', async () => {
    runPython(pythonWithGdal(), PYTHON, [lab.folder]);
    const [bare] = await verified([ROW], { pixels: true });
    expect(bare?.differences.map(({ check }) => check)).toEqual(['mask']);
    const [whole] = await verified([{ ...ROW, sidecars: ['src/a.tif.msk'] }], { pixels: true });
    expect(whole?.outcome).toBe('verified');
  });

  it('says what cannot be checked, and why', async () => {
    copyFileSync(join(RASTERS, 'lc.tif'), join(lab.folder, ROW.target));
    await lab.store.writeText(ROW.source, 'no raster', { condition: 'always', contentType: 'text/plain' });
    const rows = [ROW, { ...ROW, target: 'cogs/b_cog.tif' }];
    const found = await verified(rows);
    expect(
      Object.fromEntries(found.map(({ target, outcome, reason }) => [target, [outcome, reason]])),
    ).toEqual({
      'cogs/a_cog.tif': ['unchecked', expect.stringMatching(/^the source: /)],
      'cogs/b_cog.tif': ['unchecked', 'the COG is not there any more'],
    });
  });

  it('leaves nothing in the bucket and in its scratch, and tells nothing after it was told to stop', async () => {
    runPython(pythonWithGdal(), PYTHON, [lab.folder]);
    expect(await verified([ROW], { signal: AbortSignal.abort() })).toEqual([]);
    await verified([ROW]);
    expect((await keysOf(lab.store, '')).sort()).toEqual([ROW.target, ROW.source, 'src/a.tif.msk']);
  });
});
