import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { toDirectoryError } from './directory-errors.ts';
import { nearestExisting, writablePath } from './directory-paths.ts';
import { temporaryName } from './temporary-files.ts';

/**
 * Whether a directory takes files in a folder: writes one there, or where the folder would be made, and removes it. It makes no
 * folder: a run that begins in it meanwhile could lose it again.
 * @param folder ends in `/`, as prefixes do
 * @throws StorageError as for a write there
 */
export async function tryWriting(directory: string, folder: string): Promise<void> {
  let place = join(directory, folder);
  try {
    place = await nearestExisting(await writablePath(directory, folder.slice(0, -1)));
    const file = join(place, await temporaryName());
    await writeFile(file, 'x', { flag: 'wx' }).finally(() => rm(file, { force: true }));
  } catch (error) {
    throw toDirectoryError(error, 'write into', place);
  }
}
