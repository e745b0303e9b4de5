import { readdir, readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import type { DocumentCache } from '../ports.ts';
import { makeFolder } from '../storage/make-folder.ts';
import { temporaryPath } from './temporary-path.ts';

/** Folder in the status folder. */
const FOLDER = 'cache';
const SUFFIX = '.jsonl';
/** What another bucket left is removed when nobody has looked at that bucket for so long. */
const KEPT_UNUSED_MS = 30 * 24 * 60 * 60 * 1000;

/**
 * Documents of one bucket and prefix, a file each, in a folder of their own: `cog_status/cache/3f2a90c1d4e5/00000042-1.jsonl`.
 * It holds no more files than the bucket has summaries, as each is replaced whole and what is of no run any more is removed.
 */
export class DocumentFiles implements DocumentCache {
  readonly #root: string;
  readonly #identity: string;

  constructor(outputDir: string, bucket: string, cogPrefix: string) {
    this.#root = join(outputDir, FOLDER);
    this.#identity = `${bucket}\n${cogPrefix}`;
  }

  async read(name: string): Promise<string | null> {
    return await readFile(await this.#pathOf(name), 'utf8').catch(() => null);
  }

  /** Writes a temporary file and renames it, so that no reader and no crash ever meets half of it. */
  async write(name: string, text: string): Promise<void> {
    const path = await this.#pathOf(name);
    const temporary = temporaryPath(path);
    try {
      await makeFolder(dirname(path));
      await writeFile(temporary, text, { flag: 'wx' });
      await rename(temporary, path);
    } catch {
      await rm(temporary, { force: true }).catch(() => undefined);
    }
  }

  async prune(isKept: (name: string) => boolean): Promise<void> {
    const folders = await namesIn(this.#root);
    if (folders.length === 0) return;
    const now = new Date();
    const folder = await this.#folder();
    await utimes(folder, now, now).catch(() => undefined);
    for (const file of await namesIn(folder)) {
      const isOurs = file.endsWith(SUFFIX) && isKept(file.slice(0, -SUFFIX.length));
      if (!isOurs) await this.#removeUnlessFresh(join(folder, file), now);
    }
    for (const each of folders) await removeOlder(join(this.#root, each), now);
  }

  /** A temporary file may be one that is being written. */
  async #removeUnlessFresh(path: string, now: Date): Promise<void> {
    if (path.endsWith(SUFFIX)) await rm(path, { force: true }).catch(() => undefined);
    else await removeOlder(path, now);
  }

  async #folder(): Promise<string> {
    // loaded late: it takes milliseconds, and a bucket without runs has nothing in a cache
    const { createHash } = await import('node:crypto');
    return join(this.#root, createHash('sha256').update(this.#identity).digest('hex').slice(0, 12));
  }

  async #pathOf(name: string): Promise<string> {
    return join(await this.#folder(), `${name}${SUFFIX}`);
  }
}

async function namesIn(folder: string): Promise<readonly string[]> {
  return await readdir(folder).catch(() => []);
}

async function removeOlder(path: string, now: Date): Promise<void> {
  try {
    const { mtimeMs } = await stat(path);
    if (now.getTime() - mtimeMs > KEPT_UNUSED_MS) await rm(path, { recursive: true, force: true });
  } catch {
    // somebody else removed it
  }
}
