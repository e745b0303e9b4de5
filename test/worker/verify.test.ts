import { describe, expect, it } from 'vitest';
import { FileFailure } from '../../worker/file-failure.ts';
import type { BandHeader, RasterHeader } from '../../worker/raster-header.ts';
import { verifyCog } from '../../worker/verify.ts';
import { bandOf, headerOf } from './headers.ts';

const band = bandOf({ overviewSizes: [[500, 400]] });
const utm = (meridian: number): string =>
  `PROJCRS["a",BASEGEOGCRS["b"],CONVERSION["c",METHOD["Transverse Mercator"],PARAMETER["Longitude of natural origin",${String(meridian)}]]]`;
const cog = headerOf({ crs: utm(15), compression: 'LZW', bands: [band] });
const source = headerOf({ crs: utm(15), bands: [bandOf({ block: [1000, 8] })] });

function codeOf(from: RasterHeader, to: RasterHeader): string {
  try {
    verifyCog(from, to, 'LZW');
    return 'equal';
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    return error.code;
  }
}

const cogWith = (rest: Partial<RasterHeader>): RasterHeader => ({ ...cog, ...rest });
const cogBand = (rest: Partial<BandHeader>): RasterHeader => cogWith({ bands: [{ ...band, ...rest }] });
const sourceBand = (rest: Partial<BandHeader>): RasterHeader => ({ ...source, bands: [bandOf(rest)] });

describe('verifyCog', () => {
  it('passes a COG that is equal to its source', () => {
    expect(codeOf(source, cog)).toBe('equal');
  });

  it.each<[string, RasterHeader]>([
    ['no CRS', cogWith({ crs: null })],
    ['another CRS', cogWith({ crs: utm(21) })],
    ['another order of axes', cogWith({ axisMapping: [2, 1] })],
    ['another epoch', cogWith({ coordinateEpoch: 2020.5 })],
    ['its CRS at its control points', cogWith({ isCrsOfGcps: true })],
  ])('is crs-changed for %s', (_, changed) => {
    expect(codeOf(source, changed)).toBe('crs-changed');
  });

  it.each<[string, RasterHeader]>([
    ['another size', cogWith({ width: 999 })],
    ['another geotransform', cogWith({ geoTransform: [500000, 10, 0, 5000000.01, 0, -10] })],
    ['no geotransform', cogWith({ geoTransform: null })],
    ['other control points', cogWith({ gcps: [[1, 2, 3, 4, 5]] })],
    ['RPCs', cogWith({ hasRpc: true })],
    ['pixels as points', cogWith({ pixelIs: 'Point' })],
    ['one band more', cogWith({ bands: [band, band] })],
    ['another type', cogBand({ type: 'UInt16' })],
    ['nodata', cogBand({ nodata: '0' })],
    ['a colour table', cogBand({ palette: '[[0,0,0,255]]' })],
    ['alpha', cogBand({ isAlpha: true })],
    ['a mask', cogBand({ maskFlags: ['PER_DATASET'] })],
  ])('is structure-changed for %s', (_, changed) => {
    expect(codeOf(source, changed)).toBe('structure-changed');
  });

  it.each<[string, RasterHeader]>([
    ['another compression', cogWith({ compression: 'DEFLATE' })],
    ['strips', cogBand({ block: [1000, 8] })],
    ['no overviews', cogBand({ overviewSizes: [] })],
    ['overviews that end too large', cogBand({ overviewSizes: [[800, 640]] })],
  ])('is not-a-cog for %s', (_, changed) => {
    expect(codeOf(source, changed)).toBe('not-a-cog');
  });

  it.each([
    ['1', '1.0'],
    ['NaN', 'NaN'],
    ['-3.4028234663852886e+38', '-3.40282346638528860e38'],
  ])('takes nodata %s and %s for equal', (one, other) => {
    expect(codeOf(sourceBand({ nodata: one }), cogBand({ nodata: other }))).toBe('equal');
  });

  it('forgives rounding in the geotransform, and a source that tells no order of axes', () => {
    const rounded = cogWith({ geoTransform: [500000.0000001, 10, 0, 5000000, 0, -10] });
    expect(codeOf(source, rounded)).toBe('equal');
    expect(codeOf({ ...source, axisMapping: [] }, cog)).toBe('equal');
  });

  it('wants no overviews of a raster that is one tile', () => {
    const small = { width: 512, height: 300 };
    expect(codeOf({ ...source, ...small }, { ...cogBand({ overviewSizes: [] }), ...small })).toBe('equal');
  });
});
