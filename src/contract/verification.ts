/** What is compared between a source and its COG, or demanded of the COG alone. */
export const CHECKS = [
  'crs',
  'size',
  'geotransform',
  'control-points',
  'rpc',
  'area-or-point',
  'bands',
  'type',
  'nodata',
  'palette',
  'alpha',
  'mask',
  'layout',
  'pixels',
] as const;
export type Check = (typeof CHECKS)[number];

/** A check that did not hold: `{check: 'nodata', message: 'band 1: nodata -9999, then none'}`. */
export interface Difference {
  readonly check: Check;
  readonly message: string;
}
