import { describe, expect, it } from 'vitest';
import {
  largestSourceBytes,
  moreScratchBytes,
  plainOverviewBytes,
  scratchBytes,
} from '../../worker/scratch-need.ts';
import { bandOf, headerOf } from './headers.ts';

const bands = (count: number, type = 'Byte'): { bands: readonly ReturnType<typeof bandOf>[] } => ({
  bands: Array.from({ length: count }, () => bandOf({ type })),
});

describe('scratchBytes', () => {
  it('is room for source, COG and overviews', () => {
    expect(scratchBytes(3_000_000)).toBeGreaterThan(2 * 3_000_000);
    expect(scratchBytes(0)).toBeGreaterThan(0);
  });
});

describe('largestSourceBytes', () => {
  it('is what fits exactly, and 0 on a full disk', () => {
    const free = 10 * 1024 ** 3;
    expect(scratchBytes(largestSourceBytes(free))).toBeLessThanOrEqual(free);
    expect(scratchBytes(largestSourceBytes(free) + 1)).toBeGreaterThan(free);
    expect(largestSourceBytes(1000)).toBe(0);
  });
});

describe('moreScratchBytes', () => {
  const raw = 10_000 * 10_000;
  const all = (compression: string | null, sourceBytes: number): number =>
    scratchBytes(sourceBytes) +
    moreScratchBytes({ header: headerOf({ width: 10_000, height: 10_000, compression }), sourceBytes });

  it.each(['JPEG', 'YCbCr JPEG', 'WEBP', 'JXL', 'LERC_ZSTD'])('makes room for all pixels of %s', (codec) => {
    expect(all(codec, raw / 16)).toBeGreaterThan(raw * 1.7);
  });

  it('makes room for the blocks that a sparse source lacks, but not for all pixels', () => {
    expect(all('LZW', raw / 1000)).toBeGreaterThan(raw / 32);
    expect(all('LZW', raw / 1000)).toBeLessThan(raw / 4);
  });

  it('is nothing where the size of the source tells that of the COG', () => {
    expect(all('DEFLATE', raw / 4)).toBe(scratchBytes(raw / 4));
    expect(all(null, raw)).toBe(scratchBytes(raw));
  });
});

describe('plainOverviewBytes', () => {
  it('is a third of the pixels, and their mask', () => {
    const bytes = plainOverviewBytes(headerOf({ width: 16_384, height: 16_384, ...bands(3) }));
    expect(bytes / (16_384 * 16_384 * 4)).toBeCloseTo(1 / 3, 2);
  });

  it('counts the whole tiles of a narrow raster', () => {
    const narrow = headerOf({ width: 3, height: 100_000, ...bands(1, 'Float32') });
    expect(plainOverviewBytes(narrow)).toBeGreaterThan(50_000 * 512 * 4);
  });

  it('is nothing where there are no overviews', () => {
    expect(plainOverviewBytes(headerOf({ width: 512, height: 500 }))).toBe(0);
  });
});
