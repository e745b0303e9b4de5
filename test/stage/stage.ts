import { mkdirSync, mkdtempSync, realpathSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

export const root = fileURLToPath(new URL('../..', import.meta.url));

/** Where the commands of one transcript run: an empty folder, with `cogconv` on the PATH and nothing of the caller's environment. */
export interface Stage {
  readonly folder: string;
  readonly home: string;
  /** Changed by `$ export NAME=value` and `$ unset NAME`. */
  readonly env: Record<string, string | undefined>;
  remove(): void;
}

/** Makes the stage; `$RASTERS` and `~/rasters` are the folder of real rasters. */
export function openStage(): Stage {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'cogconv-transcript-')));
  const folder = join(top, 'work');
  const bin = join(top, 'bin');
  const home = join(top, 'home');
  for (const path of [folder, bin, home]) mkdirSync(path);
  symlinkSync(join(root, 'dist/main.js'), join(bin, 'cogconv'));
  symlinkSync(join(root, 'test/fixtures/rasters'), join(home, 'rasters'));
  const env = {
    PATH: `${bin}${delimiter}${process.env['PATH'] ?? ''}`,
    HOME: home,
    TMPDIR: top,
    LC_ALL: 'C.UTF-8',
    TZ: 'UTC',
    RASTERS: join(root, 'test/fixtures/rasters'),
    // no questions to a network that has no such address
    AWS_EC2_METADATA_DISABLED: 'true',
  };
  return {
    folder,
    home,
    env,
    remove: () => {
      rmSync(top, { recursive: true, force: true });
    },
  };
}
