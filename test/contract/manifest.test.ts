import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { ContractError } from '../../src/contract/contract-error.ts';
import {
  manifestFromKeys,
  parseManifest,
  parseOptions,
  serialiseManifest,
} from '../../src/contract/manifest.ts';
import { cogKey } from '../../src/contract/naming.ts';
import {
  COMPRESSIONS,
  DEFAULT_OPTIONS,
  PREDICTORS,
  RESAMPLINGS,
  VERIFY_LEVELS,
} from '../../src/contract/options.ts';
import { anyText, MANIFEST, PREFIXES } from './documents.ts';

const [ROW] = MANIFEST.files;
const context = { bucket: 'b', ...PREFIXES };

/** A manifest's text with some fields changed; `undefined` leaves one out. */
function withFields(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...MANIFEST, ...change });
}

function withRow(change: Readonly<Record<string, unknown>>): string {
  return withFields({ files: [{ ...ROW, ...change }] });
}

describe('parseManifest', () => {
  it('reads what serialiseManifest wrote: one line of JSON', () => {
    const text = serialiseManifest(MANIFEST);
    expect(text).toMatch(/^\{[^\n]*\}\n$/);
    expect(parseManifest(text)).toEqual(MANIFEST);
  });

  it('reads back any options and any file names', () => {
    const options = fc.record({
      compression: fc.constantFrom(...COMPRESSIONS),
      predictor: fc.constantFrom(...PREDICTORS),
      resampling: fc.constantFrom(...RESAMPLINGS),
      verify: fc.constantFrom(...VERIFY_LEVELS),
      overwrite: fc.boolean(),
      vcpus: fc.integer({ min: 1 }),
      memoryMiB: fc.integer({ min: 1 }),
      fileTimeoutSeconds: fc.option(fc.integer({ min: 1 })),
    });
    const rows = fc.uniqueArray(fc.tuple(anyText, fc.maxSafeNat(), anyText), {
      selector: ([name]) => `${name}.tif`,
    });
    fc.assert(
      fc.property(options, rows, (chosen, named) => {
        const files = named.map(([name, size, etag]) => {
          const source = `rasters/x${name}.tif`;
          return { source, size, etag, target: cogKey(source, PREFIXES) };
        });
        const manifest = { ...MANIFEST, options: chosen, files };
        expect(parseManifest(serialiseManifest(manifest))).toEqual(manifest);
      }),
    );
  });

  it('takes the whole bucket as source prefix and a COG prefix inside the source prefix', () => {
    const files = [{ source: 'a.tif', size: 1, etag: 'e', target: 'cogs/a_cog.tif' }];
    const manifest = { ...MANIFEST, sourcePrefix: '', files };
    expect(parseManifest(serialiseManifest(manifest))).toEqual(manifest);
  });

  it('leaves out fields that it does not know', () => {
    expect(parseManifest(withFields({ colour: 'blue' }))).toEqual(MANIFEST);
  });

  it.each([
    ['[]', 'manifest is not an object'],
    ['null', 'manifest is not an object'],
    [
      withFields({ version: 2 }),
      'manifest has version 2, this cogconv reads version 1; deploy the worker of the cogconv that wrote it',
    ],
    [
      '{}',
      'manifest has version missing, this cogconv reads version 1; deploy the worker of the cogconv that wrote it',
    ],
    [withFields({ run: '' }), 'manifest: "run" must be a non-empty string; it is ""'],
    [withFields({ job: 0 }), 'manifest: "job" must be a whole number >= 1; it is 0'],
    [
      withFields({ createdAt: 'today' }),
      'manifest: "createdAt" must be a time such as 2024-01-15T12:00:00.000Z; it is "today"',
    ],
    [withFields({ bucket: undefined }), 'manifest: "bucket" must be a non-empty string; it is missing'],
    [withFields({ sourcePrefix: null }), 'manifest: "sourcePrefix" must be a string; it is null'],
    [withFields({ sourcePrefix: 'rasters' }), 'manifest: prefix "rasters" does not end in /'],
    [withFields({ cogPrefix: '' }), 'manifest: "cogPrefix" must be a non-empty string; it is ""'],
    [withFields({ cogPrefix: 'cogs' }), 'manifest: prefix "cogs" does not end in /'],
    [withFields({ files: {} }), 'manifest "files" is not an array'],
    [withFields({ files: [ROW, 'a.tif'] }), 'manifest, file 2 is not an object'],
    [withFields({ options: undefined }), 'options is not an object'],
    [withRow({ source: 5 }), 'manifest, file 1: "source" must be a non-empty string; it is 5'],
    [withRow({ size: -1 }), 'manifest, file 1: "size" must be a whole number >= 0; it is -1'],
    [withRow({ etag: '' }), 'manifest, file 1: "etag" must be a non-empty string; it is ""'],
    [
      withRow({ source: 'other/a.tif' }),
      'manifest, file 1: source "other/a.tif" is no raster below rasters/',
    ],
    [
      withRow({ source: 'rasters/a.jp2' }),
      'manifest, file 1: source "rasters/a.jp2" is no raster below rasters/',
    ],
    [withRow({ target: 'rasters/a.tif' }), 'manifest, file 1: target "rasters/a.tif" is no COG below cogs/'],
    [
      withRow({ target: 'cogs/manifests/x.json' }),
      'manifest, file 1: target "cogs/manifests/x.json" is no COG below cogs/',
    ],
    [withRow({ sidecars: 'a' }), 'manifest, file 1, "sidecars" is not an array'],
    [withRow({ sidecars: ['secret.prj'] }), 'manifest, file 1: sidecar "secret.prj" lies outside rasters/'],
    [withRow({ sidecars: [null] }), 'manifest, file 1: sidecar null lies outside rasters/'],
    [withRow({ replaces: '' }), 'manifest, file 1: "replaces" must be a non-empty string; it is ""'],
    [
      withFields({ files: [ROW, { ...ROW, source: 'rasters/rain.tif' }] }),
      'manifest: "rasters/africa/public_rain.tif" and "rasters/rain.tif" would both become "cogs/africa/rain_cog.tif"',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseManifest(text)).toThrow(new ContractError(message));
  });
});

describe('parseOptions', () => {
  it.each([
    [{ compression: 'lzw' }, 'options: "compression" must be one of LZW, DEFLATE, ZSTD; it is "lzw"'],
    [{ predictor: 2 }, 'options: "predictor" must be one of auto, none, standard, floating-point; it is 2'],
    [
      { resampling: 'NEAREST' },
      'options: "resampling" must be one of auto, nearest, mode, average, bilinear, cubic, cubicspline, lanczos, rms; it is "NEAREST"',
    ],
    [{ verify: undefined }, 'options: "verify" must be one of structure, pixels; it is missing'],
    [{ overwrite: 'no' }, 'options: "overwrite" must be true or false; it is "no"'],
    [{ vcpus: 0 }, 'options: "vcpus" must be a whole number >= 1; it is 0'],
    [{ memoryMiB: 0.5 }, 'options: "memoryMiB" must be a whole number >= 1; it is 0.5'],
    [{ fileTimeoutSeconds: 0 }, 'options: "fileTimeoutSeconds" must be a whole number >= 1; it is 0'],
  ])('refuses %j', (change, message) => {
    expect(() => parseOptions({ ...DEFAULT_OPTIONS, ...change })).toThrow(new ContractError(message));
  });
});

describe('manifestFromKeys', () => {
  const keys = ['rasters/public_a.tif', 'rasters/x/b c.TIFF'];

  it.each([[keys], [{ keys }]])('takes %j', (value) => {
    expect(manifestFromKeys(value, context)).toMatchObject({
      ...context,
      options: DEFAULT_OPTIONS,
      files: [
        { source: keys[0], size: 0, etag: '', target: 'cogs/a_cog.tif' },
        { source: keys[1], size: 0, etag: '', target: 'cogs/x/b c_cog.tif' },
      ],
    });
  });

  it('makes one row of a key that is named twice', () => {
    expect(manifestFromKeys([...keys, ...keys], context).files).toHaveLength(2);
  });

  it.each([
    ['rasters/a.tif', 'key list is not an object'],
    [{}, 'key list is not an array'],
    [[7], 'key list, row 1: not a string'],
    [['rasters/a.tif', 'a.tif'], 'key list, row 2: source "a.tif" is no raster below rasters/'],
    [['rasters/a.txt'], 'key list, row 1: source "rasters/a.txt" is no raster below rasters/'],
    [
      ['rasters/a.tif', 'rasters/public_a.tif'],
      'key list: "rasters/a.tif" and "rasters/public_a.tif" would both become "cogs/a_cog.tif"',
    ],
  ])('refuses %j', (value, message) => {
    expect(() => manifestFromKeys(value, context)).toThrow(new ContractError(message));
  });
});
