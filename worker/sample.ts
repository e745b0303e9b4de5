import type { WindowPlan } from '../src/raster/tiff-windows.ts';
import {
  isComplex,
  sampleBytes,
  type BandHeader,
  type RasterHeader,
  type SampleType,
} from './raster-header.ts';

/** A few windows of a raster, stacked: `values[band]` holds `count` windows of `width` x `height` pixels each. */
export interface Sample {
  /** Type of the values in `bytes`. */
  readonly type: SampleType;
  readonly width: number;
  readonly height: number;
  readonly count: number;
  /** The pixels as they lie in memory, band after band. */
  readonly bytes: Uint8Array;
  /** Sample types of the bands in it: the raster's first ones. */
  readonly bands: readonly BandHeader[];
}

/** Where the sample is taken: all windows have one size. */
export type SamplePlan = WindowPlan;

/** Enough for choices, and a few milliseconds to take and to weigh. */
const SAMPLE_BYTES = 320 * 1024;
/** A predictor works alike in all bands, and classes live in the first ones. */
const SAMPLE_BANDS = 4;
/** Windows, as far as the raster is large enough for so many. */
const WINDOWS = 9;
const MOST_COLUMNS = 3;
/** As wide as the tiles of the COG, where a row is what a predictor works on; few rows, since most sources have strips. */
const WINDOW_WIDTH = 512;

/** The whole raster when it is small, else windows spread over it; null for complex samples. */
export function planSample(header: RasterHeader): SamplePlan | null {
  const bands = header.bands.slice(0, SAMPLE_BANDS);
  if (bands.some(({ type }) => isComplex(type))) return null;
  const bytesPerPixel = bands.length * sampleBytes(sampleType(header));
  if (header.width * header.height * bytesPerPixel <= SAMPLE_BYTES) {
    return { width: header.width, height: header.height, origins: [[0, 0]], bandCount: bands.length };
  }
  const width = Math.min(header.width, WINDOW_WIDTH);
  const columns = Math.min(MOST_COLUMNS, Math.floor(header.width / width));
  const rows = Math.min(header.height, Math.ceil(WINDOWS / columns));
  const rowBytes = width * columns * bytesPerPixel;
  const height = Math.max(
    1,
    Math.min(Math.floor(SAMPLE_BYTES / rowBytes / rows), Math.floor(header.height / rows)),
  );
  const origins = spread(header.height, height, rows).flatMap((y) =>
    spread(header.width, width, columns).map((x) => [x, y] as const),
  );
  return { width, height, origins, bandCount: bands.length };
}

/** Where `count` windows begin so that they lie evenly and none over another: 3 of 10 in 90 begin at 10, 40 and 70. */
function spread(size: number, window: number, count: number): readonly number[] {
  const share = size / count;
  return Array.from({ length: count }, (_, at) => Math.floor(at * share + (share - window) / 2));
}

/** A VRT that stacks the sample's windows; GDAL reads no more of the source than the blocks below them. */
export function sampleVrt(header: RasterHeader, plan: SamplePlan, source: string): string {
  const bands = header.bands.slice(0, plan.bandCount).map((band, at) => vrtBand(band, at + 1, plan, source));
  const height = plan.height * plan.origins.length;
  return `<VRTDataset rasterXSize="${String(plan.width)}" rasterYSize="${String(height)}">\n${bands.join('')}</VRTDataset>\n`;
}

function vrtBand(
  { type }: BandHeader,
  number: number,
  { width, height, origins }: SamplePlan,
  source: string,
): string {
  const size = `xSize="${String(width)}" ySize="${String(height)}"`;
  const windows = origins.map(
    ([x, y], at) =>
      `<SimpleSource><SourceFilename relativeToVRT="1">${source}</SourceFilename><SourceBand>${String(number)}</SourceBand>` +
      `<SrcRect xOff="${String(x)}" yOff="${String(y)}" ${size}/><DstRect xOff="0" yOff="${String(at * height)}" ${size}/></SimpleSource>\n`,
  );
  return `<VRTRasterBand dataType="${plainType(type)}" band="${String(number)}">\n${windows.join('')}</VRTRasterBand>\n`;
}

/** The bands of a GeoTIFF have one type; 64-bit integers come as doubles, which is enough to tell classes from amounts. */
export function sampleType({ bands }: RasterHeader): SampleType {
  const type = bands[0]?.type ?? 'Byte';
  if (type === 'Int64' || type === 'UInt64') return 'Float64';
  return plainType(type);
}

/** In GDAL before 3.7 a signed byte is a Byte with another PIXELTYPE; for choices the two are alike. */
function plainType(type: SampleType): SampleType {
  return type === 'Int8' ? 'Byte' : type;
}

/** The sample out of raw bytes as GDAL wrote them; null when they are not as many as planned. */
export function sampleFrom(header: RasterHeader, plan: SamplePlan, bytes: Uint8Array): Sample | null {
  const type = sampleType(header);
  const pixels = plan.width * plan.height * plan.origins.length;
  if (bytes.length !== pixels * plan.bandCount * sampleBytes(type)) return null;
  const bands = header.bands.slice(0, plan.bandCount);
  return { type, width: plan.width, height: plan.height, count: plan.origins.length, bytes, bands };
}

/** One band's values as numbers. */
export function bandValues({ type, bytes, width, height, count }: Sample, at: number): ArrayLike<number> {
  const bandBytes = width * height * count * sampleBytes(type);
  // a copy, because typed arrays want their own alignment; a Buffer's own slice() is none
  const own = new Uint8Array(bytes.subarray(at * bandBytes, (at + 1) * bandBytes)).buffer;
  return VIEWS[type]?.(own) ?? [];
}

const VIEWS: Readonly<Record<string, (bytes: ArrayBuffer) => ArrayLike<number>>> = {
  Byte: (bytes) => new Uint8Array(bytes),
  UInt16: (bytes) => new Uint16Array(bytes),
  Int16: (bytes) => new Int16Array(bytes),
  UInt32: (bytes) => new Uint32Array(bytes),
  Int32: (bytes) => new Int32Array(bytes),
  Float32: (bytes) => new Float32Array(bytes),
  Float64: (bytes) => new Float64Array(bytes),
};
