import { mkdir, mkdtemp, readdir, rm, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { DocumentFiles } from '../../src/files/document-files.ts';

const LONG_AGO = new Date('2020-01-01T00:00:00Z');

let folder: string;
let cache: DocumentFiles;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'cogconv-cache-'));
  cache = new DocumentFiles(folder, 'bucket', 'cogs/');
});

afterEach(async () => {
  await rm(folder, { recursive: true });
});

it('gives back what was written, whole, and nothing of another bucket or prefix', async () => {
  await cache.write('00000001-1', 'old');
  await cache.write('00000001-1', 'new');
  expect(await new DocumentFiles(folder, 'bucket', 'cogs/').read('00000001-1')).toBe('new');
  expect(await new DocumentFiles(folder, 'other', 'cogs/').read('00000001-1')).toBeNull();
  expect(await new DocumentFiles(folder, 'bucket', 'others/').read('00000001-1')).toBeNull();
});

it('is silent where it cannot write or read', async () => {
  await writeFile(join(folder, 'file'), '');
  const nowhere = new DocumentFiles(join(folder, 'file'), 'bucket', 'cogs/');
  await nowhere.write('00000001-1', 'text');
  await nowhere.prune(() => true);
  expect(await nowhere.read('00000001-1')).toBeNull();
});

it('does not grow: what is of no run, of a bucket long unused or of a crash long ago is removed', async () => {
  for (const name of ['00000001-1', '00000002-1']) await cache.write(name, 'text');
  const [own = ''] = await readdir(join(folder, 'cache'));
  const left = join(folder, 'cache', own, 'crashed.tmp');
  await writeFile(left, '');
  await utimes(left, LONG_AGO, LONG_AGO);
  await writeFile(join(folder, 'cache', own, 'being-written.tmp'), '');
  await mkdir(join(folder, 'cache', 'unused'));
  await utimes(join(folder, 'cache', 'unused'), LONG_AGO, LONG_AGO);
  await cache.prune((name) => name === '00000002-1');
  expect(await readdir(join(folder, 'cache'))).toEqual([own]);
  expect((await readdir(join(folder, 'cache', own))).sort()).toEqual([
    '00000002-1.jsonl',
    'being-written.tmp',
  ]);
});
