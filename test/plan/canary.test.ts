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

  describe('of more files than it holds', () => {
    const MANY = 60_000;
    /** 6 in 10 of one kind, 3 of another, 1 of a third, sizes from 1 byte to MANY. */
    const kindOf = (n: number): string => (n % 10 < 6 ? 'a/rain' : n % 10 < 9 ? 'b/land' : 'c/dem');
    const nth = (n: number) => file(`${kindOf(n)}_${String(n)}.tif`, ((n * 7_919) % MANY) + 1);
    function* files(from = 0, step = 1) {
      for (let n = 0; n < MANY; n++) yield nth((from + n * step) % MANY);
    }
    const shareOf = (chosen: readonly string[], kind: string): number =>
      chosen.filter((source) => source.startsWith(kind)).length;

    it('goes through them once, and takes of each kind and size its share', () => {
      const chosen = [...chooseCanaries(files(), 40)];
      expect(chosen).toHaveLength(40);
      expect(shareOf(chosen, 'a/')).toBeCloseTo(24, -0.5);
      expect(shareOf(chosen, 'b/')).toBeCloseTo(12, -0.5);
      expect(shareOf(chosen, 'c/')).toBeCloseTo(4, -0.5);
      const sizes = new Map([...files()].map(({ source, size }) => [source, size]));
      const quarters = chosen.map((source) => Math.floor((4 * (sizes.get(source) ?? 0)) / (MANY + 1)));
      for (const quarter of [0, 1, 2, 3]) {
        expect(quarters.filter((one) => one === quarter).length).toBeGreaterThan(6);
      }
    });

    it('has the very first and the very last of their order', () => {
      const all = [...files()];
      const sizesOf = (kind: string): number[] =>
        all.filter(({ source }) => source.startsWith(kind)).map(({ size }) => size);
      const smallest = sizesOf('a/').reduce((a, b) => Math.min(a, b));
      const biggest = sizesOf('c/').reduce((a, b) => Math.max(a, b));
      const chosen = chooseCanaries(all, 5);
      const sizes = all.filter(({ source }) => chosen.has(source)).map(({ size }) => size);
      expect(sizes).toEqual(expect.arrayContaining([smallest, biggest]));
    });

    it('does not depend on their order', () => {
      expect([...chooseCanaries(files(11, 7), 40)]).toEqual([...chooseCanaries(files(), 40)]);
    });

    it('orders a part of them alone', () => {
      const count = 4 * MANY;
      let reads = 0;
      function* counted() {
        for (let n = 0; n < count; n++) {
          const { source, etag, target, size } = nth(n);
          yield {
            source,
            etag,
            target,
            get size() {
              reads += 1;
              return size;
            },
          };
        }
      }
      chooseCanaries(counted(), 20);
      // all of them in order would be some 16 comparisons each
      expect(reads).toBeLessThan(6 * count);
    });

    it('takes as many as are wanted, also when these are more than it else holds', () => {
      expect(chooseCanaries(files(), 30_000).size).toBe(30_000);
    });
  });
});
