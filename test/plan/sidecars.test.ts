import { describe, expect, it } from 'vitest';
import { isRasterKey } from '../../src/contract/naming.ts';
import { SidecarMatcher } from '../../src/plan/sidecars.ts';

/** Sidecars by raster, for keys given in any order. */
function sidecarsOf(...keys: string[]): Record<string, readonly string[]> {
  const sorted = keys.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const found: Record<string, readonly string[]> = {};
  const matcher = new SidecarMatcher((ordinal, source, sidecars) => {
    expect(sorted[ordinal]).toBe(source);
    found[source] = sidecars;
  });
  sorted.forEach((key, ordinal) => {
    if (isRasterKey(key)) matcher.raster(ordinal, key);
    else matcher.other(key);
  });
  matcher.end();
  return found;
}

describe('SidecarMatcher', () => {
  it.each([
    '.aux.xml',
    '.tfw',
    '.tifw',
    '.tiffw',
    '.wld',
    '.prj',
    '.TFW',
    '.Aux.Xml',
    '.tif.aux.xml',
    '.tif.msk',
    '.TIF.MSK',
  ])('gives x%s to x.tif', (suffix) => {
    expect(sidecarsOf('s/x.tif', `s/x${suffix}`, 's/y.tif')).toEqual({ 's/x.tif': [`s/x${suffix}`] });
  });

  it.each([
    's/x.tif.ovr',
    's/x.ovr',
    's/X.tfw',
    's/xy.tfw',
    's/x/x.tfw',
    's/x.tiff.aux.xml',
    's/x.txt',
    's/x_.prj',
  ])('does not give %s to s/x.tif', (key) => {
    expect(sidecarsOf('s/x.tif', key)).toEqual({});
  });

  it('keeps stems apart that begin alike', () => {
    const found = sidecarsOf(
      's/x.tif',
      's/x.tfw',
      's/x.v1.tif',
      's/x.v1.tfw',
      's/x-y.tif',
      's/x-y.prj',
      's/x.d/x.tif',
      's/x.wld',
    );
    expect(found).toEqual({
      's/x.tif': ['s/x.tfw', 's/x.wld'],
      's/x.v1.tif': ['s/x.v1.tfw'],
      's/x-y.tif': ['s/x-y.prj'],
    });
  });

  it('gives a world file to all rasters of its stem, and a mask to its own file', () => {
    expect(sidecarsOf('s/x.tif', 's/x.tiff', 's/x.tfw', 's/x.tiff.msk')).toEqual({
      's/x.tif': ['s/x.tfw'],
      's/x.tiff': ['s/x.tfw', 's/x.tiff.msk'],
    });
  });

  it('says nothing of sidecars without a raster', () => {
    expect(sidecarsOf('s/x.tfw', 's/x.aux.xml', 's/y.tif')).toEqual({});
  });
});
