import type { ConversionOptions } from '../src/contract/options.ts';
import type { Decision, Warning } from '../src/contract/result.ts';
import { classBandBecause, classesBecause } from './classes.ts';
import { FileFailure } from './file-failure.ts';
import { isComplex, isFloat, sampleBytes, type RasterHeader } from './raster-header.ts';
import type { BandFacts, PredictorTrial } from './sample-facts.ts';

/** What the pixels told, when they could be sampled. */
export interface SampleFacts {
  readonly bands: readonly BandFacts[];
  /** Null when it was not tried: classes get no predictor anyway. */
  readonly trial: PredictorTrial | null;
}

export interface ChoiceInput {
  readonly header: RasterHeader;
  readonly options: Pick<ConversionOptions, 'compression' | 'predictor' | 'resampling'>;
  readonly sample: SampleFacts | null;
  /** GDAL's version: `3.9.3`. */
  readonly gdal: string;
}

export type Predictor = 'NO' | 'STANDARD' | 'FLOATING_POINT';

/** What one raster is converted with, and why. */
export interface Choice {
  readonly compression: ConversionOptions['compression'];
  readonly predictor: Predictor;
  /** GDAL's name: `NEAREST`. */
  readonly resampling: string;
  readonly decisions: readonly Decision[];
  readonly warnings: readonly Warning[];
}

/** A predictor must save this much to be worth a harder file. */
const WORTH_IT = 0.98;
/** Long runs of one value: LZW's codes for them grow, and the start of each predicted row would break them. */
const NEXT_TO_NOTHING = 0.015;

/**
 * The creation options from the data.
 * @throws FileFailure `unsupported` when a forced option does not go with the raster
 */
export function chooseOptions(input: ChoiceInput): Choice {
  const resampling = chooseResampling(input);
  const predictor = choosePredictor(input);
  const { compression } = input.options;
  return {
    compression,
    predictor: predictor.value,
    resampling: resampling.value,
    decisions: [
      { option: 'COMPRESS', value: compression, because: 'set' },
      { option: 'PREDICTOR', ...predictor },
      { option: 'RESAMPLING', ...resampling },
    ],
    warnings: warningsOf(input),
  };
}

/** The `-co` pairs, in GDAL's names. @see https://gdal.org/drivers/raster/cog.html */
export function creationOptions(
  choice: Readonly<Record<'compression' | 'predictor' | 'resampling', string>>,
  threads: number,
): readonly (readonly [string, string])[] {
  return [
    ['COMPRESS', choice.compression],
    ['PREDICTOR', choice.predictor],
    ['OVERVIEW_PREDICTOR', choice.predictor],
    // one option for overviews (and warping, which never happens here) that GDAL 3.1 knows too
    ['RESAMPLING', choice.resampling],
    // overviews in the source may be made with another method, or of older pixels
    ['OVERVIEWS', 'IGNORE_EXISTING'],
    ['BLOCKSIZE', '512'],
    // the default IF_NEEDED cannot know the size of compressed files and fails at 4 GB
    ['BIGTIFF', 'IF_SAFER'],
    ['NUM_THREADS', String(threads)],
  ];
}

/** Whether the raster's values are names rather than amounts; null = amounts. */
export function categoricalBecause({
  header,
  sample,
}: Pick<ChoiceInput, 'header' | 'sample'>): string | null {
  const { bands } = header;
  if (bands.some(({ palette }) => palette !== null)) return 'colour table';
  if (header.hasAttributeTable) return 'raster attribute table';
  if (bands.some(({ hasCategoryNames }) => hasCategoryNames)) return 'category names';
  if (bands.some(({ usedBits }) => usedBits === 1)) return 'one bit per sample';
  return sample === null ? null : classesBecause(header, sample.bands);
}

function oneBandBecause({ header, sample }: ChoiceInput): string | null {
  return sample === null ? null : classBandBecause(header, sample.bands);
}

function chooseResampling(input: ChoiceInput): { value: string; because: string } {
  const { header, options } = input;
  if (takesForUnsigned(input)) return ofSignedBytes(input);
  if (options.resampling !== 'auto') return { value: options.resampling.toUpperCase(), because: 'set' };
  const nearest = nearestBecause(input);
  if (nearest !== null) return { value: 'NEAREST', because: nearest };
  const isAmount = isFloat(header.bands[0]?.type ?? '');
  return { value: 'AVERAGE', because: isAmount ? 'floating-point amounts' : 'many distinct whole numbers' };
}

/** Why no value may be computed of others; null = it may. */
function nearestBecause(input: ChoiceInput): string | null {
  const type = input.header.bands[0]?.type ?? '';
  if (isComplex(type)) return 'complex samples';
  const classes = categoricalBecause(input) ?? oneBandBecause(input);
  if (classes !== null) return classes;
  return input.sample === null && !isFloat(type) ? 'whole numbers that could not be sampled' : null;
}

/** GDAL has a type for signed bytes since 3.7; before, it makes overviews of them as if they were 0 to 255. */
function takesForUnsigned({ header, gdal }: ChoiceInput): boolean {
  const [major = 0, minor = 0] = gdal.split('.').map(Number);
  return header.bands.some(({ type }) => type === 'Int8') && (major < 3 || (major === 3 && minor < 7));
}

/** Methods that take pixels as they are. */
const PICKING: readonly string[] = ['auto', 'nearest', 'mode'];

function ofSignedBytes({ options: { resampling }, gdal }: ChoiceInput): { value: string; because: string } {
  const because = `signed bytes, of which GDAL ${gdal} can only pick some`;
  if (!PICKING.includes(resampling))
    throw new FileFailure('unsupported', `RESAMPLING=${resampling} does not go with ${because}`);
  return resampling === 'mode'
    ? { value: 'MODE', because: 'set' }
    : { value: 'NEAREST', because: resampling === 'auto' ? because : 'set' };
}

function choosePredictor(input: ChoiceInput): { value: Predictor; because: string } {
  const { header, options } = input;
  const obstacle = predictorObstacle(header);
  if (options.predictor !== 'auto') return forcedPredictor(options.predictor, header, obstacle);
  if (obstacle !== null) return { value: 'NO', because: obstacle };
  const categorical = categoricalBecause(input);
  return categorical === null ? triedPredictor(input) : { value: 'NO', because: categorical };
}

function triedPredictor({ header, sample }: ChoiceInput): { value: Predictor; because: string } {
  const float = isFloat(header.bands[0]?.type ?? '');
  const value = float ? 'FLOATING_POINT' : 'STANDARD';
  const trial = sample?.trial ?? null;
  if (trial === null)
    return { value, because: float ? 'floating-point samples' : 'continuous whole numbers' };
  const { rawBytes, plainBytes, predictedBytes } = trial;
  if (plainBytes < rawBytes * NEXT_TO_NOTHING)
    return { value: 'NO', because: 'a sample compresses to next to nothing without' };
  const percent = `${String(Math.round((predictedBytes / plainBytes) * 100))} % of its size without`;
  const isWorth = predictedBytes < plainBytes * WORTH_IT;
  return { value: isWorth ? value : 'NO', because: `a sample compresses to ${percent}` };
}

function forcedPredictor(
  wanted: 'none' | 'standard' | 'floating-point',
  { bands }: RasterHeader,
  obstacle: string | null,
): { value: Predictor; because: string } {
  if (wanted === 'none') return { value: 'NO', because: 'set' };
  if (obstacle !== null)
    throw new FileFailure('unsupported', `PREDICTOR=${wanted} does not go with ${obstacle}`);
  const type = bands[0]?.type ?? '';
  if (wanted === 'standard') return { value: 'STANDARD', because: 'set' };
  if (isFloat(type)) return { value: 'FLOATING_POINT', because: 'set' };
  throw new FileFailure('unsupported', `PREDICTOR=floating-point does not go with samples of type ${type}`);
}

/** Why libtiff would refuse every predictor; null when it would not. */
function predictorObstacle({ bands }: RasterHeader): string | null {
  const type = bands[0]?.type ?? '';
  if (isComplex(type)) return 'complex samples';
  const bits = bands.find(({ usedBits }) => usedBits !== null)?.usedBits ?? null;
  if (bits !== null && ![8, 16, 32, 64].includes(bits)) return `samples of ${String(bits)} bit`;
  return [1, 2, 4, 8].includes(sampleBytes(type)) ? null : `samples of type ${type}`;
}

function warningsOf({ header, sample }: ChoiceInput): readonly Warning[] {
  return [...locationWarnings(header), ...(sample === null ? [] : pixelWarnings(header, sample.bands))];
}

function locationWarnings(header: RasterHeader): readonly Warning[] {
  if (header.geoTransform !== null) return [];
  if (header.gcps.length > 0) {
    const message = `the raster is placed by ${String(header.gcps.length)} ground control points alone; they are kept, but most COG readers need a geotransform (gdalwarp makes one)`;
    return [{ code: 'gcps-only', message }];
  }
  if (header.hasRpc) {
    return [
      {
        code: 'rpc-only',
        message:
          'the raster is placed by RPCs alone; they are kept, but most COG readers need a geotransform (gdalwarp -rpc makes one)',
      },
    ];
  }
  return [
    {
      code: 'no-geotransform',
      message: 'the raster has a CRS but no geotransform: nothing tells where its pixels lie',
    },
  ];
}

function pixelWarnings(header: RasterHeader, facts: readonly BandFacts[]): readonly Warning[] {
  const plain = header.bands.filter(({ isAlpha }) => !isAlpha);
  return facts.flatMap((band, at) => [
    ...(band.suspectNodata === null ? [] : [undeclared(band.suspectNodata, at + 1)]),
    ...(isOutside(band, plain[at]?.statistics ?? null) ? [stale(at + 1)] : []),
  ]);
}

function undeclared(value: number, band: number): Warning {
  const message = `band ${String(band)} holds many pixels of ${String(value)}, which looks like nodata but is not declared; overviews mix it with real values (gdal_edit.py -a_nodata ${String(value)} declares it)`;
  return { code: 'undeclared-nodata', message };
}

/** Float32 statistics are printed with some 14 digits, so that a tiny excess means nothing. */
function isOutside(
  { minimum, maximum }: BandFacts,
  statistics: RasterHeader['bands'][number]['statistics'],
): boolean {
  if (statistics === null || !(minimum <= maximum)) return false;
  const slack = 1e-6 * Math.max(Math.abs(statistics.minimum), Math.abs(statistics.maximum), 1);
  return minimum < statistics.minimum - slack || maximum > statistics.maximum + slack;
}

function stale(band: number): Warning {
  const message = `band ${String(band)} has values outside the statistics that the file carries: these are of older pixels (gdalinfo -stats makes new ones)`;
  return { code: 'stale-statistics', message };
}
