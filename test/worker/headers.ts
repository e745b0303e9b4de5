import { crsLabel } from '../../src/raster/crs.ts';
import type { BandHeader, RasterHeader } from '../../worker/raster-header.ts';

/** A band of bytes, all valid, with what differs. */
export function bandOf(rest: Partial<BandHeader> = {}): BandHeader {
  return {
    type: 'Byte',
    nodata: null,
    palette: null,
    maskFlags: ['ALL_VALID'],
    hasCategoryNames: false,
    usedBits: null,
    isAlpha: false,
    overviewSizes: [],
    block: [512, 512],
    statistics: null,
    ...rest,
  };
}

/** A CRS by its name and code alone. */
export const UTM33 = 'PROJCRS["WGS 84 / UTM zone 33N",ID["EPSG",32633]]';

/** A raster of 1000 x 800 bytes in UTM, with what differs. */
export function headerOf(rest: Partial<RasterHeader> = {}): RasterHeader {
  return {
    width: 1000,
    height: 800,
    bands: [bandOf()],
    crs: UTM33,
    isCrsOfGcps: false,
    axisMapping: [1, 2],
    coordinateEpoch: null,
    geoTransform: [500000, 10, 0, 5000000, 0, -10],
    gcps: [],
    hasRpc: false,
    metadataDomains: [],
    pixelIs: 'Area',
    compression: null,
    hasAttributeTable: false,
    pages: 1,
    ...rest,
  };
}

/** Without what `gdalinfo` and the in-process reader may spell differently: a CRS that is but a stub, and Float32's nodata, which GDAL prints with nine digits. */
export function comparable(header: RasterHeader): unknown {
  const { crs, bands, ...rest } = header;
  const nodata = (one: string | null): unknown => (one === null ? null : Math.fround(Number(one)));
  return {
    ...rest,
    axisMapping: null,
    crs: crs === null ? null : crsLabel(crs),
    bands: bands.map((band) => ({ ...band, nodata: nodata(band.nodata) })),
  };
}
