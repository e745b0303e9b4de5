import { isFloat, type RasterHeader, type SampleType } from './raster-header.ts';
import { DISTINCT_LIMIT, EQUAL_IN_FIELDS, type BandFacts } from './sample-facts.ts';

/** Names jump as far as random pairs would; steps of quantities, however coarse, were at most 0.3 of that. */
const JUMP_OF_NAMES = 0.6;
/** Classes in an order, such as shades of land cover, jump less far, but quantities of few values less still. */
const JUMP_OF_CLASSES = 0.3;
/** Names in an order come back less often than this, compared with chance: some fields are cut in two. */
const RETURNS_OF_NAMES = 0.25;
/** With fewer by chance nothing is told by there being none. */
const LEAST_RETURNS = 5;
/** Where amounts are flat because they are rounded, they step by the least there is. */
const STEP_OF_NAMES = 2;
/** 8-bit imagery: red, green, blue and perhaps infrared. */
const IMAGE_BANDS: ReadonlySet<number> = new Set([3, 4]);

/** Why the values of all bands are names rather than amounts; null = some are amounts. */
export function classesBecause(header: RasterHeader, bands: readonly BandFacts[]): string | null {
  const type = header.bands[0]?.type ?? '';
  // a float sample of zeros alone says nothing; two whole values and more are classes stored as floats
  const least = isFloat(type) ? 2 : 0;
  const isFew = ({ distinct, allWhole }: BandFacts): boolean =>
    allWhole && distinct >= least && distinct <= DISTINCT_LIMIT;
  const areClasses = bands.every((band) => isFew(band) || isNames(type, band));
  if (!areClasses || bands.length === 0) return null;
  if (!bands.every(isFew)) return 'whole numbers that lie in fields, as names do';
  return fewBecause(bands);
}

function fewBecause(bands: readonly BandFacts[]): string {
  const most = Math.max(...bands.map(({ distinct }) => distinct));
  return `few distinct whole numbers (${String(most)} in the sample)`;
}

function isNames(type: SampleType, band: BandFacts): boolean {
  const { distinct, neighbours } = band;
  // 8 bits have hardly room for more classes than are few
  if (type === 'Byte' || distinct <= DISTINCT_LIMIT || neighbours === null) return false;
  if (neighbours.equalShare < EQUAL_IN_FIELDS) return false;
  return (neighbours.jump ?? 0) >= JUMP_OF_NAMES || areNumbered(band);
}

/** Names in the order of their place differ little from those beside them, but lie in one place alone. */
function areNumbered({ neighbours, fields }: BandFacts): boolean {
  const below = fields?.below ?? null;
  if (neighbours === null || fields === null || below === null) return false;
  const { returns } = fields;
  const isFlat = below.equalShare >= EQUAL_IN_FIELDS;
  const isTold = returns.byChance >= LEAST_RETURNS && returns.count <= returns.byChance * RETURNS_OF_NAMES;
  const least = Math.min(neighbours.step.least, below.step.least);
  return isFlat && isTold && Math.max(neighbours.step.median, below.step.median) >= STEP_OF_NAMES * least;
}

/** Why one band beside others decides, for all bands share one resampling: it holds classes, which nothing may be mixed of. */
export function classBandBecause({ bands: all }: RasterHeader, bands: readonly BandFacts[]): string | null {
  const type = all[0]?.type ?? '';
  const classBands = bands.flatMap((band, at) => (isClasses(type, band) ? [at + 1] : []));
  const plain = all.filter(({ isAlpha }) => !isAlpha);
  const isImage = plain.every(({ type }) => type === 'Byte') && IMAGE_BANDS.has(plain.length);
  const [first] = classBands;
  if (first === undefined || (isImage && classBands.length === 1)) return null;
  const facts = bands.slice(first - 1, first);
  const what = facts.some((band) => isNames(type, band)) ? 'names' : fewBecause(facts);
  return `band ${String(first)} holds ${what}, and all bands have one resampling`;
}

function isClasses(type: SampleType, band: BandFacts): boolean {
  const { distinct, allWhole, neighbours } = band;
  if (isNames(type, band)) return true;
  if (!allWhole || distinct < 2 || distinct > DISTINCT_LIMIT || neighbours === null) return false;
  return neighbours.equalShare >= EQUAL_IN_FIELDS && (neighbours.jump ?? 1) >= JUMP_OF_CLASSES;
}
