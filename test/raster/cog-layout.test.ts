import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdtempSync, readFileSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ByteSource } from '../../src/raster/byte-source.ts';
import { inspectCogLayout } from '../../src/raster/cog-layout.ts';
import { seededRandom } from '../fault-proxy.ts';
import { findGdalPython, runPython } from '../python.ts';

const rasters = fileURLToPath(new URL('../fixtures/rasters', import.meta.url));
const python = findGdalPython("the comparison with GDAL's COG validator");

/** What GDAL's own script finds in files: `{path: [errors, warnings]}`; what it cannot open has an error too. */
const VALIDATE = `
import json, sys
from osgeo import gdal
import osgeo_utils.samples.validate_cloud_optimized_geotiff as v
gdal.PushErrorHandler('CPLQuietErrorHandler')
found = {}
for path in sys.argv[1:]:
    try:
        warnings, errors, _ = v.validate(path, full_check=True)
        found[path] = [errors, warnings]
    except Exception as error:
        found[path] = [['cannot be opened: %s' % error], []]
print(json.dumps(found))
`;

/** Makes a raster with holes whose COG and plain copies the shell commands below are made of. */
const MAKE_BASE = `
import sys
from osgeo import gdal
source, folder = sys.argv[1:]
big = gdal.Translate(folder + '/big.tif', source, width=1100, height=1060, bandList=[1, 2, 3], resampleAlg='bilinear')
big = None
alpha = gdal.Translate(folder + '/masked.tif', folder + '/big.tif', maskBand='2', creationOptions=['TILED=YES'])
alpha = None
sparse = gdal.GetDriverByName('GTiff').Create(folder + '/sparse.tif', 3000, 2000, 1, gdal.GDT_Byte, ['SPARSE_OK=TRUE', 'TILED=YES'])
sparse.GetRasterBand(1).WriteRaster(1200, 900, 700, 700, b'\\x07' * 490000)
`;

/** Edits a COG in place as a careless program would. */
const UPDATE = `
import sys
from osgeo import gdal
gdal.DontUseExceptions()
ds = gdal.OpenEx(sys.argv[1], gdal.OF_UPDATE)
if ds is None:  # since 3.8 only those who insist
    ds = gdal.OpenEx(sys.argv[1], gdal.OF_UPDATE, open_options=['IGNORE_COG_LAYOUT_BREAK=YES'])
ds.GetRasterBand(1).WriteRaster(0, 0, 700, 700, bytes(i * 7 % 251 for i in range(490000)))
ds.FlushCache()
`;

const COG = ['-of', 'COG', '-co', 'COMPRESS=LZW'];
const TILED = ['-co', 'TILED=YES', '-co', 'COMPRESS=DEFLATE'];

interface Made {
  readonly name: string;
  readonly from: string;
  readonly args: readonly string[];
}

const MADE: readonly Made[] = [
  { name: 'cog-lzw', from: 'big.tif', args: COG },
  { name: 'cog-predictor', from: 'big.tif', args: [...COG, '-co', 'PREDICTOR=YES'] },
  { name: 'cog-zstd', from: 'big.tif', args: ['-of', 'COG', '-co', 'COMPRESS=ZSTD'] },
  {
    name: 'cog-deflate-256',
    from: 'big.tif',
    args: ['-of', 'COG', '-co', 'COMPRESS=DEFLATE', '-co', 'BLOCKSIZE=256'],
  },
  { name: 'cog-none', from: 'big.tif', args: ['-of', 'COG', '-co', 'COMPRESS=NONE'] },
  { name: 'cog-one-band', from: 'big.tif', args: [...COG, '-b', '1'] },
  { name: 'cog-float', from: 'big.tif', args: [...COG, '-ot', 'Float32', '-co', 'PREDICTOR=YES'] },
  { name: 'cog-bigtiff', from: 'big.tif', args: [...COG, '-co', 'BIGTIFF=YES'] },
  { name: 'cog-masked', from: 'masked.tif', args: COG },
  { name: 'cog-masked-bigtiff', from: 'masked.tif', args: [...COG, '-co', 'BIGTIFF=YES'] },
  { name: 'cog-sparse', from: 'sparse.tif', args: [...COG, '-co', 'SPARSE_OK=TRUE'] },
  { name: 'cog-small', from: 'small.tif', args: COG },
  { name: 'cog-no-overviews', from: 'big.tif', args: [...COG, '-co', 'OVERVIEWS=NONE'] },
  { name: 'tiled', from: 'big.tif', args: TILED },
  { name: 'tiled-big-endian', from: 'big.tif', args: [...TILED, '-co', 'ENDIANNESS=BIG'] },
  { name: 'tiled-separate', from: 'big.tif', args: [...TILED, '-co', 'INTERLEAVE=BAND'] },
  { name: 'tiled-small', from: 'small.tif', args: TILED },
  { name: 'striped', from: 'big.tif', args: [] },
  { name: 'striped-small', from: 'small.tif', args: [] },
  { name: 'striped-narrow', from: 'big.tif', args: ['-srcwin', '0', '0', '700', '1000'] },
  { name: 'tiled-internal', from: 'big.tif', args: TILED },
  { name: 'tiled-external', from: 'big.tif', args: TILED },
  {
    name: 'copied-with-overviews',
    from: 'tiled-internal.tif',
    args: [...TILED, '-co', 'COPY_SRC_OVERVIEWS=YES'],
  },
  { name: 'striped-with-overviews', from: 'tiled-internal.tif', args: ['-co', 'COPY_SRC_OVERVIEWS=YES'] },
];

function run(command: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(command, args, { encoding: 'utf8' });
  if (status !== 0) throw new Error(`${command} ${args.join(' ')}: ${stderr}`);
}

/** Ours is stricter on purpose in these, which the script takes. */
const STRICTER =
  /no overviews|behind the end of the file|table of blocks|goes round in a circle|has 0 fields/;
/** GDAL leaves damaged overviews and masks out and is content; we say that they are damaged. */
const MAX_STRICTER_MUTANTS = 8;

/** What GDAL cannot open for reasons of its own (pixel types, codecs) says nothing about the layout. */
function agree(problems: readonly string[], errors: readonly string[]): boolean {
  if (errors.some((error) => error.startsWith('cannot be opened'))) return true;
  if (errors.length > 0) return problems.length > 0;
  return problems.length === 0 || STRICTER.test(problems.join());
}

describe.runIf(python !== undefined)('inspectCogLayout', () => {
  let folder: string;
  const at = (name: string): string => join(folder, `${name}.tif`);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'cogconv-layout-'));
    copyFileSync(join(rasters, 'L7_ETMs.tif'), join(folder, 'small.tif'));
    runPython(python ?? '', MAKE_BASE, [join(rasters, 'L7_ETMs.tif'), folder]);
    for (const { name, from, args } of MADE) {
      run('gdal_translate', ['-q', ...args, join(folder, from), at(name)]);
      if (name === 'tiled-internal') run('gdaladdo', ['-q', at(name), '2', '4']);
      if (name === 'tiled-external') run('gdaladdo', ['-q', '-ro', at(name), '2', '4']);
    }
    copyFileSync(at('cog-lzw'), at('cog-updated'));
    runPython(python ?? '', UPDATE, [at('cog-updated')]);
    copyFileSync(at('cog-no-overviews'), at('cog-with-ovr'));
    run('gdaladdo', ['-q', '-ro', at('cog-with-ovr'), '2', '4']);
    for (const part of [0.2, 0.6, 0.999]) {
      const name = `cog-cut-${String(part)}`;
      copyFileSync(at('cog-lzw'), at(name));
      truncateSync(at(name), Math.floor(readFileSync(at(name)).length * part));
    }
  }, 120_000);
  afterAll(() => {
    rmSync(folder, { recursive: true, force: true });
  });

  function judgedByGdal(files: readonly string[]): Map<string, { errors: string[]; warnings: string[] }> {
    const answer = JSON.parse(runPython(python ?? '', VALIDATE, files)) as Record<
      string,
      [string[], string[]]
    >;
    return new Map(Object.entries(answer).map(([file, [errors, warnings]]) => [file, { errors, warnings }]));
  }

  it("comes to the verdict of GDAL's validator on files of every kind", async () => {
    const names = [
      ...MADE.map(({ name }) => name),
      'cog-updated',
      'cog-with-ovr',
      'cog-cut-0.2',
      'cog-cut-0.6',
      'cog-cut-0.999',
    ];
    const judged = judgedByGdal(names.map(at));
    for (const name of names) {
      const { errors, warnings } = judged.get(at(name)) ?? { errors: ['?'], warnings: [] };
      const { problems, isCog } = await inspectCogLayout(at(name));
      const isStrictlyCog = errors.length === 0 && warnings.length === 0 && !name.startsWith('cog-cut');
      expect({ name, isCog, problems, errors }).toMatchObject({ isCog: isStrictlyCog });
      if (errors.length > 0) expect(problems, name).not.toEqual([]);
    }
    expect([...judged.values()].filter(({ errors }) => errors.length === 0).length).toBeGreaterThan(12);
  });

  it('says how the file is made', async () => {
    expect(await inspectCogLayout(at('cog-predictor'))).toMatchObject({
      isCog: true,
      problems: [],
      width: 1100,
      height: 1060,
      bands: 3,
      blockSize: { width: 512, height: 512 },
      overviews: [
        { width: 550, height: 530 },
        { width: 275, height: 265 },
      ],
      compression: 'LZW',
      predictor: 2,
      bigTiff: false,
      hasMask: false,
    });
    expect(await inspectCogLayout(at('cog-float'))).toMatchObject({ predictor: 3, bands: 3 });
    expect(await inspectCogLayout(at('cog-masked-bigtiff'))).toMatchObject({ hasMask: true, bigTiff: true });
    expect(await inspectCogLayout(at('cog-zstd'))).toMatchObject({ compression: 'ZSTD', predictor: 1 });
    expect(await inspectCogLayout(at('cog-deflate-256'))).toMatchObject({
      compression: 'DEFLATE',
      blockSize: { width: 256, height: 256 },
    });
    expect(await inspectCogLayout(at('striped'))).toMatchObject({ isTiled: false, compression: 'NONE' });
  });

  it.each([
    ['cog-no-overviews', /no overviews, though it is larger than 512 pixels/],
    ['striped', /not tiled/],
    ['tiled', /no overviews/],
    ['tiled-internal', /data of .* lies before/],
    ['tiled-external', /external \.ovr/],
    ['cog-updated', /changed it in place/],
    ['cog-cut-0.999', /behind the end of the file/],
  ])('names what is wrong with %s', async (name, text) => {
    expect((await inspectCogLayout(at(name))).problems.join('\n')).toMatch(text);
  });

  it('finds spoilt leading and trailing bytes of one block', async () => {
    const bytes = readFileSync(at('cog-lzw'));
    const spoilt = at('cog-spoilt');
    bytes[bytes.length - 1] = (bytes.at(-1) ?? 0) ^ 0xff;
    writeFileSync(spoilt, bytes);
    expect((await inspectCogLayout(spoilt)).problems).toEqual([
      'the full resolution: the trailing bytes of block (2, 2) do not repeat its last ones',
    ]);
    expect(judgedByGdal([spoilt]).get(spoilt)?.errors).toHaveLength(1);
  });

  it('reads only headers through a range reader', async () => {
    const bytes = readFileSync(at('cog-lzw'));
    let readBytes = 0;
    const source: ByteSource = {
      sizeBytes: bytes.length,
      read: async (offset, length) => {
        readBytes += length;
        return bytes.subarray(offset, offset + length);
      },
    };
    expect(await inspectCogLayout(source)).toMatchObject({ isCog: true, width: 1100 });
    expect(readBytes).toBeLessThanOrEqual(64 * 1024);
  });

  it.each([
    ['nothing', Buffer.alloc(0)],
    ['text', Buffer.from('hello, this is no raster')],
    ['half a header', Buffer.from('II*\0\x08')],
    ['a header alone', Buffer.from('II*\0\x08\0\0\0')],
    ['no directory', Buffer.from('II*\0\0\0\0\0')],
    ['a directory far away', Buffer.from('II*\0\xf0\xff\xff\xff', 'latin1')],
    ['a BigTIFF header alone', Buffer.from('II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0', 'latin1')],
    [
      'a BigTIFF directory of 2^63 fields',
      Buffer.from('II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x80', 'latin1'),
    ],
  ])('says that %s is no COG', async (_what, bytes) => {
    writeFileSync(at('garbage'), bytes);
    const { isCog, problems } = await inspectCogLayout(at('garbage'));
    expect(isCog).toBe(false);
    expect(problems).toHaveLength(1);
  });

  it('says that a missing file cannot be read', async () => {
    const { problems } = await inspectCogLayout(at('no-such'));
    expect(problems.join()).toMatch(/cannot be read: ENOENT/);
  });

  it('survives mutated headers and calls nothing a COG that GDAL does not', async () => {
    const random = seededRandom(20_240_611);
    const sources = ['cog-lzw', 'cog-masked', 'cog-bigtiff', 'cog-small', 'tiled-internal'].map((name) =>
      readFileSync(at(name)),
    );
    const files: string[] = [];
    for (let i = 0; i < 400; i += 1) {
      const bytes = Buffer.from(sources[i % sources.length] ?? Buffer.alloc(0));
      const changes = 1 + Math.floor(random() * 4);
      for (let change = 0; change < changes; change += 1) {
        bytes[Math.floor(random() * Math.min(bytes.length, 1200))] = Math.floor(random() * 256);
      }
      const file = at(`mutated-${String(i)}`);
      writeFileSync(file, random() < 0.2 ? bytes.subarray(0, Math.floor(random() * 3000)) : bytes);
      files.push(file);
    }
    const judged = judgedByGdal(files);
    const disagreements: string[] = [];
    for (const file of files) {
      const { problems } = await inspectCogLayout(file);
      const errors = judged.get(file)?.errors ?? [];
      if (!agree(problems, errors))
        disagreements.push([basename(file), ...problems, '|', ...errors].join('; '));
    }
    expect(disagreements.filter((text) => !text.endsWith('|'))).toEqual([]);
    expect(disagreements.length).toBeLessThanOrEqual(MAX_STRICTER_MUTANTS);
  });
});
