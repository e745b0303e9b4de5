import { isPermanent } from '../src/contract/failures.ts';
import type { ManifestFile } from '../src/contract/manifest.ts';
import type { FileResult } from '../src/contract/result.ts';

/**
 * Whether another attempt at the same manifest may end better for a row of it. A source that was deleted or replaced since takes a new
 * plan; a row that names no version goes by what it finds, so that it takes the new source the next time.
 */
export function mayEndBetter({ etag }: ManifestFile, result: FileResult | undefined): boolean {
  const code = result?.outcome === 'failed' ? result.reason?.code : undefined;
  if (code === undefined || code === 'source-missing') return false;
  return code === 'source-changed' ? etag === '' : !isPermanent(code);
}
