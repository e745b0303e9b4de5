import { StorageError, type StorageFault } from './object-store.ts';

interface Plain {
  readonly fault: StorageFault;
  readonly text: string;
  readonly hint?: string;
}

const DENIED: Plain = {
  fault: 'denied',
  text: 'permission denied',
  hint: 'check owner and mode of the path',
};
const BUSY: Plain = { fault: 'unavailable', text: 'the file system is busy' };

const BY_CODE: Readonly<Record<string, Plain>> = {
  EACCES: DENIED,
  EPERM: DENIED,
  EROFS: { fault: 'denied', text: 'the file system is read-only' },
  ENOSPC: {
    fault: 'disk-full',
    text: 'no space left',
    hint: 'free some space and run the same command again',
  },
  EDQUOT: { fault: 'disk-full', text: 'the disk quota is used up' },
  ENAMETOOLONG: { fault: 'bad-key', text: 'the name is too long for this file system' },
  ENOTDIR: { fault: 'bad-key', text: 'a part of the path is a file, not a folder' },
  EEXIST: { fault: 'bad-key', text: 'a part of the path is a file, not a folder' },
  EISDIR: { fault: 'bad-key', text: 'it is a folder, not a file' },
  ELOOP: { fault: 'bad-key', text: 'the symbolic links go round in circles' },
  EILSEQ: { fault: 'bad-key', text: 'this file system does not take the name' },
  ENOENT: { fault: 'missing', text: 'no such file' },
  EMFILE: BUSY,
  ENFILE: BUSY,
  EBUSY: BUSY,
  EAGAIN: BUSY,
  EIO: { fault: 'unavailable', text: 'the disk reports an input/output error' },
  ESTALE: { fault: 'unavailable', text: 'the network file system lost the file' },
};

/** The `code` of a Node error (`ENOENT`), or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}

/** Any failure of a file operation as a StorageError: `cannot write /data/a.tif: no space left`. */
export function toDirectoryError(error: unknown, action: string, path: string): StorageError {
  if (error instanceof StorageError) return error;
  if (error instanceof Error && error.name === 'AbortError') {
    return new StorageError('aborted', `cannot ${action} ${path}: interrupted`, { cause: error });
  }
  const code = errorCode(error) ?? '';
  const plain = BY_CODE[code] ?? { fault: 'other' as const, text: String(error) };
  const hint = plain.hint === undefined ? {} : { hint: plain.hint };
  return new StorageError(plain.fault, `cannot ${action} ${path}: ${plain.text}`, { cause: error, ...hint });
}

/** @throws StorageError `aborted` when the signal has fired */
export function refuseAborted(signal: AbortSignal | undefined, action: string, path: string): void {
  if (signal?.aborted !== true) return;
  throw new StorageError('aborted', `cannot ${action} ${path}: interrupted`, { cause: signal.reason });
}
