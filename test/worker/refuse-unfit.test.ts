import { describe, expect, it } from 'vitest';
import { refuseUnfit } from '../../worker/refuse-unfit.ts';
import { bandOf, headerOf } from './headers.ts';

const palette = '[[0,0,0,255]]';

/** A raster of so many bands whose first has a colour table. */
const coloured = (type: string, count: number): ReturnType<typeof headerOf> =>
  headerOf({
    bands: Array.from({ length: count }, (_, at) => bandOf(at === 0 ? { type, palette } : { type })),
  });

describe('refuseUnfit', () => {
  it.each([
    ['Int16', 1],
    ['Float32', 1],
    ['Byte', 3],
  ])('names type and bands of a colour table that no TIFF holds: %s, %i', (type, count) => {
    expect(() => {
      refuseUnfit(coloured(type, count), ['source.tif.aux.xml']);
    }).toThrow(new RegExp(`this raster has ${String(count)} of type ${type};.*gdal_translate`));
  });

  it.each([
    ['Byte', 1],
    ['Byte', 2],
    ['UInt16', 1],
  ])('lets a colour table pass that a TIFF holds: %s, %i', (type, count) => {
    expect(() => {
      refuseUnfit(coloured(type, count), []);
    }).not.toThrow();
  });

  it('names the nodata values of bands that do not share one', () => {
    const bands = ['1', '2', null].map((nodata) => bandOf({ nodata }));
    expect(() => {
      refuseUnfit(headerOf({ bands }), ['source.tif.aux.xml']);
    }).toThrow(/different nodata values \(1, 2, none\).*gdal_edit\.py -a_nodata/);
    const alike = ['NaN', 'NaN'].map((nodata) => bandOf({ nodata }));
    expect(() => {
      refuseUnfit(headerOf({ bands: alike }), []);
    }).not.toThrow();
  });

  it('lets amounts of any type pass', () => {
    expect(() => {
      refuseUnfit(headerOf({ bands: [bandOf({ type: 'Int16' })] }), []);
    }).not.toThrow();
  });
});
