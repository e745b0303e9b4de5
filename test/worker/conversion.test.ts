import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS, type VerifyLevel } from '../../src/contract/options.ts';
import { convertLocal, type Converted } from '../../worker/conversion.ts';
import type { GdalRunner } from '../../worker/gdal-runner.ts';
import { LOCAL_SOURCE } from '../../worker/gdal.ts';
import { ResourceGate } from '../../worker/resource-gate.ts';
import { budgetOf } from '../../worker/schedule.ts';
import { gdalHere } from './gdal-here.ts';

let folder: string;
let gdal: GdalRunner;
const { signal } = new AbortController();

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-conversion-'));
  gdal = await gdalHere(folder, { converts: true });
});

afterEach(async () => {
  await gdal.close();
  rmSync(folder, { recursive: true, force: true });
});

/** A raster of 4 x 2 pixels; `band` is put into its band's description. */
function raster(name: string, values: string, band = ''): string {
  const vrt = join(folder, `${name}.vrt`);
  const grid = join(folder, `${name}.asc`);
  writeFileSync(grid, `ncols 4\nnrows 2\nxllcorner 500000\nyllcorner 5000000\ncellsize 10\n${values}\n`);
  const source = `<SimpleSource><SourceFilename relativeToVRT="1">${name}.asc</SourceFilename></SimpleSource>`;
  const place = '<SRS>EPSG:32633</SRS><GeoTransform>500000,10,0,5000020,0,-10</GeoTransform>';
  writeFileSync(
    vrt,
    `<VRTDataset rasterXSize="4" rasterYSize="2">${place}<VRTRasterBand dataType="Int16" band="1">${band}${source}</VRTRasterBand></VRTDataset>`,
  );
  execFileSync('gdal_translate', ['-q', vrt, join(folder, name)]);
  return join(folder, name);
}

function convert(
  runner: GdalRunner,
  verify: VerifyLevel = 'pixels',
  sidecars: readonly string[] = [],
): Promise<Converted> {
  const options = { ...DEFAULT_OPTIONS, verify };
  const gate = new ResourceGate(budgetOf(options), signal);
  const room = {
    folder,
    tryMore: () => Promise.resolve(true),
    waitForMore: () => Promise.resolve(),
  };
  const tools = { gdal: runner, gate, options, signal, filesLeft: () => 1 };
  return convertLocal(tools, room, sidecars, (_, work) => work());
}

describe('convertLocal', () => {
  it('with VERIFY=pixels passes a COG of equal pixels and refuses a tampered one', async () => {
    const source = raster(LOCAL_SOURCE, '1 2 3 4\n5 6 7 8');
    const other = raster('other.tif', '1 2 3 4\n5 6 7 9');
    const tampering: GdalRunner = {
      ...gdal,
      translate: (request, limits) => {
        expect(request.source).toBe(source);
        return gdal.translate({ ...request, source: other }, limits);
      },
    };
    expect((await convert(gdal)).crs).toBe('EPSG:32633');
    // all but the pixels is as it was
    expect((await convert(tampering, 'structure')).crs).toBe('EPSG:32633');
    await expect(convert(tampering)).rejects.toMatchObject({ code: 'pixels-changed' });
  });

  it('refuses a raster whose description is longer than is kept, and does not call it damaged', async () => {
    raster(LOCAL_SOURCE, '1 2 3 4\n5 6 7 8');
    const item = `<MDI key="long">${'x'.repeat(65 * 1024 * 1024)}</MDI>`;
    const pam = `<PAMDataset><Metadata>${item}</Metadata></PAMDataset>`;
    writeFileSync(join(folder, `${LOCAL_SOURCE}.aux.xml`), pam);
    await expect(convert(gdal, 'structure', [`${LOCAL_SOURCE}.aux.xml`])).rejects.toMatchObject({
      code: 'unsupported',
      message: expect.stringMatching(/^gdalinfo wrote more than 64 MiB on it: /) as string,
    });
  });

  it('warns of statistics that are of other pixels', async () => {
    const statistics = (maximum: number): string =>
      `<Metadata><MDI key="STATISTICS_MINIMUM">1</MDI><MDI key="STATISTICS_MAXIMUM">${String(maximum)}</MDI></Metadata>`;
    raster(LOCAL_SOURCE, '1 2 3 4\n5 6 7 8', statistics(7));
    expect((await convert(gdal)).warnings.map(({ code }) => code)).toEqual(['stale-statistics']);
    raster(LOCAL_SOURCE, '1 2 3 4\n5 6 7 8', statistics(8));
    expect((await convert(gdal)).warnings).toEqual([]);
  });
});
