import type { Dirent } from 'node:fs';
import { readdir, realpath, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { errorCode, refuseAborted } from './directory-errors.ts';
import { isInside, TEMPORARY_PREFIX } from './directory-paths.ts';
import { compareKeys } from './key-order.ts';

/** A file found by the walk; its key is its path below the root, with `/` between the parts. */
export interface FoundFile {
  readonly key: string;
  readonly path: string;
}

/** Told for each name that cannot be an object: not UTF-8, a pipe or device, or a link that leads out of the directory or nowhere. */
export type SkippedName = (path: string, reason: string) => void;

interface Entry {
  readonly name: string;
  /** `name`, or `name/` for a folder: what orders it among its siblings. */
  readonly rank: string;
}

interface Level {
  readonly path: string;
  readonly realPath: string;
  readonly keyPrefix: string;
  readonly entries: readonly Entry[];
  next: number;
}

interface Walk {
  readonly realRoot: string;
  readonly onSkipped: SkippedName;
  readonly signal: AbortSignal | undefined;
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/**
 * Every file whose key begins with `prefix`, in key order. Holds the names of one folder per level, never the tree.
 * Folders that vanish meanwhile are empty; what cannot be read throws Node's error.
 */
export async function* walkFiles(walk: Walk, prefix: string): AsyncGenerator<FoundFile> {
  const folderEnd = prefix.lastIndexOf('/') + 1;
  const top = await readLevel(
    walk,
    join(walk.realRoot, prefix.slice(0, folderEnd)),
    prefix.slice(0, folderEnd),
    [],
  );
  if (top === null) return;
  const start = prefix.slice(folderEnd);
  const stack: Level[] = [{ ...top, entries: top.entries.filter(({ name }) => name.startsWith(start)) }];
  for (let level = stack.at(-1); level !== undefined; level = stack.at(-1)) {
    const entry = level.entries[level.next];
    level.next += 1;
    if (entry === undefined) stack.pop();
    else if (entry.rank === entry.name)
      yield { key: level.keyPrefix + entry.name, path: join(level.path, entry.name) };
    else {
      const inner = await readLevel(walk, join(level.path, entry.name), level.keyPrefix + entry.rank, stack);
      if (inner !== null) stack.push(inner);
    }
  }
}

async function readLevel(
  walk: Walk,
  path: string,
  keyPrefix: string,
  above: readonly Level[],
): Promise<Level | null> {
  refuseAborted(walk.signal, 'list', path);
  const realPath = await realpath(path).catch(nullIfGone);
  if (realPath === null) return null;
  if (!isInside(walk.realRoot, realPath)) return skip(walk, path, 'it is a link out of the directory');
  if (above.some((level) => level.realPath === realPath))
    return skip(walk, path, 'it is a link to a folder above it');
  const dirents = await readdir(path, { encoding: 'buffer', withFileTypes: true }).catch(nullIfGone);
  if (dirents === null) return null;
  const entries = await readEntries(walk, path, dirents);
  entries.sort((a, b) => compareKeys(a.rank, b.rank));
  return { path, realPath, keyPrefix, entries, next: 0 };
}

async function readEntries(walk: Walk, path: string, dirents: readonly Dirent<Buffer>[]): Promise<Entry[]> {
  const entries: Entry[] = [];
  for (const dirent of dirents) {
    const name = decodeName(dirent.name);
    if (name === null) skip(walk, join(path, dirent.name.toString('latin1')), 'its name is not UTF-8');
    else if (!name.startsWith(TEMPORARY_PREFIX)) {
      const kind = dirent.isSymbolicLink()
        ? await linkedKind(walk, join(path, name))
        : kindOf(walk, join(path, name), dirent);
      if (kind !== null) entries.push({ name, rank: kind === 'folder' ? `${name}/` : name });
    }
  }
  return entries;
}

type Kind = 'file' | 'folder' | null;

function kindOf(walk: Walk, path: string, it: { isFile(): boolean; isDirectory(): boolean }): Kind {
  if (it.isFile()) return 'file';
  return it.isDirectory() ? 'folder' : skip(walk, path, 'it is no regular file');
}

async function linkedKind(walk: Walk, path: string): Promise<Kind> {
  const target = await realpath(path).catch(nullIfGone);
  if (target === null) return skip(walk, path, 'it is a link to nothing');
  if (!isInside(walk.realRoot, target)) return skip(walk, path, 'it is a link out of the directory');
  return kindOf(walk, path, await stat(target));
}

function skip(walk: Walk, path: string, reason: string): null {
  walk.onSkipped(path, reason);
  return null;
}

function decodeName(bytes: Buffer): string | null {
  try {
    return utf8.decode(bytes);
  } catch {
    return null;
  }
}

function nullIfGone(error: unknown): null {
  const code = errorCode(error);
  if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ELOOP') return null;
  throw error;
}
