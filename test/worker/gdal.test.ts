import { describe, expect, it } from 'vitest';
import {
  gdalEnvironment,
  inspectCommand,
  localSidecar,
  pixelsCommand,
  prjCommand,
  sampleCommand,
  translateCommand,
} from '../../worker/gdal.ts';

describe('inspectCommand', () => {
  it('reads with the GTiff driver alone', () => {
    expect(inspectCommand('/x/source.tif')).toEqual({
      command: 'gdalinfo',
      args: ['-json', '-if', 'GTiff', '-mdd', 'all', '/x/source.tif'],
    });
  });
});

describe('pixelsCommand', () => {
  it('streams all bands in one pass, in strips that are never read back', () => {
    expect(pixelsCommand('/x/pixels.vrt')).toEqual({
      command: 'gdal_translate',
      args: [
        '-q',
        ...['-if', 'VRT', '-of', 'GTiff'],
        ...['-co', 'STREAMABLE_OUTPUT=YES', '-co', 'INTERLEAVE=PIXEL', '-co', 'BLOCKYSIZE=1'],
        ...['-co', 'BIGTIFF=YES'],
        ...['/x/pixels.vrt', '/vsistdout/'],
      ],
    });
  });
});

describe('translateCommand', () => {
  const request = {
    source: '/x/source.tif',
    output: '/x/cog.tif',
    creationOptions: [
      ['COMPRESS', 'LZW'],
      ['BLOCKSIZE', '512'],
    ],
    crsFile: null,
  } as const;

  it('is a whole argv, source and output last', () => {
    expect(translateCommand(request)).toEqual({
      command: 'gdal_translate',
      args: [
        '-q',
        ...['-if', 'GTiff'],
        ...['-of', 'COG'],
        ...['-co', 'COMPRESS=LZW'],
        ...['-co', 'BLOCKSIZE=512'],
        '/x/source.tif',
        '/x/cog.tif',
      ],
    });
  });

  it('takes the CRS out of a .prj file', () => {
    const { args } = translateCommand({ ...request, creationOptions: [], crsFile: '/x/source.prj' });
    expect(args).toEqual([
      '-q',
      ...['-if', 'GTiff'],
      ...['-of', 'COG'],
      ...['-a_srs', '/x/source.prj'],
      '/x/source.tif',
      '/x/cog.tif',
    ]);
  });
});

describe('sampleCommand', () => {
  it('writes raw pixels of our own VRT in the type asked for', () => {
    expect(sampleCommand('/x/sample.vrt', '/x/sample.raw', 'Float64')).toEqual({
      command: 'gdal_translate',
      args: [
        '-q',
        ...['-if', 'VRT'],
        ...['-of', 'ENVI'],
        ...['-ot', 'Float64'],
        '/x/sample.vrt',
        '/x/sample.raw',
      ],
    });
  });
});

describe('prjCommand', () => {
  it('asks for WKT 2 on one line', () => {
    expect(prjCommand('/x/source.prj')).toEqual({
      command: 'gdalsrsinfo',
      args: ['--single-line', '-o', 'wkt2_2019', '/x/source.prj'],
    });
  });
});

describe('gdalEnvironment', () => {
  const from = { scratch: '/s', threads: 2, cacheMiB: 96, search: { PATH: '/bin' } };
  const reading = {
    PATH: '/bin',
    LC_ALL: 'C.UTF-8',
    GDAL_CACHEMAX: '96',
    GDAL_NUM_THREADS: '2',
    CPL_TMPDIR: '/s',
    PROJ_USER_WRITABLE_DIRECTORY: '/s',
    PROJ_NETWORK: 'OFF',
    CPL_VSIL_CURL_ALLOWED_EXTENSIONS: '.none',
    GDAL_VRT_ENABLE_PYTHON: 'NO',
    GDAL_HTTP_MAX_RETRY: '0',
    AWS_EC2_METADATA_DISABLED: 'true',
  };

  it('is all that GDAL sees: no credentials, no network, no PROJ paths', () => {
    expect(gdalEnvironment({ ...from, sidecars: true })).toEqual(reading);
  });

  it('spares the compression of overviews under construction', () => {
    expect(gdalEnvironment({ ...from, sidecars: true, plainOverviews: true })).toEqual({
      ...reading,
      COG_TMP_COMPRESSION: 'NONE',
    });
  });

  it('hides the neighbours of a raster that is to stand alone', () => {
    expect(gdalEnvironment({ ...from, sidecars: false })).toEqual({
      ...reading,
      GDAL_PAM_ENABLED: 'NO',
      GDAL_DISABLE_READDIR_ON_OPEN: 'EMPTY_DIR',
    });
  });
});

describe('localSidecar', () => {
  it.each([
    ['src/a.tif.aux.xml', 'source.tif.aux.xml'],
    ['src/a.AUX.XML', 'source.tif.aux.xml'],
    ['src/a.tif.msk', 'source.tif.msk'],
    ['src/a.PRJ', 'source.prj'],
    ['src/a.tfw', 'source.tfw'],
    ['src/a.tifw', 'source.tfw'],
    ['src/a.wld', 'source.wld'],
    // overviews are always made anew
    ['src/a.tif.ovr', null],
    ['src/a.tif.xml', null],
  ])('%s is %s', (key, name) => {
    expect(localSidecar(key)).toBe(name);
  });
});
