import { MIB } from './block-memory.ts';

/** Measured with GDAL 3.6 and tables of 50,000 to 400,000 rows: 38 of a single column, 16 of five that hold words. */
const INSPECTING = 38;
/** As above: 14 of one or two columns, 12 of five. */
const CONVERTING = 14;

/** What `gdalinfo -json` takes for a PAM file of so many bytes, whose attribute table it holds as XML, as a table and as JSON. */
export function inspectingTableMiB(pamBytes: number): number {
  return Math.ceil((INSPECTING * pamBytes) / MIB);
}

/** What a conversion takes for it. */
export function convertingTableMiB(pamBytes: number): number {
  return Math.ceil((CONVERTING * pamBytes) / MIB);
}
