import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { pid } from 'node:process';
import { TEMPORARY_PREFIX } from './directory-paths.ts';
import { here, lifeOf, type Here } from './process-identity.ts';

/** Leftovers of writers whose life cannot be asked for are removed when they are this old. */
const ABANDONED_MS = 24 * 60 * 60 * 1000;

const NAME = /^\.cogconv-tmp-(?<place>[0-9a-f]{12})-(?<pid>\d+)-[0-9a-f]+$/;

/** Where process ids mean something, as digits. */
async function digitsOf({ host }: Here): Promise<string> {
  // loaded late: it takes milliseconds, and most commands write nothing
  const { createHash } = await import('node:crypto');
  return createHash('sha256').update(host).digest('hex').slice(0, 12);
}

/** `.cogconv-tmp-<place>-<pid>-<random>`: unique, never listed, and whoever finds it can tell whether its writer lives. */
export async function temporaryName(place = here()): Promise<string> {
  const { randomBytes } = await import('node:crypto');
  return `${TEMPORARY_PREFIX}${await digitsOf(place)}-${String(pid)}-${randomBytes(8).toString('hex')}`;
}

/** Removes what killed writers left in a folder; files of living writers stay. Never throws: it is only tidying. */
export async function removeAbandoned(folder: string): Promise<void> {
  const names = await readdir(folder).catch(() => []);
  for (const name of names.filter((each) => each.startsWith(TEMPORARY_PREFIX))) {
    const path = join(folder, name);
    const info = await stat(path).catch(() => null);
    if (info !== null && (await isAbandoned(name, Date.now() - info.mtimeMs, here())))
      await rm(path, { force: true }).catch(() => undefined);
  }
}

/** Whether the writer of a temporary file is gone, as far as `place` can tell; of others a day without a change says so. */
export async function isAbandoned(name: string, ageMs: number, place: Here): Promise<boolean> {
  const groups = NAME.exec(name)?.groups;
  const isHere = groups?.['place'] === (await digitsOf(place));
  const writer = { host: place.host, pid: Number(groups?.['pid']), started: '-' };
  const isAlive = isHere ? lifeOf(writer, place) : null;
  return isAlive === null ? ageMs > ABANDONED_MS : !isAlive;
}
