/** A GDAL run as data. */
export interface GdalCommand {
  readonly command: string;
  readonly args: readonly string[];
}

/** What the environment of a GDAL run is made of. */
export interface GdalEnvironment {
  /** Where GDAL may write temporary files. */
  readonly scratch: string;
  readonly threads: number;
  readonly cacheMiB: number;
  /** False: the raster stands alone, as a reader of the uploaded object sees it. */
  readonly sidecars: boolean;
  /** A COG's overviews under construction are not compressed; by default GDAL does it, once more than needed. */
  readonly plainOverviews?: boolean;
  /** PATH of the worker; LD_LIBRARY_PATH where GDAL was built by hand. */
  readonly search: Readonly<Record<string, string>>;
}

/**
 * The whole environment of a GDAL run. PROJ_LIB and PROJ_DATA are left out on purpose: a wrong one breaks every CRS.
 * @see https://gdal.org/user/configoptions.html
 */
export function gdalEnvironment(from: GdalEnvironment): Record<string, string> {
  return {
    ...from.search,
    // UTF-8 in messages and JSON, whatever the locale of the host
    LC_ALL: 'C.UTF-8',
    // below 100000 it counts in MB; the default is 5 % of the host's memory, not of the container's
    GDAL_CACHEMAX: String(from.cacheMiB),
    GDAL_NUM_THREADS: String(from.threads),
    CPL_TMPDIR: from.scratch,
    // without a home PROJ looks for grids in /tmp/proj, where anybody may have put some
    PROJ_USER_WRITABLE_DIRECTORY: from.scratch,
    // a header must not make GDAL look anything up: no grids, no URLs, no Python
    PROJ_NETWORK: 'OFF',
    CPL_VSIL_CURL_ALLOWED_EXTENSIONS: '.none',
    GDAL_VRT_ENABLE_PYTHON: 'NO',
    GDAL_HTTP_MAX_RETRY: '0',
    AWS_EC2_METADATA_DISABLED: 'true',
    ...(from.plainOverviews === true ? { COG_TMP_COMPRESSION: 'NONE' } : {}),
    ...(from.sidecars ? {} : { GDAL_PAM_ENABLED: 'NO', GDAL_DISABLE_READDIR_ON_OPEN: 'EMPTY_DIR' }),
  };
}

/** `gdalinfo` of a local GeoTIFF as JSON. @see https://gdal.org/programs/gdalinfo.html */
export function inspectCommand(file: string): GdalCommand {
  return {
    command: 'gdalinfo',
    args: [
      '-json',
      // only the GTiff driver: a VRT that calls itself .tif could read any file or URL
      ['-if', 'GTiff'],
      // metadata of all domains: a COG lacks what lies in most of them
      ['-mdd', 'all'],
      file,
    ].flat(),
  };
}

/** All that `gdal_translate` is told about one raster. */
export interface TranslateRequest {
  readonly source: string;
  readonly output: string;
  readonly creationOptions: readonly (readonly [name: string, value: string])[];
  /** A local .prj file with the CRS of a raster that has none itself. */
  readonly crsFile: string | null;
}

/** `gdal_translate` to a COG. @see https://gdal.org/drivers/raster/cog.html */
export function translateCommand(request: TranslateRequest): GdalCommand {
  const files = [request.source, request.output];
  return {
    command: 'gdal_translate',
    args: ['-q', '-if', 'GTiff', '-of', 'COG', ...translateOptions(request), ...files],
  };
}

/** How the pixels become those of the COG: `['-co', 'COMPRESS=LZW', ...]`. */
export function translateOptions({ crsFile, creationOptions }: TranslateRequest): readonly string[] {
  return [
    // the GTiff driver does not read .prj files by itself
    ...(crsFile === null ? [] : ['-a_srs', crsFile]),
    ...creationOptions.flatMap(([name, value]) => ['-co', `${name}=${value}`]),
  ];
}

/**
 * All pixels of our own VRT as an uncompressed TIFF on stdout that is written once from front to end: header, then row by
 * row, all bands of a pixel together, so that every block of the source is decoded once.
 * @see https://gdal.org/drivers/raster/gtiff.html#streaming-operations
 */
export function pixelsCommand(vrt: string): GdalCommand {
  return {
    command: 'gdal_translate',
    args: [
      '-q',
      // written by pixelsVrt, over nothing but one GTiff
      ['-if', 'VRT'],
      ['-of', 'GTiff'],
      ['-co', 'STREAMABLE_OUTPUT=YES'],
      ['-co', 'INTERLEAVE=PIXEL'],
      // GDAL copies by rows of the source's blocks; a strip that is not full then could not be read back from stdout
      ['-co', 'BLOCKYSIZE=1'],
      // one layout of the header, whatever the size
      ['-co', 'BIGTIFF=YES'],
      vrt,
      '/vsistdout/',
    ].flat(),
  };
}

/** Raw pixels of the sample VRT, band after band (ENVI BSQ). */
export function sampleCommand(vrt: string, output: string, type: string): GdalCommand {
  return {
    command: 'gdal_translate',
    args: [
      '-q',
      // our own VRT, written by sampleVrt, over nothing but the GTiff source
      ['-if', 'VRT'],
      ['-of', 'ENVI'],
      // not every version's ENVI driver has 64-bit integers
      ['-ot', type],
      vrt,
      output,
    ].flat(),
  };
}

/** A .prj file, ESRI's WKT or GDAL's, as WKT 2. @see https://gdal.org/programs/gdalsrsinfo.html */
export function prjCommand(file: string): GdalCommand {
  return { command: 'gdalsrsinfo', args: ['--single-line', ['-o', 'wkt2_2019'], file].flat() };
}

/** Version of GDAL: `GDAL 3.6.2, released 2023/01/02`. */
export const VERSION_COMMAND: GdalCommand = { command: 'gdal_translate', args: ['--version'] };

/** What some rasters need besides; they mostly come in one package with gdal_translate. */
export const OTHER_PROGRAMS = ['gdalinfo', 'gdalsrsinfo'] as const;

/** Describes the COG driver, or fails when there is none. */
export const COG_DRIVER_COMMAND: GdalCommand = { command: 'gdal_translate', args: ['--format', 'COG'] };

/** Fixed local names: a key never reaches GDAL, so no key can look like an option, a URL or a driver's prefix. */
export const LOCAL_SOURCE = 'source.tif';
export const LOCAL_PAM = `${LOCAL_SOURCE}.aux.xml`;
export const LOCAL_PRJ = 'source.prj';
export const LOCAL_COG = 'cog.tif';

/** The sidecar's fixed local name by its ending; null for one that conversion does not use. */
export function localSidecar(key: string): string | null {
  const lower = key.toLowerCase();
  if (lower.endsWith('.aux.xml')) return LOCAL_PAM;
  if (lower.endsWith('.msk')) return `${LOCAL_SOURCE}.msk`;
  if (lower.endsWith('.prj')) return LOCAL_PRJ;
  if (/\.(?:tfw|tifw|tiffw)$/.test(lower)) return 'source.tfw';
  return lower.endsWith('.wld') ? 'source.wld' : null;
}
