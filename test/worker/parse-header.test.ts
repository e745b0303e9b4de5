import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HeaderError, parseHeader } from '../../worker/parse-header.ts';

const rasters = fileURLToPath(new URL('../fixtures/rasters', import.meta.url));
const real = execFileSync('gdalinfo', ['-json', '-if', 'GTiff', `${rasters}/lc.tif`]);
const text = real.toString('utf8');
const bytes = (json: string): Buffer => Buffer.from(json);
const small = (bandFields: string, rest = ''): Buffer =>
  bytes(`{"size":[3,2],"bands":[{"type":"Float32","block":[3,2]${bandFields}}]${rest}}`);

describe('parseHeader', () => {
  it('reads what the installed GDAL writes', () => {
    const header = parseHeader(real);
    expect(header.bands).toHaveLength(1);
    expect(header.crs).toMatch(/^(?:PROJCRS|GEOGCRS)\[/);
    expect(header.geoTransform).toHaveLength(6);
    expect(header.bands[0]?.type).toBe('Byte');
  });

  it.each([
    ['nan', 'NaN'],
    ['-nan', 'NaN'],
    ['nan(0x7f)', 'NaN'],
    ['inf', 'inf'],
    ['-inf', '-inf'],
    ['Infinity', 'Infinity'],
    ['"NaN"', 'NaN'],
    ['-9999', '-9999'],
  ])('reads nodata %s', (written, nodata) => {
    expect(parseHeader(small(`,"noDataValue":${written}`)).bands[0]?.nodata).toBe(nodata);
  });

  it('changes no string that holds nan or inf', () => {
    const header = parseHeader(
      small(',"noDataValue":nan', ',"coordinateSystem":{"wkt":"a \\"nan\\" inf (nan)"}'),
    );
    expect(header.crs).toBe('a "nan" inf (nan)');
  });

  it('reads on over bytes that are not UTF-8 and control characters in strings', () => {
    const odd = Buffer.concat([
      bytes('{"metadata":{"":{"who":"M'),
      Buffer.from([0xfc, 0x01, 0x0a]),
      bytes('ller"}},'),
    ]);
    expect(parseHeader(Buffer.concat([odd, small('').subarray(1)])).width).toBe(3);
  });

  it('takes a signed byte of GDAL before 3.7 for Int8', () => {
    const signed = ',"metadata":{"IMAGE_STRUCTURE":{"PIXELTYPE":"SIGNEDBYTE","NBITS":"7"}}';
    expect(parseHeader(small(signed)).bands[0]).toMatchObject({ type: 'Int8', usedBits: 7 });
  });

  it('names the domains of metadata that nothing else tells of', () => {
    const band = ',"metadata":{"":{},"IMAGE_STRUCTURE":{},"CALIBRATION":{"GAIN":"2"}}';
    const raster = ',"metadata":{"":{"a":"b"},"RPC":{},"DERIVED_SUBDATASETS":{},"CAMERA":{"SERIAL":"4711"}}';
    expect(parseHeader(small(band, raster)).metadataDomains).toEqual(['CAMERA', 'CALIBRATION']);
  });

  it('takes the CRS of the ground control points when there is no other', () => {
    const gcps =
      ',"gcps":{"coordinateSystem":{"wkt":"GEOGCRS[]","dataAxisToSRSAxisMapping":[2,1]},"gcpList":[{"pixel":1,"line":2,"x":3,"y":4,"z":5}]}';
    expect(parseHeader(small('', gcps))).toMatchObject({
      crs: 'GEOGCRS[]',
      isCrsOfGcps: true,
      axisMapping: [2, 1],
      geoTransform: null,
      gcps: [[1, 2, 3, 4, 5]],
    });
  });

  it.each([
    ['nothing', ''],
    ['no JSON', 'gdalinfo failed - unable to open'],
    ['half of it', text.slice(0, 400)],
    ['no size', '{"bands":[{"type":"Byte","block":[1,1]}]}'],
    ['no band', '{"size":[1,1],"bands":[]}'],
    ['no band type', '{"size":[1,1],"bands":[{"block":[1,1]}]}'],
    ['a list', '[1]'],
  ])('refuses %s', (_, json) => {
    expect(() => parseHeader(bytes(json))).toThrow(HeaderError);
  });

  it('reads strings of many megabytes beside a bare nan', () => {
    const long = 'x'.repeat(12_000_000);
    const header = parseHeader(small(',"noDataValue":nan', `,"metadata":{"xml:XMP":["${long}"]}`));
    expect(header.bands[0]?.nodata).toBe('NaN');
  });

  it('refuses output that was cut within quotes without trying every start', () => {
    expect(() => parseHeader(bytes(`{"nan":nan,"a":"${'\\"'.repeat(200_000)}`))).toThrow(HeaderError);
  });
});

/** Read, or refused by its own error; anything else would look like a bug in the worker. */
function survives(output: Uint8Array): void {
  try {
    parseHeader(output);
  } catch (error) {
    if (!(error instanceof HeaderError)) throw error;
  }
}

describe('damaged output of gdalinfo', () => {
  const bounded = { seed: 20240115, numRuns: 400 };
  const values = [...text.matchAll(/"[^"]*"(?=\s*[,\]}])|-?[\d.]+(?=\s*[,\]}])|\{\s*\}|\[[^[\]]*\]/g)];
  const odd = fc.oneof(
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc.constantFrom('null', 'nan', '{"toString":1}', '[{"toString":1,"valueOf":2}]', '{"length":3}'),
    fc.constant('['.repeat(20_000) + ']'.repeat(20_000)),
  );

  it('with other values is read or refused', () => {
    fc.assert(
      fc.property(fc.constantFrom(...values), odd, (found, by) => {
        survives(bytes(text.slice(0, found.index) + by + text.slice(found.index + found[0].length)));
      }),
      bounded,
    );
  });

  it('cut or with odd bytes inside is read or refused', () => {
    const at = fc.integer({ min: 0, max: real.length });
    fc.assert(
      fc.property(at, at, fc.uint8Array({ maxLength: 8 }), (from, to, inner) => {
        survives(Buffer.concat([real.subarray(0, from), inner, real.subarray(to)]));
      }),
      bounded,
    );
  });
});
