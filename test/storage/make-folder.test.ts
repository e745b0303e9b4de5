import { existsSync, mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { makeFolder } from '../../src/storage/make-folder.ts';

let parent: string;

beforeEach(() => {
  parent = mkdtempSync(join(tmpdir(), 'cogconv-folder-'));
});

afterEach(() => {
  rmSync(parent, { recursive: true });
});

describe('makeFolder', () => {
  it('makes what is missing, and leaves what is there', async () => {
    const folder = join(parent, 'a', 'b', 'c');
    await Promise.all(Array.from({ length: 20 }, () => makeFolder(folder)));
    writeFileSync(join(folder, 'kept'), '');
    await makeFolder(folder);
    expect(existsSync(join(folder, 'kept'))).toBe(true);
    symlinkSync(folder, join(parent, 'link'));
    await makeFolder(join(parent, 'link', 'd'));
    expect(existsSync(join(folder, 'd'))).toBe(true);
  });

  it('gives the mode to what it makes', async () => {
    await makeFolder(join(parent, 'own'), 0o700);
    expect(statSync(join(parent, 'own')).mode & 0o777).toBe(0o700);
  });

  it('refuses what a file is in the way of', async () => {
    writeFileSync(join(parent, 'file'), '');
    await expect(makeFolder(join(parent, 'file'))).rejects.toMatchObject({ code: 'EEXIST' });
    await expect(makeFolder(join(parent, 'file', 'below', 'it'))).rejects.toMatchObject({ code: 'ENOTDIR' });
  });

  it.skipIf(!existsSync('/proc/1'))(
    'ends where the system says for ever that something is missing',
    async () => {
      await expect(makeFolder('/proc/1/a/b')).rejects.toMatchObject({ code: 'ENOENT' });
    },
  );
});
