import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { openStage, replay } from './transcript.ts';

const folder = fileURLToPath(new URL('transcripts', import.meta.url));
const names = readdirSync(folder).filter((name) => name.endsWith('.md'));

/** Those that convert say so in a line of their own; what is left out is said loudly, and with CI=true it is an error. */
function playable(name: string): boolean {
  if (!readFileSync(join(folder, name), 'utf8').includes('\nNeeds GDAL.\n')) return true;
  if (spawnSync('gdal_translate', ['--version'], { stdio: 'ignore' }).status === 0) return true;
  if (process.env['CI'] === 'true') throw new Error(`${name} needs gdal_translate`);
  process.stderr.write(`\n*** no gdal_translate: LEFT OUT: transcript ${name} ***\n`);
  return false;
}

/** `U=1 npx vitest run test/transcripts.test.ts` writes what the commands print now; review the difference like code. */
const isUpdate = process.env['U'] === '1';

describe('transcripts', () => {
  it.each(names.filter(playable))('%s', { timeout: 240_000 }, async (name) => {
    const file = join(folder, name);
    const written = readFileSync(file, 'utf8');
    const stage = openStage();
    try {
      const played = await replay(written, stage);
      if (isUpdate) writeFileSync(file, played);
      else expect(played).toBe(written);
    } finally {
      stage.remove();
    }
  });

  it('have commands in them', () => {
    const empty = names.filter((name) => !/^\$ .*cogconv/m.test(readFileSync(join(folder, name), 'utf8')));
    expect(names.length).toBeGreaterThan(5);
    expect(empty).toEqual([]);
  });
});
