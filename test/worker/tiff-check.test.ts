import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FileFailure } from '../../worker/file-failure.ts';
import { checkTiff } from '../../worker/tiff-check.ts';

const raster = fileURLToPath(new URL('../fixtures/rasters/lc.tif', import.meta.url));
let folder: string;
let file: string;
/** TIFFs with GDAL's metadata, as GDAL itself writes them. */
const layouts = new Map<string, Buffer>();
const MARK = 'x'.repeat(160);

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-check-'));
  file = join(folder, 'x.tif');
  const kinds: [string, string[]][] = [
    ['little', []],
    ['big-endian', ['-co', 'ENDIANNESS=BIG']],
    ['BigTIFF', ['-co', 'BIGTIFF=YES']],
    ['big-endian BigTIFF', ['-co', 'BIGTIFF=YES', '-co', 'ENDIANNESS=BIG']],
  ];
  for (const [name, options] of kinds) {
    execFileSync('gdal_translate', [
      '-q',
      '-srcwin',
      '0',
      '0',
      '8',
      '8',
      '-mo',
      `K=${MARK}`,
      ...options,
      raster,
      file,
    ]);
    layouts.set(name, readFileSync(file));
  }
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

async function codeOf(content: Buffer | string): Promise<string> {
  writeFileSync(file, content);
  try {
    await checkTiff(file);
    return 'ok';
  } catch (error) {
    if (!(error instanceof FileFailure)) throw error;
    return error.code;
  }
}

/** The TIFF with `item` in the place of its metadata item, of the same length. */
function withItem(tiff: Buffer, item: string): Buffer {
  const old = `<Item name="K">${MARK}</Item>`;
  const at = tiff.indexOf(old);
  if (at < 0 || item.length > old.length) throw new Error('the metadata item is not where it was put');
  return Buffer.concat([
    tiff.subarray(0, at),
    Buffer.from(item.padEnd(old.length)),
    tiff.subarray(at + old.length),
  ]);
}

const LAYOUTS = ['little', 'big-endian', 'BigTIFF', 'big-endian BigTIFF'];
const OVERVIEW = '<Item name="OVERVIEW_FILE" domain="OVERVIEWS">/etc/passwd</Item>';

describe('checkTiff', () => {
  it.each(LAYOUTS)('passes a %s TIFF and refuses one that names another file', async (layout) => {
    const tiff = layouts.get(layout) ?? Buffer.alloc(0);
    expect(await codeOf(tiff)).toBe('ok');
    expect(await codeOf(withItem(tiff, OVERVIEW))).toBe('unsupported');
  });

  it.each([
    ['by entities', '<Item name="&#79;VERVIEW_FILE" domain="&#x4f;VERVIEWS">/etc/passwd</Item>'],
    ['with the attribute in other case', '<Item name="OVERVIEW_FILE" Domain="OVERVIEWS">/etc/passwd</Item>'],
    [
      'with the attribute twice',
      '<Item name="OVERVIEW_FILE" domain="OVERVIEWS" domain="x">/etc/passwd</Item>',
    ],
    ['as XML that only GDAL can read', '<Item name="OVERVIEW_FILE" domain=OVERVIEWS>/etc/passwd</Item>'],
    ['as subdatasets', '<Item name="SUBDATASET_1_NAME" domain="SUBDATASETS">/etc/passwd</Item>'],
  ])('refuses one that names another file %s', async (_, item) => {
    expect(await codeOf(withItem(layouts.get('little') ?? Buffer.alloc(0), item))).toBe('unsupported');
  });

  it('refuses a VRT hidden in the head', async () => {
    const tiff = Buffer.from(layouts.get('little') ?? []);
    expect(await codeOf(Buffer.concat([tiff.subarray(0, 8), Buffer.from('<VRTDataset '), tiff]))).toBe(
      'unsupported',
    );
  });

  it.each([
    ['unreadable', 'nothing', ''],
    ['not-a-tiff', 'text', '<html>No such key</html>'],
    ['not-a-tiff', 'less than a mark', 'II'],
  ])('is %s for %s', async (code, _, content) => {
    expect(await codeOf(content)).toBe(code);
  });

  it.each([
    ['a head alone', Buffer.from('II*\0\x08\0\0\0', 'latin1')],
    ['a directory beyond the end', Buffer.from('II*\0\xff\xff\xff\x7f', 'latin1')],
    // no entries, and the next directory is this one
    ['a directory that follows itself', Buffer.from('II*\0\x08\0\0\0\0\0\x08\0\0\0', 'latin1')],
  ])('leaves %s to GDAL', async (_, content) => {
    expect(await codeOf(content)).toBe('ok');
  });

  it('survives any damage to a directory', async () => {
    const tiff = layouts.get('BigTIFF') ?? Buffer.alloc(0);
    const change = fc.record({ at: fc.nat(Math.min(tiff.length, 600) - 1), by: fc.nat(255) });
    await fc.assert(
      fc.asyncProperty(fc.array(change, { minLength: 1, maxLength: 6 }), async (changes) => {
        const damaged = Buffer.from(tiff);
        for (const { at, by } of changes) damaged[at] = by;
        expect(['ok', 'unsupported', 'not-a-tiff']).toContain(await codeOf(damaged));
      }),
      { seed: 3, numRuns: 150 },
    );
  });
});
