import type { BigIntStats } from 'node:fs';
import { copyFile, constants, open, rm, stat, writeFile, type FileHandle } from 'node:fs/promises';
import { join, resolve, sep } from 'node:path';
import { MAX_NAME_BYTES } from '../contract/naming.ts';
import { errorCode, refuseAborted, toDirectoryError } from './directory-errors.ts';
import { existingPath, realRoot, refuseBadKey, writablePath } from './directory-paths.ts';
import { walkFiles, type FoundFile, type SkippedName } from './directory-walk.ts';
import { writeAtomically } from './directory-write.ts';
import {
  StorageError,
  type ObjectInfo,
  type ObjectStore,
  type ReadOptions,
  type TextVersion,
  type WriteOptions,
} from './object-store.ts';
import { copyProved, readFully } from './proved-copy.ts';
import { removeAbandoned } from './temporary-files.ts';

const PAGE_KEYS = 1000;
const STATS_AT_ONCE = 64;

/**
 * A directory that stands for a bucket: a key is a path below it. Writes are atomic (see `writeAtomically`), keys cannot
 * leave the directory, and an etag is made of size, modification time and inode, so it changes when a file is replaced.
 */
export class DirectoryStore implements ObjectStore {
  readonly bucket: string;
  /** Windows counts otherwise, and tells when it is asked for the file. */
  readonly maxNameBytes = sep === '\\' ? Infinity : MAX_NAME_BYTES;
  readonly #onSkipped: SkippedName;
  #tidied: Promise<void> | undefined;

  /** @param onSkipped told of each name that a listing leaves out because it cannot be an object */
  constructor(directory: string, onSkipped: SkippedName = () => undefined) {
    this.bucket = resolve(directory);
    this.#onSkipped = onSkipped;
  }

  describe(key: string): string {
    return join(this.bucket, key);
  }

  async *list(
    prefix: string,
    { signal }: { readonly signal?: AbortSignal } = {},
  ): AsyncGenerator<ObjectInfo[]> {
    refusePrefix(this.bucket, prefix);
    try {
      const root = await realRoot(this.bucket);
      let page: FoundFile[] = [];
      for await (const file of walkFiles({ realRoot: root, onSkipped: this.#onSkipped, signal }, prefix)) {
        page.push(file);
        if (page.length < PAGE_KEYS) continue;
        yield await describeFiles(page);
        page = [];
      }
      if (page.length > 0) yield await describeFiles(page);
    } catch (error) {
      throw toDirectoryError(error, 'list', this.describe(prefix));
    }
  }

  async head(key: string, signal?: AbortSignal): Promise<ObjectInfo | null> {
    return await this.#attempt('read', key, signal, async () => {
      const path = await existingPath(this.bucket, key);
      return path === null ? null : await infoOf(key, path);
    });
  }

  async readText(key: string, options: ReadOptions = {}): Promise<string | null> {
    return (await this.readVersion(key, options))?.text ?? null;
  }

  async readVersion(key: string, options: ReadOptions = {}): Promise<TextVersion | null> {
    return await this.#attempt('read', key, options.signal, async () => {
      return await this.#withFile(key, options, async (handle, { etag }) => {
        return { text: await handle.readFile('utf8'), etag };
      });
    });
  }

  async readRange(
    key: string,
    offset: number,
    length: number,
    options: ReadOptions = {},
  ): Promise<Uint8Array> {
    return await this.#attempt('read', key, options.signal, async () => {
      const bytes = await this.#withFile(key, options, async (handle) => {
        const wanted = Math.max(0, Math.min(length, (await handle.stat()).size - offset));
        const buffer = Buffer.alloc(wanted);
        return buffer.subarray(0, await readFully(handle, buffer, offset, wanted));
      });
      if (bytes === null) throw new StorageError('missing', `there is no ${this.describe(key)}`);
      return bytes;
    });
  }

  async download(key: string, file: string, options: ReadOptions = {}): Promise<ObjectInfo | null> {
    return await this.#attempt('read', key, options.signal, async () => {
      const path = await existingPath(this.bucket, key);
      const before = path === null ? null : await infoOf(key, path);
      if (path === null || before === null) return null;
      refuseOther(this.describe(key), before, options.ifMatch);
      await copyFile(path, file, constants.COPYFILE_FICLONE);
      if ((await infoOf(key, path))?.etag === before.etag) return before;
      await rm(file, { force: true });
      throw new StorageError('changed', `${this.describe(key)} changed while it was read`);
    });
  }

  async writeText(key: string, text: string, options: WriteOptions): Promise<ObjectInfo> {
    return await this.#write(key, options, async (temporary) => {
      await writeFile(temporary, text, { flag: 'wx' });
    });
  }

  async upload(file: string, key: string, options: WriteOptions): Promise<ObjectInfo> {
    return await this.#write(key, options, async (temporary) => {
      await copyProved(file, temporary);
    });
  }

  async copy(
    from: string,
    to: string,
    options: WriteOptions & { readonly ifMatch?: string },
  ): Promise<ObjectInfo> {
    return await this.#write(to, options, async (temporary) => {
      const source = await existingPath(this.bucket, from);
      const before = source === null ? null : await infoOf(from, source);
      if (source === null || before === null)
        throw new StorageError('missing', `there is no ${this.describe(from)}`);
      refuseOther(this.describe(from), before, options.ifMatch);
      await copyProved(source, temporary);
    });
  }

  async delete(key: string): Promise<void> {
    await this.#attempt('delete', key, undefined, async () => {
      await rm(await writablePath(this.bucket, key), { force: true });
    });
  }

  close(): void {
    // Nothing is held open between calls.
  }

  async #write(
    key: string,
    options: WriteOptions,
    fill: (temporary: string) => Promise<void>,
  ): Promise<ObjectInfo> {
    return await this.#attempt('write', key, options.signal, async () => {
      const target = await writablePath(this.bucket, key);
      const root = await realRoot(this.bucket);
      await (this.#tidied ??= removeAbandoned(root));
      const etagOf = async (path: string): Promise<string | null> => (await infoOf(key, path))?.etag ?? null;
      const fillAndNote = async (temporary: string): Promise<void> => {
        await fill(temporary);
        refuseAborted(options.signal, 'write', this.describe(key));
      };
      await writeAtomically({ root, target, condition: options.condition, fill: fillAndNote, etagOf });
      const written = await infoOf(key, target);
      if (written !== null) return written;
      throw new StorageError('changed', `${this.describe(key)} vanished as soon as it was written`);
    });
  }

  async #withFile<T>(
    key: string,
    options: ReadOptions,
    use: (handle: FileHandle, info: ObjectInfo) => Promise<T>,
  ): Promise<T | null> {
    const path = await existingPath(this.bucket, key);
    if (path === null) return null;
    const handle = await open(path, 'r');
    try {
      const stats = await handle.stat({ bigint: true });
      if (!stats.isFile()) return null;
      const info = toInfo(key, stats);
      refuseOther(this.describe(key), info, options.ifMatch);
      return await use(handle, info);
    } finally {
      await handle.close();
    }
  }

  async #attempt<T>(
    action: string,
    key: string,
    signal: AbortSignal | undefined,
    work: () => Promise<T>,
  ): Promise<T> {
    try {
      refuseAborted(signal, action, this.describe(key));
      refuseBadKey(this.bucket, key);
      return await work();
    } catch (error) {
      throw toDirectoryError(error, action, this.describe(key));
    }
  }
}

function refusePrefix(root: string, prefix: string): void {
  const folder = prefix.slice(0, prefix.lastIndexOf('/') + 1);
  if (folder !== '') refuseBadKey(root, folder.slice(0, -1));
}

async function describeFiles(files: readonly FoundFile[]): Promise<ObjectInfo[]> {
  const infos: ObjectInfo[] = [];
  for (let at = 0; at < files.length; at += STATS_AT_ONCE) {
    const group = files.slice(at, at + STATS_AT_ONCE);
    const found = await Promise.all(group.map(({ key, path }) => infoOf(key, path)));
    infos.push(...found.filter((info) => info !== null));
  }
  return infos;
}

async function infoOf(key: string, path: string): Promise<ObjectInfo | null> {
  try {
    const stats = await stat(path, { bigint: true });
    return stats.isFile() ? toInfo(key, stats) : null;
  } catch (error) {
    const code = errorCode(error);
    if (code === 'ENOENT' || code === 'ENOTDIR') return null;
    throw error;
  }
}

function toInfo(key: string, stats: BigIntStats): ObjectInfo {
  const etag = [stats.size, stats.mtimeNs, stats.ino].map((part) => part.toString(16)).join('-');
  return { key, sizeBytes: Number(stats.size), etag, modifiedMs: Number(stats.mtimeMs) };
}

function refuseOther(name: string, found: ObjectInfo, ifMatch: string | undefined): void {
  if (ifMatch === undefined || found.etag === ifMatch) return;
  throw new StorageError('precondition', `${name} is another version than the one asked for`);
}
