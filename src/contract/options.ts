/** Lossless codecs that every COG reader of the last years decodes. `COMPRESS=FOO` only warns in GDAL and writes uncompressed files. */
export const COMPRESSIONS = ['LZW', 'DEFLATE', 'ZSTD'] as const;
export type Compression = (typeof COMPRESSIONS)[number];

/** `auto` decides per raster from its data type and kind; the worker writes the reason into the result. */
export const PREDICTORS = ['auto', 'none', 'standard', 'floating-point'] as const;
export type PredictorChoice = (typeof PREDICTORS)[number];

/** Overview resampling: GDAL's names, lower case, plus `auto` (from the data). */
export const RESAMPLINGS = [
  'auto',
  'nearest',
  'mode',
  'average',
  'bilinear',
  'cubic',
  'cubicspline',
  'lanczos',
  'rms',
] as const;
export type ResamplingChoice = (typeof RESAMPLINGS)[number];

/** `structure`: header, CRS, layout. `pixels`: also every pixel of all bands and masks. */
export const VERIFY_LEVELS = ['structure', 'pixels'] as const;
export type VerifyLevel = (typeof VERIFY_LEVELS)[number];

/** All that `convert` decides for the worker; travels in the manifest, so what is set at `convert` is what is done. */
export interface ConversionOptions {
  readonly compression: Compression;
  readonly predictor: PredictorChoice;
  readonly resampling: ResamplingChoice;
  readonly verify: VerifyLevel;
  /** Replace existing COGs. */
  readonly overwrite: boolean;
  /** Threads that the job may use, over all files in flight. */
  readonly vcpus: number;
  /** Memory that the job may use (MiB), over all files in flight. */
  readonly memoryMiB: number;
  /** Limit for one file's GDAL run; null = derived from the number of pixels. */
  readonly fileTimeoutSeconds: number | null;
}

/** What the worker uses when it is given bare keys (no manifest with options). */
export const DEFAULT_OPTIONS: ConversionOptions = {
  compression: 'LZW',
  predictor: 'auto',
  resampling: 'auto',
  verify: 'structure',
  overwrite: false,
  vcpus: 2,
  memoryMiB: 4096,
  fileTimeoutSeconds: null,
};
