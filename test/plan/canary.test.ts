import { describe, expect, it } from 'vitest';
import { chooseCanaries } from '../../src/plan/canary.ts';

const file = (source: string, size: number) => ({ source, size, etag: 'e', target: `${source}_cog.tif` });

describe('chooseCanaries', () => {
  it('takes files of every folder and kind of name, and both ends of the sizes', () => {
    const files = [1, 5, 9].flatMap((size) => [
      file(`a/public_${String(size)}.tif`, size),
      file(`a/cdb_importer_${String(size)}.tif`, size),
      file(`b/public_${String(size)}.tif`, size),
    ]);
    const chosen = [...chooseCanaries(files, 4)];
    expect(chosen).toHaveLength(4);
    expect(new Set(chosen.map((source) => source.replace(/_.*/, '')))).toEqual(
      new Set(['a/public', 'a/cdb', 'b/public']),
    );
    expect(chosen).toContain('a/cdb_importer_1.tif');
    expect(chosen).toContain('b/public_9.tif');
  });

  it('takes the biggest when there is room for one, and all when there are too few', () => {
    const files = [file('x_1.tif', 1), file('x_2.tif', 2), file('x_3.tif', 3)];
    expect([...chooseCanaries(files, 1)]).toEqual(['x_3.tif']);
    expect(chooseCanaries(files, 9).size).toBe(3);
    expect(chooseCanaries([], 3).size).toBe(0);
  });

  it('does not depend on the order of the files', () => {
    const files = Array.from({ length: 20 }, (_, n) => file(`f/x_${String(n)}.tif`, (n * 7) % 5));
    expect([...chooseCanaries(files.toReversed(), 5)]).toEqual([...chooseCanaries(files, 5)]);
  });
});
