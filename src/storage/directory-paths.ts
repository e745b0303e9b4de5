import { realpath, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { errorCode } from './directory-errors.ts';
import { StorageError } from './object-store.ts';

/** Names that begin so are being written; they are no objects and never listed. */
export const TEMPORARY_PREFIX = '.cogconv-tmp-';

const LONE_SURROGATE = /\p{Surrogate}/u;
const UNFIT_ON_WINDOWS = /[\\:*?"<>|]/;

/** Why a key cannot be a file below a directory, or undefined when it can. */
export function keyProblem(key: string): string | undefined {
  if (key === '') return 'it is empty';
  if (key.includes('\0')) return 'it holds a NUL character';
  if (LONE_SURROGATE.test(key)) return 'it is not valid Unicode';
  if (sep === '\\' && UNFIT_ON_WINDOWS.test(key)) return 'Windows does not allow one of its characters';
  return partProblem(key.split('/'));
}

function partProblem(parts: readonly string[]): string | undefined {
  if (parts.includes('')) return 'it begins or ends with "/" or holds "//"';
  if (parts.includes('.') || parts.includes('..')) return 'it holds a "." or ".." part';
  const reserved = parts.some((part) => part.startsWith(TEMPORARY_PREFIX));
  return reserved ? `names that begin with ${TEMPORARY_PREFIX} are kept for files being written` : undefined;
}

/** @throws StorageError `bad-key` */
export function refuseBadKey(root: string, key: string): void {
  const problem = keyProblem(key);
  if (problem === undefined) return;
  throw new StorageError('bad-key', `the key ${JSON.stringify(key)} cannot be a file in ${root}: ${problem}`);
}

/** `path` is `realRoot` or below it; both real paths. */
export function isInside(realRoot: string, path: string): boolean {
  return path === realRoot || path.startsWith(realRoot.endsWith(sep) ? realRoot : realRoot + sep);
}

/** The directory itself without symbolic links. @throws StorageError `missing-bucket` */
export async function realRoot(root: string): Promise<string> {
  const real = await realpath(root).catch(rethrowUnlessMissing);
  if (real === null) throw missingRoot(root, 'there is no such directory');
  if (!(await stat(real)).isDirectory()) throw missingRoot(root, 'it is not a directory');
  return real;
}

/** The real path of a key's file, or null when nothing is there. @throws StorageError `bad-key` when it lies outside */
export async function existingPath(root: string, key: string): Promise<string | null> {
  refuseBadKey(root, key);
  const [rootPath, path] = [
    await realRoot(root),
    await realpath(join(root, key)).catch(rethrowUnlessNothing),
  ];
  if (path !== null && !isInside(rootPath, path)) throw leavesDirectory(root, key);
  return path;
}

/** The path to write a key to; no symbolic link on the way leads out. @throws StorageError `bad-key` */
export async function writablePath(root: string, key: string): Promise<string> {
  refuseBadKey(root, key);
  const rootPath = await realRoot(root);
  const path = join(rootPath, key);
  if (!isInside(rootPath, await nearestExisting(dirname(path)))) throw leavesDirectory(root, key);
  return path;
}

/** The real path of a folder, or of the first one above it that is there. */
export async function nearestExisting(folder: string): Promise<string> {
  for (let path = folder; ; path = dirname(path)) {
    const real = await realpath(path).catch(rethrowUnlessMissing);
    if (real !== null || dirname(path) === path) return real ?? path;
  }
}

function rethrowUnlessMissing(error: unknown): null {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR') return null;
  throw error;
}

/** What has a name that is too long cannot be there. */
function rethrowUnlessNothing(error: unknown): null {
  return errorCode(error) === 'ENAMETOOLONG' ? null : rethrowUnlessMissing(error);
}

function missingRoot(root: string, why: string): StorageError {
  return new StorageError('missing-bucket', `cannot use ${root} as a bucket: ${why}`, {
    hint: 'create the directory, or check S3_BUCKET',
  });
}

function leavesDirectory(root: string, key: string): StorageError {
  const message = `the key ${JSON.stringify(key)} leads out of ${root} through a symbolic link`;
  return new StorageError('bad-key', message, {
    hint: 'copy the files into the directory instead of linking them',
  });
}
