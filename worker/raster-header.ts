import { crsLabel } from '../src/raster/crs.ts';

/** GDAL's names of sample types: `Byte`, `Float32`, `CInt16`. */
export type SampleType = string;

/** One band as gdalinfo tells it. */
export interface BandHeader {
  readonly type: SampleType;
  /** Text, because JSON has no NaN or infinity: `-9999`, `NaN`; null = not declared. */
  readonly nodata: string | null;
  /** The palette as JSON text; null without one. */
  readonly palette: string | null;
  /** `PER_DATASET`, `ALPHA`, `NODATA`; empty: all valid. */
  readonly maskFlags: readonly string[];
  readonly hasCategoryNames: boolean;
  /** Bits in use where that is less than the type has; null otherwise. */
  readonly usedBits: number | null;
  readonly isAlpha: boolean;
  readonly overviewSizes: readonly (readonly [width: number, height: number])[];
  readonly block: readonly [width: number, height: number];
  /** From the file's own statistics, when it carries some. */
  readonly statistics: { readonly minimum: number; readonly maximum: number } | null;
}

/** A tie point of a raster without geotransform. */
export type Gcp = readonly [pixel: number, line: number, x: number, y: number, z: number];

/** What conversion decides from and verification compares. */
export interface RasterHeader {
  readonly width: number;
  readonly height: number;
  readonly bands: readonly BandHeader[];
  /** WKT; null without a CRS. */
  readonly crs: string | null;
  /** The CRS belongs to the GCPs: there is no geotransform. */
  readonly isCrsOfGcps: boolean;
  readonly axisMapping: readonly number[];
  readonly coordinateEpoch: number | null;
  readonly geoTransform: readonly number[] | null;
  readonly gcps: readonly Gcp[];
  readonly hasRpc: boolean;
  /** Domains of metadata that nothing else here tells of, the raster's and its bands': `EXIF`, or what somebody called one. */
  readonly metadataDomains: readonly string[];
  /** `Area` or `Point`. */
  readonly pixelIs: string;
  /** GDAL's name of the codec: `LZW`, `YCbCr JPEG`; null = uncompressed. */
  readonly compression: string | null;
  readonly hasAttributeTable: boolean;
  /** Rasters in the file, its pages; one for most. */
  readonly pages: number;
}

/** Bytes of one sample of a type: `CFloat32` has 8. */
export function sampleBytes(type: SampleType): number {
  const bits = Number(/\d+$/.exec(type)?.[0] ?? (type === 'Byte' || type === 'Int8' ? 8 : 64));
  return (bits / 8) * (isComplex(type) ? 2 : 1);
}

export function isComplex(type: SampleType): boolean {
  return type.startsWith('C');
}

export function isFloat(type: SampleType): boolean {
  return type.startsWith('Float');
}

/** Size when decoded, in bytes. */
export function rawBytes({ width, height, bands }: RasterHeader): number {
  return width * height * pixelBytes(bands);
}

/** Bytes of one pixel over all bands. */
export function pixelBytes(bands: readonly BandHeader[]): number {
  return bands.reduce((sum, { type }) => sum + sampleBytes(type), 0);
}

/** For the result: `EPSG:32633`, else the CRS's name. */
export function headerCrsLabel({ crs }: RasterHeader): string | null {
  return crs === null ? null : crsLabel(crs);
}
