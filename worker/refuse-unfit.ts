import { FileFailure } from './file-failure.ts';
import { canHavePalette, hasTransparency } from './palette.ts';
import type { RasterHeader } from './raster-header.ts';

/** Refuses what no COG can be made of without a loss. @throws FileFailure `unsupported`, `no-crs` */
export function refuseUnfit({ pages, crs, bands }: RasterHeader, sidecars: readonly string[]): void {
  if (pages > 1) {
    const message = `the file holds ${String(pages)} rasters (pages) and a COG one: the others would be lost (gdal_translate GTIFF_DIR:2:FILE takes out the second)`;
    throw new FileFailure('unsupported', message);
  }
  refuseColours(bands);
  refuseManyNodata(bands);
  if (crs !== null) return;
  const seen = sidecars.length === 0 ? '' : `, neither in itself nor beside it (${sidecars.join(', ')})`;
  throw new FileFailure('no-crs', `the raster has no CRS${seen}`);
}

function refuseColours(bands: RasterHeader['bands']): void {
  if (bands.some(hasTransparency)) {
    const message =
      'its colour table has transparent entries besides nodata, which a TIFF cannot hold (gdal_translate -expand rgba makes bands of them, gdal_edit.py -a_nodata VALUE declares one)';
    throw new FileFailure('unsupported', message);
  }
  if (bands.every(({ palette }) => palette === null) || canHavePalette(bands)) return;
  const what = `${String(bands.length)} of type ${bands[0]?.type ?? ''}`;
  const message = `a TIFF holds a colour table of one or two bands of type Byte or UInt16, and this raster has ${what}; take the ColorTable out of its .aux.xml, or change the bands (gdal_translate -b 1 takes out the first, -ot UInt16 suits whole numbers from 0 to 65535)`;
  throw new FileFailure('unsupported', message);
}

/** Only a PAM file gives each band its own. */
function refuseManyNodata(bands: RasterHeader['bands']): void {
  const values = new Set(bands.map(({ nodata }) => nodata ?? 'none'));
  if (values.size < 2) return;
  const message = `its bands have different nodata values (${[...values].slice(0, 5).join(', ')}) and a TIFF holds one for all (gdal_edit.py -a_nodata VALUE gives them one, gdal_translate -b N takes out one band)`;
  throw new FileFailure('unsupported', message);
}
