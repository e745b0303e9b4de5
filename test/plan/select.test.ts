import { describe, expect, it } from 'vitest';
import { classifySource, type Selection } from '../../src/plan/select.ts';

const everything: Selection = {
  sourcePrefix: 'src/',
  cogPrefix: 'src/cogs/',
  rasterType: 'both',
  filenameFilter: null,
  keys: null,
};

describe('classifySource', () => {
  it.each([
    ['src/a.tif', 'selected'],
    ['src/deep/er/a.TIFF', 'selected'],
    ['src/.tif', 'selected'],
    ['src/-rf $(x) "é😀.tif', 'selected'],
    ['src/a.tif.aux.xml', 'other'],
    ['src/folder/', 'other'],
    ['elsewhere/a.tif', 'other'],
    ['src/cogs/a_cog.tif', 'other'],
    ['src/cogs/raw.tif', 'other'],
  ])('takes %j for %s', (key, expected) => {
    expect(classifySource(key, 1, everything)).toBe(expected);
  });

  it('calls a raster of 0 bytes empty, whatever the selection', () => {
    expect(classifySource('src/a.tif', 0, { ...everything, rasterType: 'public' })).toBe('empty');
  });

  it.each([
    ['public', 'src/public_a.tif', 'selected'],
    ['public', 'src/cdb_importer_a.tif', 'left-out'],
    ['public', 'src/public_/a.tif', 'left-out'],
    ['public', 'src/publica.tif', 'left-out'],
    ['cdb_importer', 'src/cdb_importer_a.tif', 'selected'],
    ['cdb_importer', 'src/a.tif', 'left-out'],
  ] as const)('selects type %s by the file name: %s is %s', (rasterType, key, expected) => {
    expect(classifySource(key, 1, { ...everything, rasterType })).toBe(expected);
  });

  it('searches the filter in the file name, not in the folder', () => {
    const selection = { ...everything, filenameFilter: /rain/ };
    expect(classifySource('src/x/public_rainfall.tif', 1, selection)).toBe('selected');
    expect(classifySource('src/rain/x.tif', 1, selection)).toBe('left-out');
  });

  it('gives the same answer for the same file twice with a global filter', () => {
    const selection = { ...everything, filenameFilter: /a/g };
    const twice = [1, 2].map(() => classifySource('src/a.tif', 1, selection));
    expect(twice).toEqual(['selected', 'selected']);
  });

  it('takes only the keys that were named', () => {
    const selection = { ...everything, keys: new Set(['src/a.tif']) };
    expect(classifySource('src/a.tif', 1, selection)).toBe('selected');
    expect(classifySource('src/b.tif', 1, selection)).toBe('left-out');
  });
});
