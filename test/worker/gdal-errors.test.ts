import { describe, expect, it } from 'vitest';
import type { FailureCode } from '../../src/contract/failures.ts';
import { classifyGdal, gdalMessage, ignoredOption, runGdal, saidError } from '../../worker/gdal-errors.ts';
import { ProcessError } from '../../worker/run-process.ts';

const exited = (stderr: string): ProcessError =>
  new ProcessError('exited', 'gdal_translate ended with exit code 1', { stderr, exitCode: 1 });
const killed = (exitSignal: NodeJS.Signals, stderr = ''): ProcessError =>
  new ProcessError('killed', `gdal_translate was killed by ${exitSignal}`, { stderr, exitSignal });

/** As GDAL 3.6 and libtiff wrote them, for rasters damaged on purpose, full disks and options that do not go together. */
const CORPUS: readonly (readonly [FailureCode, string])[] = [
  ['unreadable', "ERROR 4: `/s/source.tif' not recognized as a supported file format."],
  [
    'unreadable',
    'ERROR 1: ZIPDecode:Decoding error at scanline 195\nERROR 1: TIFFReadEncodedStrip() failed.\nERROR 1: /s/source.tif, band 1: IReadBlock failed at X offset 0, Y offset 15: TIFFReadEncodedStrip() failed.',
  ],
  [
    'unreadable',
    'ERROR 1: /s/source.tif:Using code not yet in table\nERROR 1: TIFFReadEncodedStrip() failed.\nERROR 1: /s/source.tif, band 1: IReadBlock failed at X offset 0, Y offset 15: TIFFReadEncodedStrip() failed.',
  ],
  [
    'unreadable',
    'ERROR 1: TIFFReadEncodedStrip:Read error at scanline 4294967295; got 279 bytes, expected 7800\nERROR 1: TIFFReadEncodedStrip() failed.',
  ],
  [
    'unreadable',
    'Warning 1: JPEGLib:Corrupt JPEG data: premature end of data segment\nERROR 1: JPEGLib:Unsupported marker type 0x24\nERROR 1: TIFFFillTile:Read error at row 768, col 512, tile 3; got 65651 bytes, expected 96872',
  ],
  ['unreadable', 'ERROR 1: JPEGLib:Unsupported marker type 0x24'],
  [
    'unreadable',
    'ERROR 1: /s/source.tif: TIFFFetchDirectory:/s/source.tif: Can not read TIFF directory count\nERROR 1: /s/source.tif: TIFFReadDirectory:Failed to read directory at offset 8',
  ],
  [
    'unsupported',
    'ERROR 6: Resampling method CUBIC is not supported for complex data types. Only NEAREST, AVERAGE, AVERAGE_MAGPHASE and RMS are supported',
  ],
  ['unsupported', 'ERROR 1: /s/cog.tif: PREDICTOR=3 is only supported with Float32 or Float64.'],
  ['unsupported', 'ERROR 1: Cannot open TIFF file due to missing codec of code 34887.'],
  [
    'disk-full',
    'ERROR 1: _tiffSeekProc:No space left on device\nERROR 1: TIFFWriteDirectoryTagData:IO error writing tag data',
  ],
  ['disk-full', 'ERROR 1: TIFFAppendToStrip:Write error at scanline 512'],
  ['out-of-memory', 'ERROR 2: VSIMalloc3(): Out of memory allocating 1073741824 bytes'],
  [
    'out-of-memory',
    'ERROR 1: ZSTDEncode:Error in ZSTD_compressStream(): Allocation error : not enough memory\nERROR 1: /s/cog.tif.ovr.tmp, band 1: An error occurred while writing a dirty block from GDALRasterBand::RasterIO',
  ],
  [
    'out-of-memory',
    'ERROR 2: ./gcore/overview.cpp, 3051: cannot allocate 6240000 bytes\nERROR 1: TIFFAppendToStrip:Write error at scanline 512',
  ],
  ['gdal-failed', "ERROR 4: Attempt to create new tiff file `/s/cog.tif' failed: No such file or directory"],
  ['gdal-failed', ''],
];

describe('classifyGdal', () => {
  it.each(CORPUS)('%s: %s', (code, stderr) => {
    expect(classifyGdal(exited(stderr))).toBe(code);
  });

  it('goes by errors alone: neither warnings nor the names of folders decide', () => {
    const warned =
      "Warning 1: TIFFReadDirectoryCheckOrder: invalid TIFF directory; tags corrupt\nERROR 4: Attempt to create new tiff file `/corrupt/unsupported/cog.tif' failed: Is a directory";
    expect(classifyGdal(exited(warned))).toBe('gdal-failed');
  });

  it.each([
    [killed('SIGKILL'), 'out-of-memory'],
    [killed('SIGXFSZ'), 'disk-full'],
    [killed('SIGTERM'), 'interrupted'],
    [killed('SIGSEGV', 'ERROR 1: TIFFFillTile:Read error'), 'gdal-failed'],
    [
      killed(
        'SIGABRT',
        "terminate called after throwing an instance of 'std::bad_alloc'\n  what():  std::bad_alloc",
      ),
      'out-of-memory',
    ],
    [new ProcessError('timeout', 'ended', { stderr: 'ERROR 1: read error' }), 'timeout'],
    [new ProcessError('aborted', 'stopped'), 'interrupted'],
  ])('%s is %s', (error, code) => {
    expect(classifyGdal(error)).toBe(code);
  });
});

describe('gdalMessage', () => {
  it('gives the first two distinct errors without numbers and local folders', () => {
    const stderr =
      'Warning 1: odd\nERROR 1: /tmp/cogconv-1/0/source.tif: bad\nERROR 1: /tmp/cogconv-1/0/source.tif: bad\nERROR 4: worse\nERROR 5: last\n';
    expect(gdalMessage(exited(stderr))).toBe('source.tif: bad; worse');
  });

  it('tells how the program ended when it said nothing', () => {
    expect(gdalMessage(killed('SIGSEGV', 'Warning 1: odd'))).toBe('gdal_translate was killed by SIGSEGV');
  });
});

describe('ignoredOption', () => {
  it.each([
    ['Warning 6: driver COG does not support creation option FOO'],
    ["Warning 6: 'FOO' is an unexpected value for COMPRESS creation option of type string-select."],
    ['Warning 1: odd\nWarning 5: COMPRESS=FOO value not recognised, ignoring.\n'],
  ])('finds %s', (stderr) => {
    expect(ignoredOption(stderr)).toMatch(/FOO/);
  });

  it('lets other warnings pass', () => {
    expect(ignoredOption('Warning 1: Lost metadata writing to GeoTIFF\nERROR 6: no option')).toBeNull();
  });
});

describe('saidError', () => {
  it.each([
    ['ERROR 1: ZSTDEncode:Error in ZSTD_compressStream(): Allocation error : not enough memory', true],
    ['Warning 1: odd\nERROR 2: cannot allocate 6240000 bytes\n', true],
    ['ERROR 1: PROJ: proj_create_from_database: crs not found', false],
    ['Warning 1: the ERROR 1: of another', false],
    ['ERROR 6: Read or update mode not supported on /vsistdout\n', false],
    ['ERROR 6: Read or update mode not supported on /vsistdout\nERROR 1: IReadBlock failed', true],
    ['', false],
  ])('%s: %s', (stderr, expected) => {
    expect(saidError(stderr)).toBe(expected);
  });
});

describe('runGdal', () => {
  it('makes the failure of a run the file’s, but not our own stopping or a bug', async () => {
    expect(await runGdal(Promise.resolve(1))).toBe(1);
    const full = new ProcessError('exited', 'ended', {
      stderr: 'ERROR 3: No space left on device',
      exitCode: 1,
    });
    await expect(runGdal(Promise.reject(full))).rejects.toMatchObject({
      name: 'FileFailure',
      code: 'disk-full',
    });
    const stopped = new ProcessError('aborted', 'was stopped');
    await expect(runGdal(Promise.reject(stopped))).rejects.toBe(stopped);
    const bug = new TypeError('x');
    await expect(runGdal(Promise.reject(bug))).rejects.toBe(bug);
  });
});
