import { findGdal, type GdalContext, type GdalRunner } from '../../worker/gdal-runner.ts';

/** This machine's GDAL, as a worker finds it. */
export function gdalHere(scratch: string, how: Partial<GdalContext> = {}): Promise<GdalRunner> {
  const search = { PATH: process.env['PATH'] ?? '' };
  return findGdal({ search, scratch, signal: new AbortController().signal, converts: false, ...how });
}
