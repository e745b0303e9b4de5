import { describe, expect, it } from 'vitest';
import { BlockEnds } from '../../src/storage/block-ends.ts';
import type { ObjectInfo } from '../../src/storage/object-store.ts';

/** The end that is learnt of pages of keys. */
function endOf(...pages: readonly (readonly string[])[]): string | undefined {
  const ends = new BlockEnds({ prefix: 'src/' });
  for (const page of pages) ends.add(page.map(objectAt));
  return ends.latest;
}

function objectAt(name: string): ObjectInfo {
  return { key: `src/${name}`, sizeBytes: 1, etag: '', modifiedMs: 0 };
}

const RAIN = [
  ['rain_0001.tif', 'rain_0040.tif'],
  ['rain_0041.tif', 'rain_0080.tif'],
] as const;

describe('BlockEnds', () => {
  it('knows nothing before a block has ended', () => {
    expect(endOf(...RAIN)).toBeUndefined();
  });

  it('learns what followed the prefix in the last key of a block', () => {
    expect(endOf(...RAIN, ['wind_0001.tif', 'wind_0040.tif'])).toBe('0080.tif');
    expect(endOf(...RAIN, ['rain_0081.tif', 'rain_0099.tif', 'wind_0001.tif'])).toBe('0099.tif');
  });

  it('learns nothing of a block of a single page', () => {
    expect(endOf(RAIN[0], ['wind_0001.tif', 'wind_0040.tif'])).toBeUndefined();
  });

  it('takes what the names of a page share for a block only until a page has one alone', () => {
    const mixed = ['a_0009.tif', 'rain_0001.tif', 'wind_0001.tif'];
    const wind = [
      ['wind_0002.tif', 'wind_0400.tif'],
      ['wind_0401.tif', 'wind_0777.tif'],
    ];
    expect(endOf(mixed, ...wind, ['zones_1.tif'])).toBe('0777.tif');
  });
});
