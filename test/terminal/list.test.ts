import { describe, expect, it } from 'vitest';
import { renderList } from '../../src/terminal/list.ts';

const BASE = { source: './data/rasters/', file: 'cog_status/raw_tiffs.txt' };

describe('renderList', () => {
  it('prints count, path and the first entries', () => {
    const first = [
      { key: 'rasters/a.tif', sizeBytes: 812 },
      { key: 'rasters/b\tc.tif', sizeBytes: 5_939_200 },
    ];
    expect(renderList({ ...BASE, total: { count: 12, bytes: 5_940_012 }, first })).toEqual([
      'Found 12 raw TIFFs in ./data/rasters/ (5.7 MB)',
      'Full list: cog_status/raw_tiffs.txt',
      '',
      'First 2:',
      '  rasters/a.tif (812 B)',
      '  rasters/b\\u0009c.tif (5.7 MB)',
      '  ... and 10 more',
    ]);
  });

  it('stops after the path when there is nothing', () => {
    expect(renderList({ ...BASE, total: { count: 1, bytes: 5 }, first: [] })[0]).toBe(
      'Found 1 raw TIFF in ./data/rasters/ (5 B)',
    );
    expect(renderList({ ...BASE, total: { count: 0, bytes: 0 }, first: [] })).toEqual([
      'Found 0 raw TIFFs in ./data/rasters/ (0 B)',
      'Full list: cog_status/raw_tiffs.txt',
    ]);
  });
});
