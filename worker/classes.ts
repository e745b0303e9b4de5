import { isFloat, type RasterHeader, type SampleType } from './raster-header.ts';
import { DISTINCT_LIMIT, type BandFacts } from './sample-facts.ts';

/** Most neighbours in a field of one class are equal; in imagery and elevation some tenths are. */
const FIELDS = 0.75;
/** Names jump as far as random pairs would; steps of quantities, however coarse, were at most 0.3 of that. */
const JUMP_OF_NAMES = 0.6;
/** Classes in an order, such as shades of land cover, jump less far, but quantities of few values less still. */
const JUMP_OF_CLASSES = 0.3;
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
  if (!bands.every(isFew)) return 'whole numbers that lie in fields and differ like names';
  return fewBecause(bands);
}

function fewBecause(bands: readonly BandFacts[]): string {
  const most = Math.max(...bands.map(({ distinct }) => distinct));
  return `few distinct whole numbers (${String(most)} in the sample)`;
}

function isNames(type: SampleType, { distinct, neighbours }: BandFacts): boolean {
  // 8 bits have hardly room for more classes than are few
  if (type === 'Byte' || distinct <= DISTINCT_LIMIT || neighbours === null) return false;
  return neighbours.equalShare >= FIELDS && (neighbours.jump ?? 0) >= JUMP_OF_NAMES;
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
  return neighbours.equalShare >= FIELDS && (neighbours.jump ?? 1) >= JUMP_OF_CLASSES;
}
