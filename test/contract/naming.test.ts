import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  cogKey,
  isCogOf,
  hasTooLongCog,
  fileName,
  isDirectoryBucket,
  isRasterKey,
  isSourceKey,
  jobName,
  manifestKey,
  manifestsPrefix,
  MAX_KEY_BYTES,
  normalisePrefix,
  resultKey,
  runName,
  runRecordKey,
  runRecordsPrefix,
} from '../../src/contract/naming.ts';
import { anyText, PREFIXES } from './documents.ts';

/** Keys as S3 allows them: any characters, odd ones often. */
const segment = fc.oneof(
  anyText,
  fc.constantFrom(
    'public_',
    'cdb_importer_',
    '..',
    '.',
    ' ',
    '#',
    "it's",
    'e\u0301',
    '🗺',
    'a\nb',
    '.tif',
    '_cog',
  ),
);
const name = fc
  .array(segment, { minLength: 1, maxLength: 3 })
  .map((parts) => parts.join('').replaceAll('/', '_'));
const folders = fc.array(name, { maxLength: 3 }).map((names) => names.map((one) => `${one}/`).join(''));
const suffix = fc.constantFrom('.tif', '.TIF', '.tiff', '.TiFf');
const sourceKey = fc
  .tuple(folders, name, suffix)
  .map(([folder, stem, end]) => `rasters/${folder}${stem}${end}`);

describe('normalisePrefix', () => {
  it.each([
    ['a/b', 'a/b/'],
    ['a/b/', 'a/b/'],
    ['/a/b/', 'a/b/'],
    ['//a//b//', 'a//b/'],
    ['/', ''],
    ['', ''],
    ['a b/é', 'a b/é/'],
  ])('makes %j %j', (prefix, expected) => {
    expect(normalisePrefix(prefix)).toBe(expected);
  });

  it('changes nothing the second time', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        const once = normalisePrefix(text);
        expect(normalisePrefix(once)).toBe(once);
      }),
    );
  });
});

describe('isDirectoryBucket', () => {
  it.each([
    ['./data', true],
    ['data/', true],
    ['/srv/rasters', true],
    ['C:\\data', true],
    ['file:///srv/rasters', true],
    ['FILE:///srv/rasters', true],
    ['resilienceatlas', false],
    ['my.bucket-1', false],
    ['file', false],
  ])('tells of %j %s', (value, expected) => {
    expect(isDirectoryBucket(value)).toBe(expected);
  });
});

describe('fileName', () => {
  it.each([
    ['a/b/c.tif', 'c.tif'],
    ['c.tif', 'c.tif'],
    ['a/b/', ''],
    ['a\\b.tif', 'a\\b.tif'],
  ])('takes from %j %j', (key, expected) => {
    expect(fileName(key)).toBe(expected);
  });
});

describe('isRasterKey', () => {
  it.each([
    'a.tif',
    'a.TIF',
    'a.tiff',
    'a.TiFf',
    'x/ .tif',
    'x/a.b.tif',
    'x/a\n.tif',
    'x/public_.tif',
    'x/🗺.tif',
    '.tif',
    'x/.TIFF',
  ])('takes %j', (key) => {
    expect(isRasterKey(key)).toBe(true);
  });

  it.each(['', 'a', 'tif', 'x.tif/', 'a.tif.aux.xml', 'a.tif ', 'a.tif\n', 'a.tifff', 'atif', 'a.jp2'])(
    'refuses %j',
    (key) => {
      expect(isRasterKey(key)).toBe(false);
    },
  );
});

describe('isSourceKey', () => {
  const nested = { sourcePrefix: 'exports/', cogPrefix: 'exports/cogs/' };
  const whole = { sourcePrefix: '', cogPrefix: 'cogs/' };

  it.each([
    ['rasters/a.tif', PREFIXES, true],
    ['rasters/cogs/a.tif', PREFIXES, true],
    ['rasters', PREFIXES, false],
    ['rasters/', PREFIXES, false],
    ['rasters/.tif', PREFIXES, true],
    ['rasters_old/a.tif', PREFIXES, false],
    ['other/rasters/a.tif', PREFIXES, false],
    ['exports/a.tif', nested, true],
    ['exports/cogs.tif', nested, true],
    ['exports/cogs_old/a.tif', nested, true],
    ['exports/cogs/a_cog.tif', nested, false],
    ['exports/cogs/deep/a.tif', nested, false],
    ['a.tif', whole, true],
    ['x/cogs/a.tif', whole, true],
    ['cogs/a.tif', whole, false],
  ])('tells of %j below %j %s', (key, prefixes, expected) => {
    expect(isSourceKey(key, prefixes)).toBe(expected);
  });

  it('never takes a COG that it names for a source', () => {
    const places = fc.constantFrom(PREFIXES, nested, whole);
    fc.assert(
      fc.property(sourceKey, places, (key, prefixes) => {
        const source = key.replace('rasters/', prefixes.sourcePrefix);
        expect(isSourceKey(cogKey(source, prefixes), prefixes)).toBe(false);
      }),
    );
  });
});

describe('cogKey', () => {
  it.each([
    ['rasters/rain.tif', 'cogs/rain_cog.tif'],
    ['rasters/public_rainfall.tif', 'cogs/rainfall_cog.tif'],
    ['rasters/cdb_importer_12_pop.TIFF', 'cogs/12_pop_cog.tif'],
    ['rasters/africa/public_rain.TIF', 'cogs/africa/rain_cog.tif'],
    ['rasters/public_a/b/c.tif', 'cogs/public_a/b/c_cog.tif'],
    ['rasters/public_public_a.tif', 'cogs/public_a_cog.tif'],
    ['rasters/public_cdb_importer_a.tif', 'cogs/cdb_importer_a_cog.tif'],
    ['rasters/.tif', 'cogs/_cog.tif'],
    ['rasters/public_.tif', 'cogs/public__cog.tif'],
    ['rasters/cdb_importer_.tif', 'cogs/cdb_importer__cog.tif'],
    ['rasters/public_.tif.tif', 'cogs/.tif_cog.tif'],
    ['rasters/public_\nx.tif', 'cogs/\nx_cog.tif'],
    ['rasters/Public_a.tif', 'cogs/Public_a_cog.tif'],
    ['rasters/publica.tif', 'cogs/publica_cog.tif'],
    ['rasters/my public_a.tif', 'cogs/my public_a_cog.tif'],
    ['rasters/a.tif.tiff', 'cogs/a.tif_cog.tif'],
    ['rasters/a_cog.tif', 'cogs/a_cog_cog.tif'],
    ['rasters//a.tif', 'cogs//a_cog.tif'],
    [`rasters/it's "x" #1+2%20.tif`, `cogs/it's "x" #1+2%20_cog.tif`],
    ['rasters/-rf $(x).tif', 'cogs/-rf $(x)_cog.tif'],
    ['rasters/🗺/e\u0301.tif', 'cogs/🗺/e\u0301_cog.tif'],
  ])('makes of %j %j', (source, target) => {
    expect(cogKey(source, PREFIXES)).toBe(target);
  });

  it('does not normalise what looks alike', () => {
    expect(cogKey('rasters/e\u0301.tif', PREFIXES)).not.toBe(cogKey('rasters/\u00e9.tif', PREFIXES));
  });

  it('keeps the folder, stays below the COG prefix and ends in _cog.tif', () => {
    fc.assert(
      fc.property(sourceKey, (source) => {
        fc.pre(isSourceKey(source, PREFIXES));
        const target = cogKey(source, PREFIXES);
        const folder = source.slice('rasters/'.length, source.lastIndexOf('/') + 1);
        expect(target.slice(0, target.lastIndexOf('/') + 1)).toBe(`cogs/${folder}`);
        expect(fileName(target)).toMatch(/^[^/]*_cog\.tif$/);
      }),
    );
  });

  it.each([
    ['itself', 'cogs/a/b_cog.tif', true],
    ['another file', 'cogs/a/c_cog.tif', false],
    ['another folder', 'cogs/c/b_cog.tif', false],
    ['a longer name', 'cogs/a/bb_cog.tif', false],
  ])('is of one source and not of its neighbours: %s', (_, cog, expected) => {
    expect(isCogOf(cog, 'rasters/a/b.tif', PREFIXES)).toBe(expected);
  });

  it('tells the COG of a source from others without making its key', () => {
    const part = fc.constantFrom('public_', 'cdb_importer_', 'a', 'é', '_', '_cog', '.tif', '/');
    const sources = fc
      .array(part, { maxLength: 4 })
      .map((parts) => `rasters/${parts.join('')}.tif`)
      .filter((key) => isSourceKey(key, PREFIXES));
    const cogs = fc.oneof(
      fc.array(part, { maxLength: 4 }).map((parts) => `cogs/${parts.join('')}_cog.tif`),
      sources.map((source) => cogKey(source, PREFIXES)),
    );
    fc.assert(
      fc.property(sources, cogs, (source, cog) => {
        expect(isCogOf(cog, source, PREFIXES)).toBe(cog === cogKey(source, PREFIXES));
        expect(isCogOf(cogKey(source, PREFIXES), source, PREFIXES)).toBe(true);
      }),
    );
  });

  it('gives two sources one target only when their names differ in suffix and export prefix alone', () => {
    const bare = (key: string): string =>
      key.replace(/\.tiff?$/i, '').replace(/(^|\/)(?:public_|cdb_importer_)(?=[^/])([^/]*)$/, '$1$2');
    // few letters, so that many pairs do meet
    const part = fc.constantFrom('public_', 'cdb_importer_', 'a', '_', '.tif', '/');
    const close = fc
      .tuple(fc.array(part, { minLength: 1, maxLength: 3 }), suffix)
      .map(([parts, end]) => `rasters/${parts.join('')}${end}`)
      .filter(isRasterKey);
    fc.assert(
      fc.property(close, close, (one, other) => {
        const sameTarget = cogKey(one, PREFIXES) === cogKey(other, PREFIXES);
        expect(sameTarget).toBe(bare(one) === bare(other));
      }),
    );
    expect(cogKey('rasters/public_x.tif', PREFIXES)).toBe(cogKey('rasters/x.TIFF', PREFIXES));
  });
});

describe('hasTooLongCog', () => {
  it.each([
    ['ASCII', 'x'],
    ['two bytes', 'é'],
    ['three bytes', '水'],
    ['four bytes', '😀'],
  ])('counts the bytes of the key that would be made: %s', (_, letter) => {
    const lengths = Array.from({ length: 1040 }, (_, n) => `rasters/a/public_${letter.repeat(n)}.tif`);
    for (const source of lengths) {
      const isTooLong = Buffer.byteLength(cogKey(source, PREFIXES)) > MAX_KEY_BYTES;
      const place = { ...PREFIXES, maxNameBytes: Infinity };
      expect(hasTooLongCog(`before${source}behind`, place, 6, 6 + source.length)).toBe(isTooLong);
    }
  });

  it.each(['x', 'é', '水', '😀'])('counts the bytes of names where they have a limit: %s', (letter) => {
    const place = { ...PREFIXES, maxNameBytes: 255 };
    for (let n = 0; n < 300; n++) {
      const name = letter.repeat(n);
      const isTooLong = Buffer.byteLength(`${name}_cog.tif`) > 255;
      expect(hasTooLongCog(`rasters/folder/public_${name}.tif`, place)).toBe(isTooLong);
      expect(hasTooLongCog(`rasters/${name}/x.tif`, place)).toBe(Buffer.byteLength(name) > 255);
    }
  });
});

describe('names of runs and their documents', () => {
  const at = new Date('2024-01-15T12:00:00.999Z');
  const run = runName('cog-converter', at);

  it('names a run by UTC time', () => {
    expect(run).toBe('cog-converter-20240115120000');
    expect(runName('x', new Date('2024-01-15T01:02:03+05:00'))).toBe('x-20240114200203');
  });

  it('numbers jobs and puts their documents below the COG prefix', () => {
    expect(jobName(run, 12)).toBe('cog-converter-20240115120000-12');
    expect(manifestsPrefix('cogs/')).toBe('cogs/manifests/');
    expect(manifestKey('cogs/', run, 12)).toBe('cogs/manifests/cog-converter-20240115120000-12.json');
    expect(resultKey(manifestKey('cogs/', run, 12))).toBe(
      'cogs/manifests/cog-converter-20240115120000-12.result.json',
    );
    expect(resultKey('cogs/manifests/odd')).toBe('cogs/manifests/odd.result.json');
  });

  it('lists run records in the order of their numbers', () => {
    expect(runRecordsPrefix('cogs/')).toBe('cogs/manifests/runs/');
    expect(runRecordKey('cogs/', 1)).toBe('cogs/manifests/runs/00000001.json');
    expect(runRecordKey('cogs/', 9) < runRecordKey('cogs/', 10)).toBe(true);
  });
});
