import type { Warning } from '../src/contract/result.ts';
import type { RasterHeader } from './raster-header.ts';

type Metadata = Pick<RasterHeader, 'metadataDomains'>;

/** Tells which domains of the source's metadata its COG, opened alone, lacks; which ones GDAL copies depends on its version. */
export function lostMetadata(source: Metadata, cog: Metadata): readonly Warning[] {
  const lost = source.metadataDomains.filter((domain) => !cog.metadataDomains.includes(domain));
  if (lost.length === 0) return [];
  const message = `the COG lacks the source's metadata in ${lost.join(', ').slice(0, 200)}: GDAL copies items of the default domain (gdal_edit.py -mo NAME=VALUE makes one)`;
  return [{ code: 'metadata-lost', message }];
}
