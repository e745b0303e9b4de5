import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/raster/byte-source.ts';
import { inspectCogLayout } from '../../src/raster/cog-layout.ts';
import { copyHeaders } from '../../src/raster/header-copy.ts';

const DEM = 'test/fixtures/rasters/olinda_dem_utm25s.tif';
const folder = mkdtempSync(join(tmpdir(), 'cogconv-header-copy-'));
const copies = join(folder, 'copies');
mkdirSync(copies);

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

/** A file as a source that notes what is read. */
function noting(file: string): {
  readonly source: ByteSource;
  readonly reads: (readonly [number, number])[];
} {
  const bytes = readFileSync(file);
  const reads: (readonly [number, number])[] = [];
  const read = (offset: number, length: number): Promise<Uint8Array> => {
    reads.push([offset, length]);
    return Promise.resolve(bytes.subarray(offset, offset + length));
  };
  return { source: { sizeBytes: bytes.length, read }, reads };
}

function enlarged(name: string, ...options: readonly string[]): string {
  const file = join(folder, name);
  execFileSync('gdal_translate', ['-q', '-outsize', '1396', '1408', ...options, DEM, file]);
  return file;
}

/** All that gdalinfo tells but the folder. */
function told(file: string): string {
  const output = execFileSync('gdalinfo', ['-json', '-mdd', 'all', file], { encoding: 'utf8' });
  return output.replaceAll(dirname(file), '');
}

describe('copyHeaders', () => {
  it.each([
    ['cog.tif', ['-of', 'COG', '-co', 'COMPRESS=LZW']],
    ['strips.tif', ['-co', 'BLOCKYSIZE=1']],
    ['bigtiff.tif', ['-co', 'BIGTIFF=YES', '-co', 'TILED=YES', '-co', 'ENDIANNESS=BIG']],
    // the directory is written anew behind the pixels
    ['at_the_end.tif', ['-mo', 'NOTE=x']],
  ])('makes a file that GDAL and the layout check take for the whole: %s', async (name, options) => {
    const file = enlarged(name, ...options);
    if (name === 'at_the_end.tif') execFileSync('gdal_edit.py', ['-mo', `LONG=${'x'.repeat(900)}`, file]);
    const { source, reads } = noting(file);
    const copy = join(copies, name);
    await copyHeaders(source, copy);
    expect(told(copy)).toEqual(told(file));
    const layout = { checkBlockBytes: false };
    expect(await inspectCogLayout(copy, layout)).toEqual(await inspectCogLayout(file, layout));
    expect(statSync(copy).size).toBe(statSync(file).size);
    const readBytes = reads.reduce((sum, [, length]) => sum + length, 0);
    expect(readBytes).toBeLessThan(statSync(file).size / 10);
    expect(new Set(reads.map(([offset]) => offset)).size).toBe(reads.length);
  });

  it('copies the beginning of what is no TIFF, and stops where a directory lies behind the end', async () => {
    for (const [name, content] of [
      ['text', 'no raster'],
      ['cut', Buffer.from([0x49, 0x49, 42, 0, 0xff, 0xff, 0, 0])],
    ] as const) {
      const file = join(folder, name);
      writeFileSync(file, content);
      await copyHeaders(noting(file).source, `${file}-copy`);
      expect(readFileSync(`${file}-copy`)).toEqual(readFileSync(file));
    }
  });
});
