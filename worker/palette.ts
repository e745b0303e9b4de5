import { sampleBytes, type BandHeader } from './raster-header.ts';

type Coloured = Pick<BandHeader, 'palette' | 'nodata' | 'type' | 'usedBits'>;
type Colour = readonly number[];

const OPAQUE = 255;
const BLACK: Colour = [0, 0, 0, OPAQUE];

/**
 * Whether values other than nodata are transparent. A TIFF's palette is red, green and blue alone, and GDAL shows the entry of
 * nodata as transparent: any other must come out of a PAM file.
 */
export function hasTransparency(band: Coloured): boolean {
  return coloursOf(band).some((colour) => colour[3] !== OPAQUE);
}

/** GDAL's signed byte before 3.7 is a Byte; later ones refuse its colour table themselves. */
const TYPES_WITH_PALETTE: readonly string[] = ['Byte', 'UInt16', 'Int8'];
const MOST_BANDS_WITH_PALETTE = 2;

/** Whether GDAL writes a colour table into a TIFF of such bands; a PAM file gives one to any. */
export function canHavePalette(bands: readonly Pick<BandHeader, 'type'>[]): boolean {
  return (
    bands.length <= MOST_BANDS_WITH_PALETTE && bands.every(({ type }) => TYPES_WITH_PALETTE.includes(type))
  );
}

/** Whether the COG shows every value as the source does: a TIFF has an entry for each, black where the source has none. */
export function samePalette(source: Coloured, cog: Coloured): boolean {
  if (source.palette === cog.palette) return true;
  if (source.palette === null || cog.palette === null) return false;
  const [from, to] = [coloursOf(source), coloursOf(cog)];
  return from.length <= to.length && to.every((colour, at) => colour.join() === (from[at] ?? BLACK).join());
}

/**
 * The entries of values that the samples can have: a PAM file may hold more, and no TIFF does. That of nodata is as if it were opaque,
 * which says nothing of what is there.
 */
function coloursOf({ palette, nodata, type, usedBits }: Coloured): readonly Colour[] {
  const entries = palette === null ? [] : (JSON.parse(palette) as readonly Colour[]);
  const values = 2 ** (usedBits ?? 8 * sampleBytes(type));
  return entries
    .slice(0, values)
    .map((colour, at) => (String(at) === nodata ? [...colour.slice(0, 3), OPAQUE] : colour));
}
