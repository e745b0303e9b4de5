import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmod,
  link,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import { toDirectoryError } from '../../src/storage/directory-errors.ts';
import type { WriteOptions } from '../../src/storage/object-store.ts';
import { temporaryName } from '../../src/storage/temporary-files.ts';

const ALWAYS: WriteOptions = { condition: 'always', contentType: 'text/plain' };
const IF_ABSENT: WriteOptions = { condition: 'if-absent', contentType: 'text/plain' };

describe('DirectoryStore', () => {
  let outside: string;
  let root: string;
  let store: DirectoryStore;
  let skipped: string[];

  beforeEach(async () => {
    outside = await mkdtemp(join(tmpdir(), 'cogconv-dir-'));
    root = join(outside, 'bucket');
    await mkdir(root);
    skipped = [];
    store = new DirectoryStore(root, (path, reason) =>
      skipped.push(`${path.slice(root.length + 1)}: ${reason}`),
    );
  });
  afterEach(async () => {
    await rm(outside, { recursive: true, force: true });
  });

  async function keys(prefix = ''): Promise<string[]> {
    const all: string[] = [];
    for await (const page of store.list(prefix)) all.push(...page.map(({ key }) => key));
    return all;
  }

  it.each([
    '../x',
    'a/../../x',
    '/etc/x',
    'a/./b',
    '.',
    '..',
    'a//b',
    'a/',
    'nul\0',
    '.cogconv-tmp-x',
    'a/.cogconv-tmp-x/b',
  ])('refuses the key %j in every call', async (key) => {
    const bad = { fault: 'bad-key' };
    const local = join(outside, 'local');
    await writeFile(local, 'x');
    await expect(store.head(key)).rejects.toMatchObject(bad);
    await expect(store.readText(key)).rejects.toMatchObject(bad);
    await expect(store.readRange(key, 0, 1)).rejects.toMatchObject(bad);
    await expect(store.download(key, local)).rejects.toMatchObject(bad);
    await expect(store.writeText(key, 'x', ALWAYS)).rejects.toMatchObject(bad);
    await expect(store.upload(local, key, ALWAYS)).rejects.toMatchObject(bad);
    await expect(store.delete(key)).rejects.toMatchObject(bad);
    expect(await readdir(outside)).toEqual(['bucket', 'local']);
    expect(await readdir(root)).toEqual([]);
  });

  it('does not follow symbolic links out of the directory', async () => {
    await writeFile(join(outside, 'secret'), 'secret');
    await symlink(join(outside, 'secret'), join(root, 'file.tif'));
    await symlink(outside, join(root, 'folder'));
    const bad = { fault: 'bad-key' };
    await expect(store.readText('file.tif')).rejects.toMatchObject(bad);
    await expect(store.readText('folder/secret')).rejects.toMatchObject(bad);
    await expect(store.writeText('folder/new', 'x', ALWAYS)).rejects.toMatchObject(bad);
    await expect(store.writeText('folder/deep/new', 'x', ALWAYS)).rejects.toMatchObject(bad);
    await expect(store.delete('folder/secret')).rejects.toMatchObject(bad);
    await store.writeText('file.tif', 'own', ALWAYS);
    expect(await readFile(join(outside, 'secret'), 'utf8')).toBe('secret');
    expect(await keys()).toEqual(['file.tif']);
    expect(skipped).toEqual(['folder: it is a link out of the directory']);
  });

  it('follows links that stay inside, and no circle', async () => {
    await store.writeText('real/a.tif', 'a', ALWAYS);
    await symlink(join(root, 'real'), join(root, 'alias'));
    await symlink(root, join(root, 'real', 'up'));
    await symlink('nowhere', join(root, 'broken'));
    expect(await keys()).toEqual(['alias/a.tif', 'real/a.tif']);
    expect(await store.readText('alias/a.tif')).toBe('a');
    expect(skipped).toContain('broken: it is a link to nothing');
  });

  it('leaves out pipes and says so', async () => {
    execFileSync('mkfifo', [join(root, 'pipe.tif')]);
    await symlink(join(root, 'pipe.tif'), join(root, 'to-pipe.tif'));
    expect(await keys()).toEqual([]);
    expect(skipped.sort()).toEqual(
      ['pipe.tif', 'to-pipe.tif'].map((name) => `${name}: it is no regular file`),
    );
  });

  it('orders folders by their keys, not their names', async () => {
    for (const key of ['a/1', 'a.txt', 'a0', 'a-b/2', 'a'])
      if (key !== 'a') await store.writeText(key, '', ALWAYS);
    expect(await keys()).toEqual(['a-b/2', 'a.txt', 'a/1', 'a0']);
    expect(await keys('a.')).toEqual(['a.txt']);
    expect(await keys('a/')).toEqual(['a/1']);
  });

  it('leaves out names that are not UTF-8 and says so', async () => {
    await writeFile(Buffer.concat([Buffer.from(join(root, 'bad')), Buffer.from([0xff])]), 'x');
    await store.writeText('good.tif', 'x', ALWAYS);
    expect(await keys()).toEqual(['good.tif']);
    expect(skipped).toEqual(['bad\u00ff: its name is not UTF-8']);
  });

  it('never lists what is still being written or was left by a crash, and tidies up after the dead', async () => {
    const dead = spawnSync(process.execPath, ['-e', '']).pid;
    const left = (await temporaryName()).replace(`-${String(process.pid)}-`, `-${String(dead)}-`);
    const [mine, foreign, old] = [
      await temporaryName(),
      '.cogconv-tmp-000000000000-1-ab',
      '.cogconv-tmp-111111111111-1-ab',
    ];
    for (const name of [left, mine, foreign, old]) await writeFile(join(root, name), 'half');
    await utimes(join(root, old), new Date(0), new Date(0));
    expect(await keys()).toEqual([]);
    await store.writeText('a.tif', 'x', ALWAYS);
    expect((await readdir(root)).sort()).toEqual([foreign, mine, 'a.tif'].sort());
    expect(await keys()).toEqual(['a.tif']);
  });

  it('leaves nothing behind when a write fails', async () => {
    await store.writeText('a.tif', 'x', IF_ABSENT);
    await expect(store.writeText('a.tif', 'y', IF_ABSENT)).rejects.toMatchObject({ fault: 'precondition' });
    await expect(store.upload(join(outside, 'nothing'), 'b.tif', ALWAYS)).rejects.toMatchObject({
      fault: 'missing',
    });
    await expect(store.writeText('a.tif/b.tif', 'x', ALWAYS)).rejects.toMatchObject({ fault: 'bad-key' });
    expect(await readdir(root)).toEqual(['a.tif']);
  });

  it('gives another etag to another content of the same size, however quickly it is rewritten', async () => {
    const etags = new Set<string>();
    for (let i = 0; i < 50; i += 1) etags.add((await store.writeText('e.json', String(i % 10), ALWAYS)).etag);
    expect(etags.size).toBe(50);
  });

  it('uploads a file that is read-only', async () => {
    const local = join(outside, 'local');
    await writeFile(local, 'raster');
    await chmod(local, 0o400);
    await store.upload(local, 'r.tif', IF_ABSENT);
    expect(await store.readText('r.tif')).toBe('raster');
  });

  it('does not write through a hard link', async () => {
    await store.writeText('a.tif', 'old', ALWAYS);
    await link(join(root, 'a.tif'), join(outside, 'kept'));
    await store.writeText('a.tif', 'new', ALWAYS);
    expect(await readFile(join(outside, 'kept'), 'utf8')).toBe('old');
  });

  it('says that the bucket is missing when it is a file', async () => {
    await writeFile(join(outside, 'file'), '');
    const wrong = new DirectoryStore(join(outside, 'file'));
    await expect(wrong.head('a.tif')).rejects.toMatchObject({
      fault: 'missing-bucket',
      message: expect.stringContaining('not a directory') as string,
    });
    await expect(stat(join(outside, 'file', 'a.tif'))).rejects.toThrow();
  });
});

describe('toDirectoryError', () => {
  it.each([
    ['ENOSPC', 'disk-full'],
    ['EDQUOT', 'disk-full'],
    ['EACCES', 'denied'],
    ['EROFS', 'denied'],
    ['ENAMETOOLONG', 'bad-key'],
    ['EIO', 'unavailable'],
    ['EWHATEVER', 'other'],
  ])('takes %s for %s and keeps the cause', (code, fault) => {
    const cause = Object.assign(new Error('boom'), { code });
    expect(toDirectoryError(cause, 'write', '/data/a.tif')).toMatchObject({
      fault,
      cause,
      message: expect.stringMatching(/^cannot write \/data\/a\.tif: /) as string,
    });
  });
});
