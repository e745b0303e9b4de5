import { describe, expect, it } from 'vitest';
import { classBandBecause, classesBecause } from '../../worker/classes.ts';
import { bandFacts, type BandFacts } from '../../worker/sample-facts.ts';
import { bandOf, headerOf } from './headers.ts';

const SIDE = 128;

type Pixel = (x: number, y: number) => number;

/** One window of one band of whole numbers. */
function factsOf(pixel: Pixel): BandFacts {
  const values = Int32Array.from({ length: SIDE * SIDE }, (_, at) => pixel(at % SIDE, Math.floor(at / SIDE)));
  const bands = [bandOf({ type: 'Int32' })];
  const bytes = new Uint8Array(values.buffer);
  const [facts] = bandFacts({ type: 'Int32', width: SIDE, height: SIDE, count: 1, bytes, bands });
  if (facts === undefined) throw new Error('a band has facts');
  return facts;
}

/** A number for each field of so many pixels that tells nothing of its place. */
const numberOf = (x: number, y: number, side: number): number => {
  const wave = Math.sin(Math.floor(x / side) * 12.9898 + Math.floor(y / side) * 78.233) * 43758.5453;
  return Math.floor((wave - Math.floor(wave)) * 100_000);
};
const height: Pixel = (x, y) => Math.round(800 + 300 * Math.sin(x / 23) * Math.cos(y / 31));

/** A number for each of the fields, whose corners are moved at random, in the order of their place. */
const placeOf: Pixel = (x, y) => {
  const [moved, across] = [numberOf(y, x, 32) % 5, Math.floor((x + (numberOf(x, y, 16) % 3)) / 8)];
  return Math.floor((y + moved) / 8) * 40 + across;
};
/** Roads of 0 between fields. */
const withLines =
  (pixel: Pixel): Pixel =>
  (x, y) =>
    x % 8 < 2 || y % 8 < 2 ? 0 : pixel(x, y);

const fields = factsOf((x, y) => numberOf(x, y, 8));
const landCover = factsOf((x, y) => (numberOf(x, y, 8) % 7) * 10);
const heights = factsOf(height);
const counts = factsOf((x, y) => (numberOf(x, y, 1) % 5 === 0 ? numberOf(y, x, 1) : 0));
const header = (type: string, count: number): ReturnType<typeof headerOf> =>
  headerOf({ bands: Array.from({ length: count }, () => bandOf({ type })) });

describe('classesBecause', () => {
  it('takes many whole numbers for names where they lie in fields and differ at random', () => {
    expect(classesBecause(header('Int32', 1), [fields])).toContain('fields');
  });

  it.each<[string, Pixel]>([
    ['in the order of their place', placeOf],
    ['between lines', withLines((x, y) => numberOf(x, y, 8))],
    [
      'between lines in the order of their place',
      withLines((x, y) => Math.floor(y / 8) * 40 + Math.floor(x / 8)),
    ],
    ['that thin lines part', (x, y) => (x % 16 === 0 || y % 16 === 0 ? 7 : numberOf(x, y, 16))],
  ])('takes numbers of fields %s for names', (_, pixel) => {
    expect(classesBecause(header('Int32', 1), [factsOf(pixel)])).toContain('fields');
  });

  it.each<[string, Pixel]>([
    ['a slope that is rounded', (x, y) => Math.floor(x * 0.6 + y * 0.2)],
    ['distances', (x, y) => Math.round(Math.hypot(x - 30, y - 40))],
    ['terraces', (x, y) => Math.round(height(x, y) / 4) * 10],
    ['heights in the sea', (x, y) => Math.max(0, height(Math.floor(x / 4) * 4, Math.floor(y / 4) * 4) - 800)],
    ['steep heights of coarse pixels', (x, y) => 3 * height(Math.floor(x / 4) * 4, Math.floor(y / 4) * 4)],
    ['contours', (x, y) => (height(x, y) % 3 === 0 ? height(x, y) : 0)],
    ['heights', height],
    ['heights of a plain', (x, y) => Math.round(height(x, y) / 3)],
    ['heights of coarse pixels', (x, y) => height(Math.floor(x / 8) * 8, Math.floor(y / 8) * 8)],
    ['counts that are mostly none', (x, y) => (numberOf(x, y, 1) % 5 === 0 ? numberOf(y, x, 1) : 0)],
    ['noise', (x, y) => numberOf(x, y, 1)],
  ])('takes %s for amounts', (_, pixel) => {
    expect(classesBecause(header('Int32', 1), [factsOf(pixel)])).toBeNull();
  });

  it('takes no 8-bit picture for fields', () => {
    expect(classesBecause(header('Byte', 1), [fields])).toBeNull();
    expect(classBandBecause(header('Byte', 1), [fields])).toBeNull();
  });
});

describe('classBandBecause', () => {
  it('tells the band of classes beside amounts', () => {
    expect(classBandBecause(header('Int32', 2), [heights, landCover])).toContain(
      'band 2 holds few distinct whole numbers (7 in the sample)',
    );
    expect(classBandBecause(header('Int32', 2), [fields, heights])).toContain('band 1 holds names');
    const mask = factsOf((x, y) => (numberOf(x, y, 8) % 2 === 0 ? 1 : 0));
    expect(classBandBecause(header('Int32', 2), [heights, mask])).toContain('band 2');
  });

  it('tells none in amounts of few whole numbers, and of one value', () => {
    const dark = factsOf((x, y) => numberOf(x, y, 1) % 30);
    const gentle = factsOf((x, y) => Math.round(height(x, y) / 20));
    const constant = factsOf(() => 7);
    expect(classBandBecause(header('Int32', 4), [heights, dark, gentle, constant])).toBeNull();
    expect(classBandBecause(header('Int32', 2), [heights, counts])).toBeNull();
  });

  it('tells none in plain 8-bit imagery', () => {
    expect(classBandBecause(header('Byte', 3), [heights, heights, landCover])).toBeNull();
    expect(classBandBecause(header('Byte', 3), [heights, landCover, landCover])).toContain('band 2');
    expect(classBandBecause(header('Byte', 2), [heights, landCover])).toContain('band 2');
  });
});
