import { readFileSync, readlinkSync } from 'node:fs';
import { readdir, rm, stat } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { kill, pid } from 'node:process';
import { errorCode } from './directory-errors.ts';
import { TEMPORARY_PREFIX } from './directory-paths.ts';

/** Leftovers of writers elsewhere, whose life cannot be asked for, are removed when they are this old. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

const NAME = /^\.cogconv-tmp-(?<place>[0-9a-f]{12})-(?<pid>\d+)-[0-9a-f]+$/;

/** Where process ids mean something: this boot of this machine, and this container of it. */
async function thisPlace(): Promise<string> {
  // loaded late: it takes milliseconds, and most commands write nothing
  const { createHash } = await import('node:crypto');
  return createHash('sha256')
    .update([hostname(), tryRead(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))].join('\n'))
    .update(tryRead(() => readlinkSync('/proc/self/ns/pid')))
    .digest('hex')
    .slice(0, 12);
}

/** `.cogconv-tmp-<place>-<pid>-<random>`: unique, never listed, and whoever finds it can tell whether its writer lives. */
export async function temporaryName(): Promise<string> {
  const { randomBytes } = await import('node:crypto');
  return `${TEMPORARY_PREFIX}${await thisPlace()}-${String(pid)}-${randomBytes(8).toString('hex')}`;
}

/** Removes what killed writers left in a folder; files of living writers stay. Never throws: it is only tidying. */
export async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(TEMPORARY_PREFIX))) {
    const path = join(folder, name);
    if (await isAbandoned(path, name)) await rm(path, { force: true }).catch(() => undefined);
  }
}

async function isAbandoned(path: string, name: string): Promise<boolean> {
  const groups = NAME.exec(name)?.groups;
  if (groups?.['place'] === (await thisPlace())) return !isAlive(Number(groups['pid']));
  const info = await stat(path).catch(() => null);
  return info !== null && Date.now() - info.mtimeMs > ABANDONED_MS;
}

function isAlive(writer: number): boolean {
  try {
    kill(writer, 0);
    return true;
  } catch (error) {
    // EPERM: it lives, but belongs to someone else.
    return errorCode(error) === 'EPERM';
  }
}

function tryRead(read: () => string): string {
  try {
    return read();
  } catch {
    return '';
  }
}
