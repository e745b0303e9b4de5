import type { FailureCode } from '../src/contract/failures.ts';
import { StorageError, type StorageFault } from '../src/storage/object-store.ts';
import { FileFailure } from './file-failure.ts';
import { ProcessError } from './run-process.ts';

const STORAGE_CODES: Readonly<Record<StorageFault, FailureCode>> = {
  'missing-bucket': 'storage',
  missing: 'source-missing',
  precondition: 'source-changed',
  denied: 'access-denied',
  credentials: 'access-denied',
  'wrong-region': 'access-denied',
  'bad-key': 'bad-key',
  'disk-full': 'disk-full',
  changed: 'storage',
  unavailable: 'storage',
  aborted: 'interrupted',
  other: 'storage',
};

const FULL = new Set(['ENOSPC', 'EDQUOT', 'EFBIG']);

/** A store tells no more than `other` of a limit on file sizes, which is as good as a full disk. */
function storageCode({ fault, cause }: StorageError): FailureCode {
  const system = cause instanceof Error ? (cause as NodeJS.ErrnoException).code : undefined;
  return system !== undefined && FULL.has(system) ? 'disk-full' : STORAGE_CODES[fault];
}

/** What any error means for the file it happened to; one that nobody foresaw is a bug, and names itself so. */
export function failureOf(error: unknown): { readonly code: FailureCode; readonly message: string } {
  if (error instanceof FileFailure) return error;
  if (error instanceof StorageError) return { code: storageCode(error), message: error.message };
  if (error instanceof ProcessError) return { code: 'gdal-failed', message: error.message };
  if (!(error instanceof Error)) return { code: 'gdal-failed', message: String(error) };
  const system = (error as NodeJS.ErrnoException).code;
  if (system === undefined)
    return { code: 'gdal-failed', message: `a bug in cogconv: ${error.stack ?? error.message}` };
  return { code: FULL.has(system) ? 'disk-full' : 'storage', message: error.message };
}
