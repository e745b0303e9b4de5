import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { hasMoto, startMoto, type Moto } from './moto.ts';
import { openAccount } from './stage/account.ts';
import { cueOf } from './stage/cues.ts';
import { openStage } from './stage/stage.ts';
import { replay } from './stage/transcript.ts';

const folder = fileURLToPath(new URL('transcripts', import.meta.url));
/** All of them, and README, whose examples are one long transcript. */
const names = [...readdirSync(folder).filter((name) => name.endsWith('.md')), '../../README.md'];

function needs(text: string, what: 'GDAL' | 'AWS'): boolean {
  return new RegExp(`^(?:<!-- )?Needs ${what}\\.(?: -->)?$`, 'm').test(text);
}

/** What a transcript needs it says in lines of their own; what is left out is said loudly, and with CI=true it is an error. */
function playable(name: string): boolean {
  const text = readFileSync(join(folder, name), 'utf8');
  return (!needs(text, 'GDAL') || hasGdal(name)) && (!needs(text, 'AWS') || hasMoto(`transcript ${name}`));
}

function hasGdal(name: string): boolean {
  if (spawnSync('gdal_translate', ['--version'], { stdio: 'ignore' }).status === 0) return true;
  if (process.env['CI'] === 'true') throw new Error(`${name} needs gdal_translate`);
  process.stderr.write(`\n*** no gdal_translate: LEFT OUT: transcript ${name} ***\n`);
  return false;
}

/** `U=1 npx vitest run test/transcripts.test.ts` writes what the commands print now; review the difference like code. */
const isUpdate = process.env['U'] === '1';

describe('transcripts', () => {
  let moto: Promise<Moto> | null = null;
  afterAll(async () => {
    await (await moto)?.stop();
  });

  async function play(written: string): Promise<string> {
    const stage = openStage();
    const isAws = needs(written, 'AWS');
    const account = isAws ? await openAccount(stage, await (moto ??= startMoto(MOTO))) : null;
    try {
      return await replay(written, stage, async (line) => {
        if (account !== null) await cueOf(line)?.(account, stage);
      });
    } finally {
      await account?.close();
      stage.remove();
    }
  }

  it.each(names.filter(playable))('%s', { timeout: 240_000 }, async (name) => {
    const file = join(folder, name);
    const written = readFileSync(file, 'utf8');
    const played = await play(written);
    if (isUpdate) writeFileSync(file, played);
    else expect(played).toBe(written);
  });

  it('have commands in them', () => {
    const empty = names.filter((name) => !/^\$ .*cogconv/m.test(readFileSync(join(folder, name), 'utf8')));
    expect(names.length).toBeGreaterThan(5);
    expect(empty).toEqual([]);
  });
});

const MOTO = { MOTO_IAM_LOAD_MANAGED_POLICIES: 'true' };
