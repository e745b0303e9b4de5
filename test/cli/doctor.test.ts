import { spawnSync } from 'node:child_process';
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { DoctorReport } from '../../src/commands/doctor.ts';

const PROGRAM = join(process.cwd(), 'dist/main.js');

let top: string;

beforeAll(() => {
  top = mkdtempSync(join(tmpdir(), 'cogconv-doctor-'));
  for (const name of ['data', 'empty']) mkdirSync(join(top, name));
  writeFileSync(join(top, 'file'), '');
});

afterAll(() => {
  rmSync(top, { recursive: true, force: true });
});

/** Its checks as `GDAL: problem: install ...`, and the exit code. */
function doctor(env: Readonly<Record<string, string>>): { exitCode: number | null; found: string[] } {
  const { status, stdout } = spawnSync(process.execPath, [PROGRAM, 'doctor', '--json'], {
    env: {
      ...process.env,
      S3_BUCKET: join(top, 'data'),
      OUTPUT_DIR: join(top, 'status'),
      SCRATCH_DIR: join(top, 'scratch'),
      ...env,
    },
    encoding: 'utf8',
  });
  const { data } = JSON.parse(stdout) as { data: DoctorReport };
  const found = data.checks.map(({ name, state, detail, mend }) =>
    [name, state, state === 'ok' ? detail : mend].join(': '),
  );
  return { exitCode: status, found };
}

/** A folder for the PATH with this program alone. */
function pathWith(name: string, script: string): string {
  const folder = mkdtempSync(join(top, 'bin-'));
  writeFileSync(join(folder, name), `#!/bin/sh\n${script}\n`);
  chmodSync(join(folder, name), 0o755);
  return folder;
}

const INSTALL = 'install GDAL 3.1 or later (Debian and Ubuntu: apt install gdal-bin)';

describe('cogconv doctor where jobs run on this machine', () => {
  it('looks for what workers need, in the way that they do, and leaves nothing behind', () => {
    const { exitCode, found } = doctor({});
    expect(found).toEqual([
      `directory: ok: ${join(top, 'data')} can be listed and written`,
      expect.stringMatching(
        /^scratch: ok: .*\/scratch has \d+\.\d\d GB free, enough for a raster of \d+\.\d\d GB$/,
      ),
      expect.stringMatching(/^GDAL: ok: GDAL \d+\.\d+\.\d+\S* with the COG driver$/),
    ]);
    expect(exitCode).toBe(0);
    expect(readdirSync(join(top, 'scratch'))).toEqual([]);
    expect(readdirSync(join(top, 'data'))).toEqual([]);
  });

  it('says that GDAL is missing, and what to install', () => {
    const { exitCode, found } = doctor({ PATH: join(top, 'empty') });
    expect(found[2]).toBe(`GDAL: problem: ${INSTALL}`);
    expect(exitCode).toBe(1);
  });

  it('says which program of GDAL is missing', () => {
    const real = spawnSync('sh', ['-c', 'command -v gdal_translate'], { encoding: 'utf8' }).stdout.trim();
    const { exitCode, found } = doctor({ PATH: pathWith('gdal_translate', `exec ${real} "$@"`) });
    expect(found[2]).toBe(`GDAL: problem: ${INSTALL}`);
    expect(exitCode).toBe(1);
  });

  it('says that GDAL is too old', () => {
    const { exitCode, found } = doctor({
      PATH: pathWith('gdal_translate', 'echo "GDAL 3.0.4, released 2020/01/28"'),
    });
    expect(found[2]).toBe(`GDAL: problem: ${INSTALL}`);
    expect(exitCode).toBe(1);
  });

  it('says that the scratch cannot be made', () => {
    const { exitCode, found } = doctor({ SCRATCH_DIR: join(top, 'file/scratch') });
    expect(found.slice(1)).toEqual([
      'scratch: problem: set SCRATCH_DIR to a folder that can be written',
      'GDAL: unknown: ',
    ]);
    expect(exitCode).toBe(1);
  });

  it('says that the directory is not there, and goes on', () => {
    const { exitCode, found } = doctor({ S3_BUCKET: join(top, 'none') });
    expect(found[0]).toBe('directory: problem: create the directory, or check S3_BUCKET');
    expect(found).toHaveLength(3);
    expect(exitCode).toBe(1);
  });

  it.each(['cogs', 'cogs/manifests', 'cogs/manifests/runs'])(
    'says that nothing can be written below the COG prefix, as %s is a file',
    (place) => {
      const data = mkdtempSync(join(top, 'blocked-'));
      mkdirSync(join(data, place, '..'), { recursive: true });
      writeFileSync(join(data, place), '');
      const { exitCode, found } = doctor({ S3_BUCKET: data, COG_PREFIX: 'cogs/' });
      expect(found[0]).toBe('directory: problem: check S3_BUCKET and COG_PREFIX');
      expect(exitCode).toBe(1);
      expect(readdirSync(join(data, place, '..'))).toEqual([basename(place)]);
    },
  );

  it.skipIf(!existsSync('/proc/1'))('says so of a directory that takes no files', () => {
    const { exitCode, found } = doctor({ S3_BUCKET: '/proc/1' });
    expect(found[0]).toBe('directory: problem: check S3_BUCKET and COG_PREFIX');
    expect(exitCode).toBe(1);
  });
});
