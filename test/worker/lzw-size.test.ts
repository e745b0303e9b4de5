import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { lzwSize } from '../../worker/lzw-size.ts';

const SIDE = 300;
let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-lzw-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** What libtiff makes of the same bytes, in one strip. */
function gdalSize(data: Uint8Array): number {
  const [raw, lzw, plain] = ['raw.bin', 'lzw.tif', 'plain.tif'].map((name) => join(folder, name));
  const vrt = `<VRTDataset rasterXSize="${String(SIDE)}" rasterYSize="${String(SIDE)}"><VRTRasterBand dataType="Byte" band="1" subClass="VRTRawRasterBand"><SourceFilename relativeToVRT="1">raw.bin</SourceFilename></VRTRasterBand></VRTDataset>`;
  writeFileSync(raw ?? '', data);
  writeFileSync(join(folder, 'raw.vrt'), vrt);
  const translate = (compression: string, to = ''): number => {
    const options = ['-co', `COMPRESS=${compression}`, '-co', `BLOCKYSIZE=${String(SIDE)}`];
    execFileSync('gdal_translate', ['-q', ...options, join(folder, 'raw.vrt'), to]);
    return statSync(to).size;
  };
  return translate('LZW', lzw) - (translate('NONE', plain) - data.length);
}

const pixels = (value: (at: number) => number): Uint8Array =>
  Uint8Array.from({ length: SIDE * SIDE }, (_, at) => value(at));

describe('lzwSize', () => {
  it.each([
    ['zeros', pixels(() => 0)],
    ['a ramp', pixels((at) => at % SIDE)],
    ['stripes', pixels((at) => (Math.floor(at / 37) % 5) * 10)],
    // multiplied by a large odd number: every run the same, and as good as noise
    ['noise', pixels((at) => Math.imul(at ^ (at >>> 7), 2654435761) >>> 24)],
  ])('is within 3 % of libtiff for %s', (_, data) => {
    const size = gdalSize(data);
    // the tags that tell of the compression take some bytes of their own
    expect(Math.abs(lzwSize(data) - size)).toBeLessThan(0.03 * size + 24);
  });

  // its one table of texts tells calls apart by a number of twelve bits
  it('is the same after thousands of other calls', () => {
    const noise = pixels((at) => Math.imul(at ^ (at >>> 7), 2654435761) >>> 24).subarray(0, 2000);
    const fresh = lzwSize(noise);
    for (let call = 0; call < 4096; call += 1) expect(lzwSize(noise)).toBe(fresh);
  });

  it('is next to nothing for nothing', () => {
    expect(lzwSize(new Uint8Array())).toBeLessThan(8);
  });
});
