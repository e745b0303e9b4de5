import { constants } from 'node:fs';
import { access } from 'node:fs/promises';
import { delimiter, join, sep } from 'node:path';

const SUFFIX = sep === '\\' ? '.exe' : '';

/** Whether a folder of a PATH has the program. It is not run: that would cost each job a tenth of a second. */
export async function isOnPath(program: string, path: string): Promise<boolean> {
  for (const folder of path.split(delimiter)) {
    const isThere = await access(join(folder, program + SUFFIX), constants.X_OK).then(
      () => true,
      () => false,
    );
    if (isThere) return true;
  }
  return false;
}
