import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const cli = fileURLToPath(new URL('../../dist/main.js', import.meta.url));
/** Written by the process itself as it ends: files that it loaded, and Node's own modules. */
const TELL = `process.on('exit', () => {
  const loaded = [...Object.keys(require.cache), ...process.moduleLoadList];
  require('node:fs').writeFileSync(process.env.LOADED, loaded.join('\\n'));
});`;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-start-'));
  writeFileSync(join(folder, 'tell.cjs'), TELL);
});

afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What a command loads; files by their names without the hash. */
function loadedBy(...args: readonly string[]): readonly string[] {
  const file = join(folder, 'loaded');
  const env = {
    PATH: process.env['PATH'],
    LOADED: file,
    S3_BUCKET: folder,
    OUTPUT_DIR: join(folder, 'lists'),
  };
  const { status, stderr } = spawnSync(
    process.execPath,
    ['--require', join(folder, 'tell.cjs'), cli, ...args],
    { env, encoding: 'utf8' },
  );
  expect(status, stderr).toBe(0);
  return readFileSync(file, 'utf8').split('\n');
}

const chunks = (loaded: readonly string[]): readonly string[] =>
  loaded
    .filter((name) => name.endsWith('.js'))
    .map((name) => basename(name).replace(/-[\w-]{8}\.js$/, '.js'))
    .sort();

describe('what is loaded', () => {
  it('for help: one file, no streams, no cryptography, no child processes', () => {
    const loaded = loadedBy('--help');
    expect(chunks(loaded)).toEqual(['main.js', 'rolldown-runtime.js']);
    const dear = /^NativeModule (?:stream|net|tty|crypto|http|https|tls|child_process|zlib|readline)$/;
    expect(loaded.filter((name) => dear.test(name))).toEqual([]);
  });

  it('for status of a directory: neither the AWS SDK nor the logger', () => {
    const loaded = loadedBy('status');
    expect(chunks(loaded)).toEqual(['bucket.js', 'main.js', 'rolldown-runtime.js']);
    expect(loaded.filter((name) => /^NativeModule (?:crypto|http|https|tls)$/.test(name))).toEqual([]);
  });
});
