import { spawnSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const scratch = mkdtempSync(join(tmpdir(), 'cogconv-package-'));
const prefix = join(scratch, 'prefix');
const installed = join(prefix, 'lib/node_modules/cogconv');

interface Ended {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

function run(program: string, args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended {
  const options = { cwd: program === 'npm' ? process.cwd() : scratch, env: { ...process.env, ...env } };
  return spawnSync(program, args, { ...options, encoding: 'utf8' });
}

const cogconv = (args: readonly string[], env: Readonly<Record<string, string>> = {}): Ended =>
  run(join(prefix, 'bin/cogconv'), args, env);

beforeAll(() => {
  const pack = run('npm', ['pack', '--pack-destination', scratch]);
  expect(pack.stderr).not.toContain('npm error');
  const tarball = readdirSync(scratch).find((name) => name.endsWith('.tgz')) ?? 'no tarball';
  const install = run('npm', [
    'install',
    '--global',
    '--prefix',
    prefix,
    '--no-audit',
    '--no-fund',
    join(scratch, tarball),
  ]);
  expect(install.status, install.stderr).toBe(0);
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

describe('the npm package', () => {
  it('knows its version', () => {
    const { version } = JSON.parse(readFileSync('package.json', 'utf8')) as { version: string };
    expect(cogconv(['--version'])).toMatchObject({ status: 0, stdout: `${version}\n` });
  });

  it('brings the worker, the recipe of its image and the licence, and nothing of the repository besides', () => {
    for (const name of [
      'dist/main.js',
      'dist/worker.mjs',
      'dist/gdal_server.py',
      'Dockerfile',
      'LICENSE',
      'README.md',
    ]) {
      expect(existsSync(join(installed, name)), name).toBe(true);
    }
    for (const name of ['src', 'worker', 'test', 'script', 'bench']) {
      expect(existsSync(join(installed, name)), name).toBe(false);
    }
  });

  it('converts a directory from any working directory', () => {
    const bucket = join(scratch, 'bucket');
    mkdirSync(join(bucket, 'raw'), { recursive: true });
    copyFileSync('test/fixtures/rasters/L7_ETMs.tif', join(bucket, 'raw/public_landsat.tif'));
    const env = { S3_BUCKET: bucket, SOURCE_PREFIX: 'raw/', COG_PREFIX: 'cogs/' };

    const convert = cogconv(['convert'], env);

    expect(convert.status, convert.stderr).toBe(0);
    expect(cogconv(['validate', join(bucket, 'cogs/landsat_cog.tif')], env).status).toBe(0);
    expect(cogconv(['status', '--check'], env).status).toBe(0);
  });
});
