import { describe, expect, it } from 'vitest';
import { bandFacts } from '../../worker/sample-facts.ts';
import type { BandHeader } from '../../worker/raster-header.ts';
import type { Sample } from '../../worker/sample.ts';
import { bandOf } from './headers.ts';

/** One window of one band. */
function sampleOf(values: readonly number[], rest: Partial<BandHeader> = {}): Sample {
  const bytes = new Uint8Array(Float32Array.from(values).buffer);
  const bands = [bandOf({ type: 'Float32', ...rest })];
  return { type: 'Float32', width: values.length, height: 1, count: 1, bytes, bands };
}

const ramp = (from: number, to: number): readonly number[] =>
  Array.from({ length: 1000 }, (_, at) => from + ((to - from) * at) / 999);
const times = (count: number, value: number): readonly number[] => Array.from({ length: count }, () => value);
const declared = (nodata: string): Partial<BandHeader> => ({ nodata, maskFlags: ['NODATA'] });

describe('bandFacts', () => {
  it.each<[string, readonly number[], Partial<BandHeader>, number | null]>([
    ['-9999 below amounts that go higher', [...ramp(0, 20_000), ...times(1000, -9999)], {}, -9999],
    ['-9999 below heights on both sides of zero', [...ramp(-100, 800), ...times(300, -9999)], {}, -9999],
    ['-9999 beside another nodata', [...ramp(0, 900), ...times(500, -9999), -1], declared('-1'), -9999],
    [
      'the lowest float beside NaN',
      [...ramp(0, 9), ...times(500, -3.4028234663852886e38), NaN],
      declared('nan'),
      -3.4028234663852886e38,
    ],
    [
      'nothing: the declared value itself',
      [...ramp(0, 20_000), ...times(500, -9999)],
      declared('-9999'),
      null,
    ],
    ['nothing: 255 beside another nodata', [...ramp(1, 90), ...times(500, 255)], declared('0'), null],
    ['nothing: a mask tells', [...ramp(0, 900), ...times(500, -9999)], { maskFlags: ['PER_DATASET'] }, null],
    ['nothing: it is rare', [...ramp(0, 20_000), ...times(3, -9999)], {}, null],
    [
      'nothing: rare beside many of the declared',
      [...ramp(0, 90), ...times(3, -9999), ...times(900, -1)],
      declared('-1'),
      null,
    ],
    ['nothing: depths that end there', ramp(-9999, 20_000), {}, null],
    ['nothing: depths of a plain at that depth', [...times(500, -9999), ...ramp(-9998, 20_000)], {}, null],
  ])('finds %s', (_, values, band, found) => {
    expect(bandFacts(sampleOf(values, band))[0]?.suspectNodata ?? null).toBe(
      found === null ? null : Math.fround(found),
    );
  });

  it('tells the bands of a sample apart that came out of a file', () => {
    const bytes = Buffer.from([1, 2, 3, 4, 7, 7, 7, 7]);
    const bands = [bandOf(), bandOf()];
    const facts = bandFacts({ type: 'Byte', width: 4, height: 1, count: 1, bytes, bands });
    expect(facts.map(({ distinct }) => distinct)).toEqual([4, 1]);
  });
});
