import { describe, expect, it } from 'vitest';
import {
  chooseOptions,
  creationOptions,
  type Choice,
  type SampleFacts,
} from '../../worker/choose-options.ts';
import { FileFailure } from '../../worker/file-failure.ts';
import type { RasterHeader } from '../../worker/raster-header.ts';
import { bandOf, headerOf } from './headers.ts';

type Facts = SampleFacts['bands'][number];
const AUTO = { compression: 'LZW', predictor: 'auto', resampling: 'auto' } as const;
const many: Facts = {
  distinct: 65,
  allWhole: true,
  minimum: 1,
  maximum: 200,
  suspectNodata: null,
  neighbours: null,
  fields: null,
};
const sampled = (facts: Partial<Facts> = {}, trial: SampleFacts['trial'] = null): SampleFacts => ({
  bands: [{ ...many, ...facts }],
  trial,
});
const of = (type: string, rest: Parameters<typeof bandOf>[0] = {}): RasterHeader =>
  headerOf({ bands: [bandOf({ type, ...rest })] });

function choose(
  header: RasterHeader,
  sample: SampleFacts | null,
  options: object = {},
  gdal = '3.9.3',
): Choice {
  return chooseOptions({ header, sample, options: { ...AUTO, ...options }, gdal });
}

const kind = ({ predictor, resampling }: Choice): string => `${predictor} ${resampling}`;

describe('chooseOptions', () => {
  it.each<[string, RasterHeader, SampleFacts | null, string]>([
    ['amounts of whole numbers', of('Int16'), sampled(), 'STANDARD AVERAGE'],
    ['floats', of('Float32'), sampled({ allWhole: false }), 'FLOATING_POINT AVERAGE'],
    ['few whole numbers', of('Byte'), sampled({ distinct: 64 }), 'NO NEAREST'],
    ['classes stored as floats', of('Float32'), sampled({ distinct: 5 }), 'NO NEAREST'],
    [
      'floats of which the sample has zeros alone',
      of('Float32'),
      sampled({ distinct: 1 }),
      'FLOATING_POINT AVERAGE',
    ],
    ['a colour table', of('Byte', { palette: '[]' }), null, 'NO NEAREST'],
    ['category names', of('Byte', { hasCategoryNames: true }), null, 'NO NEAREST'],
    ['one bit', of('Byte', { usedBits: 1 }), null, 'NO NEAREST'],
    ['twelve bits', of('UInt16', { usedBits: 12 }), sampled(), 'NO AVERAGE'],
    ['complex samples', of('CFloat32'), null, 'NO NEAREST'],
    ['whole numbers nobody could sample', of('Int16'), null, 'STANDARD NEAREST'],
    ['floats nobody could sample', of('Float64'), null, 'FLOATING_POINT AVERAGE'],
  ])('%s', (_, header, sample, wanted) => {
    expect(kind(choose(header, sample))).toBe(wanted);
  });

  it('averages no signed bytes with a GDAL that takes them for unsigned', () => {
    expect(kind(choose(of('Int8'), sampled()))).toBe('STANDARD AVERAGE');
    expect(kind(choose(of('Int8'), sampled(), {}, '3.6.2'))).toBe('STANDARD NEAREST');
    expect(choose(of('Int8'), sampled(), { resampling: 'mode' }, '3.6.2').resampling).toBe('MODE');
    expect(() => choose(of('Int8'), sampled(), { resampling: 'average' }, '3.6.2')).toThrow(/signed bytes/);
  });

  it('uses a predictor only where it saves two percent of a sample', () => {
    const tried = (predictedBytes: number): Choice =>
      choose(of('Int16'), sampled({}, { rawBytes: 4000, plainBytes: 1000, predictedBytes }));
    expect(tried(979).predictor).toBe('STANDARD');
    expect(tried(980).predictor).toBe('NO');
    expect(tried(1200).decisions[1]?.because).toContain('120 %');
  });

  it('does what it is told, and says that it was told', () => {
    const choice = choose(of('Int16'), sampled(), {
      predictor: 'none',
      resampling: 'cubic',
      compression: 'ZSTD',
    });
    expect(choice.decisions).toEqual([
      { option: 'COMPRESS', value: 'ZSTD', because: 'set' },
      { option: 'PREDICTOR', value: 'NO', because: 'set' },
      { option: 'RESAMPLING', value: 'CUBIC', because: 'set' },
    ]);
  });

  it.each([
    ['floating-point', of('Int16')],
    ['standard', of('CFloat32')],
    ['standard', of('UInt16', { usedBits: 12 })],
  ])('refuses predictor %s where libtiff would', (predictor, header) => {
    expect(() => choose(header, sampled(), { predictor })).toThrow(FileFailure);
  });

  it.each<[string, RasterHeader, Partial<Facts>, readonly string[]]>([
    ['nothing amiss', of('Int16'), {}, []],
    ['no place', headerOf({ geoTransform: null }), {}, ['no-geotransform']],
    ['control points alone', headerOf({ geoTransform: null, gcps: [[0, 0, 1, 1, 0]] }), {}, ['gcps-only']],
    ['RPCs alone', headerOf({ geoTransform: null, hasRpc: true }), {}, ['rpc-only']],
    ['undeclared nodata', of('Int16'), { suspectNodata: -9999 }, ['undeclared-nodata']],
    ['stale statistics', of('Int16', { statistics: { minimum: 1, maximum: 199 } }), {}, ['stale-statistics']],
    ['right statistics', of('Int16', { statistics: { minimum: 1, maximum: 200 } }), {}, []],
    ['rounded statistics', of('Float32', { statistics: { minimum: 1.0000001, maximum: 200 } }), {}, []],
    [
      'no valid pixel in the sample',
      of('Int16', { statistics: { minimum: 1, maximum: 2 } }),
      { minimum: Infinity, maximum: -Infinity },
      [],
    ],
  ])('warns of %s', (_, header, facts, codes) => {
    expect(choose(header, sampled(facts)).warnings.map(({ code }) => code)).toEqual(codes);
  });

  it('compares statistics with the band they belong to, past alpha', () => {
    const bands = [bandOf({ isAlpha: true }), bandOf({ statistics: { minimum: 5, maximum: 6 } })];
    const warnings = choose(headerOf({ bands }), sampled()).warnings;
    expect(warnings.map(({ code }) => code)).toEqual(['stale-statistics']);
  });
});

describe('creationOptions', () => {
  it('gives all options of the COG driver that matter', () => {
    expect(creationOptions(choose(of('Int16'), sampled()), 3)).toEqual([
      ['COMPRESS', 'LZW'],
      ['PREDICTOR', 'STANDARD'],
      ['OVERVIEW_PREDICTOR', 'STANDARD'],
      ['RESAMPLING', 'AVERAGE'],
      ['OVERVIEWS', 'IGNORE_EXISTING'],
      ['BLOCKSIZE', '512'],
      ['BIGTIFF', 'IF_SAFER'],
      ['NUM_THREADS', '3'],
    ]);
  });
});
