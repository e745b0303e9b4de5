import { copyFile, link, open, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, sep } from 'node:path';
import { errorCode } from './directory-errors.ts';
import { makeFolder } from './make-folder.ts';
import { StorageError, type WriteCondition } from './object-store.ts';
import { temporaryName } from './temporary-files.ts';

/** A copy has the mode of its source, which may forbid writing; only Windows wants the right to write for a flush. */
const FLUSH_FLAG = sep === '\\' ? 'r+' : 'r';
const NO_HARD_LINKS = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK']);

/** What to write where: `fill` writes the temporary file that becomes the object. */
export interface AtomicWrite {
  readonly root: string;
  readonly target: string;
  readonly condition: WriteCondition;
  readonly fill: (temporary: string) => Promise<void>;
  /** The etag of the file at a path, or null when there is none. */
  readonly etagOf: (path: string) => Promise<string | null>;
}

/**
 * Writes a file so that it appears whole or not at all: fills a temporary file in `root` (in the target's own folder where
 * the root is not writable or is another file system), flushes it to the disk, then links or renames it.
 *
 * `if-absent` is exact where hard links work: exactly one of many writers wins. `{replaces}` compares, then renames: a
 * writer that comes between the two is overwritten. Without hard links `if-absent` has the same gap.
 * @throws StorageError `precondition`; Node's errors
 */
export async function writeAtomically(write: AtomicWrite): Promise<void> {
  const temporary = await fillTemporary(write);
  try {
    await commit(write, temporary);
  } finally {
    await rm(temporary, { force: true });
  }
}

async function fillTemporary({ root, target, fill }: AtomicWrite): Promise<string> {
  try {
    return await fillIn(root, fill);
  } catch (error) {
    const code = errorCode(error);
    if (code !== 'EACCES' && code !== 'EROFS') throw error;
    await makeFolder(dirname(target));
    return await fillIn(dirname(target), fill);
  }
}

async function fillIn(folder: string, fill: AtomicWrite['fill']): Promise<string> {
  const temporary = join(folder, await temporaryName());
  try {
    await fill(temporary);
    await flush(temporary);
    return temporary;
  } catch (error) {
    await rm(temporary, { force: true });
    throw error;
  }
}

/** The kernel's own time stamps move in ticks of milliseconds; a finer one keeps the etags of quick rewrites apart. */
async function flush(file: string): Promise<void> {
  const handle = await open(file, FLUSH_FLAG);
  try {
    const nowSeconds = (performance.timeOrigin + performance.now()) / 1000;
    await handle.utimes(nowSeconds, nowSeconds);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

async function commit(write: AtomicWrite, temporary: string): Promise<void> {
  await makeFolder(dirname(write.target));
  try {
    await commitHere(write, temporary);
  } catch (error) {
    if (errorCode(error) !== 'EXDEV') throw error;
    const near = await fillIn(dirname(write.target), (copy) => copyFile(temporary, copy));
    await commitHere(write, near).finally(() => rm(near, { force: true }));
  }
}

async function commitHere({ target, condition, etagOf }: AtomicWrite, temporary: string): Promise<void> {
  if (condition === 'if-absent') {
    await linkInPlace(temporary, target);
    return;
  }
  if (condition !== 'always' && (await etagOf(target)) !== condition.replaces) {
    throw new StorageError('precondition', `${target} is not the version that was to be replaced`);
  }
  await rename(temporary, target);
}

async function linkInPlace(temporary: string, target: string): Promise<void> {
  try {
    await link(temporary, target);
  } catch (error) {
    const code = errorCode(error) ?? '';
    if (code === 'EEXIST') throw alreadyThere(target, error);
    if (!NO_HARD_LINKS.has(code)) throw error;
    if ((await stat(target).catch(() => null)) !== null) throw alreadyThere(target, error);
    await rename(temporary, target);
  }
}

function alreadyThere(target: string, cause: unknown): StorageError {
  return new StorageError('precondition', `${target} exists already`, { cause });
}
