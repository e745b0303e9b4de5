import { spawnSync } from 'node:child_process';
import {
  closeSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  openSync,
  readdirSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Of 512 bytes: the list has more, and fewer than are written at a time. */
const MOST_BLOCKS = 1;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-full-'));
  const sources = join(folder, 'bucket', 'src');
  mkdirSync(sources, { recursive: true });
  for (let at = 0; at < 100; at++) writeFileSync(join(sources, `raster_${String(at)}.tif`), 'x');
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('a list that the disk has no room for', () => {
  it('is an error, not a shorter list', () => {
    const env = {
      PATH: process.env['PATH'],
      S3_BUCKET: join(folder, 'bucket'),
      SOURCE_PREFIX: 'src/',
      OUTPUT_DIR: join(folder, 'lists'),
    };
    const limited = [
      '-c',
      `ulimit -f ${String(MOST_BLOCKS)} && exec "$@"`,
      'sh',
      process.execPath,
      cli,
      'list',
    ];
    const { status, stderr } = spawnSync('sh', limited, { env, encoding: 'utf8' });
    expect(stderr).toContain('cannot write');
    expect(status).not.toBe(0);
    expect(readdirSync(join(folder, 'lists'))).toEqual(['cog_conversion.log']);
  });
});

describe.runIf(existsSync('/dev/full'))('an answer that the disk has no room for', () => {
  it('is an error that says so', () => {
    const full = openSync('/dev/full', 'w');
    try {
      const env = { PATH: process.env['PATH'], S3_BUCKET: folder, OUTPUT_DIR: join(folder, 'lists') };
      const { status, stderr } = spawnSync(process.execPath, [cli, 'config'], {
        env,
        stdio: ['ignore', full, 'pipe'],
        encoding: 'utf8',
      });
      expect({ status, stderr }).toEqual({
        status: 1,
        stderr: 'error: cannot write to stdout: ENOSPC: no space left on device, write\n',
      });
    } finally {
      closeSync(full);
    }
  });
});
