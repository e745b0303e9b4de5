import { describe, expect, it } from 'vitest';
import { SidecarLists } from '../../src/plan/sidecar-lists.ts';

describe('SidecarLists', () => {
  it('gives each source its own keys back, also where the suffixes are the same', () => {
    const lists = new SidecarLists();
    lists.set(3, 'src/a.v1.tif', ['src/a.v1.tfw', 'src/a.v1.tif.aux.xml']);
    lists.set(7, 'src/b|é.TIFF', ['src/b|é.tfw', 'src/b|é.tif.aux.xml']);
    lists.set(8, 'src/c.tif', ['src/c.prj']);
    expect(lists.get(3, 'src/a.v1.tif')).toEqual(['src/a.v1.tfw', 'src/a.v1.tif.aux.xml']);
    expect(lists.get(7, 'src/b|é.TIFF')).toEqual(['src/b|é.tfw', 'src/b|é.tif.aux.xml']);
    expect(lists.get(8, 'src/c.tif')).toEqual(['src/c.prj']);
    expect(lists.get(4, 'src/d.tif')).toBeUndefined();
  });
});
