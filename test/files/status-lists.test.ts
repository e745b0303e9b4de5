import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { FailureCode } from '../../src/contract/failures.ts';
import { CogconvError } from '../../src/errors.ts';
import type { SizedKeys } from '../../src/plan/sized-keys.ts';
import { loggedKeys } from '../plan/logged.ts';
import {
  writeCogList,
  writeFailedList,
  writePendingList,
  writeSourceList,
} from '../../src/files/status-lists.ts';

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'cogconv-lists-'));
  folder = join(parent, 'made', 'when needed');
});

afterEach(async () => {
  await rm(parent, { recursive: true });
});

const read = (name: string): Promise<string> => readFile(join(folder, name), 'utf8');

describe('writeSourceList', () => {
  it('writes key and bytes of each source, and tells where', async () => {
    const path = await writeSourceList(folder, [
      loggedKeys([{ key: 'src/a b.tif', sizeBytes: 7 }]),
      loggedKeys([{ key: 'src/é😀.tif', sizeBytes: 5_000_000_000_000 }]),
    ]);
    expect(path).toBe(join(folder, 'raw_tiffs.txt'));
    expect(await read('raw_tiffs.txt')).toBe('src/a b.tif\t7\nsrc/é😀.tif\t5000000000000\n');
  });

  it('says which setting to change when the folder is none', async () => {
    const file = join(parent, 'file');
    await writeFile(file, '');
    const written = writeSourceList(join(file, 'status'), []);
    await expect(written).rejects.toThrow(CogconvError);
    await expect(written).rejects.toMatchObject({
      message: `cannot write ${join(file, 'status', 'raw_tiffs.txt')}`,
      hint: 'set OUTPUT_DIR (or --output-dir) to a folder that can be written',
    });
  });

  it('writes an empty file for no sources', async () => {
    await writeSourceList(folder, []);
    expect(await read('raw_tiffs.txt')).toBe('');
  });

  it('writes lists longer than one block whole', async () => {
    const keys = Array.from({ length: 20_000 }, (_, at) => ({ key: `src/${String(at)}.tif`, sizeBytes: at }));
    await writeSourceList(folder, [loggedKeys(keys)]);
    expect(await read('raw_tiffs.txt')).toBe(
      keys.map(({ key, sizeBytes }) => `${key}\t${String(sizeBytes)}\n`).join(''),
    );
  });

  it('leaves the old list and nothing else when it is interrupted', async () => {
    await writeSourceList(folder, [loggedKeys([{ key: 'src/old.tif', sizeBytes: 1 }])]);
    function* interrupted(): Generator<SizedKeys> {
      yield loggedKeys(
        Array.from({ length: 10_000 }, (_, at) => ({ key: `src/${String(at)}.tif`, sizeBytes: at })),
      );
      throw new Error('interrupted');
    }
    await expect(writeSourceList(folder, interrupted())).rejects.toThrow('interrupted');
    expect(await read('raw_tiffs.txt')).toBe('src/old.tif\t1\n');
    expect(await readdir(folder)).toEqual(['raw_tiffs.txt']);
  });

  it('never mixes two commands that write at once', async () => {
    const listOf = (name: string): SizedKeys =>
      loggedKeys(Array.from({ length: 5000 }, () => ({ key: name, sizeBytes: 1 })));
    await Promise.all(['a', 'b'].map((name) => writeSourceList(folder, [listOf(name)])));
    expect(new Set((await read('raw_tiffs.txt')).trimEnd().split('\n')).size).toBe(1);
  });
});

describe('writeCogList', () => {
  it('writes one key a line', async () => {
    const cogs = ['cogs/a_cog.tif', 'cogs/b_cog.tif'].map((key) => ({ key, sizeBytes: 1 }));
    await writeCogList(folder, loggedKeys(cogs));
    expect(await read('existing_cogs.txt')).toBe('cogs/a_cog.tif\ncogs/b_cog.tif\n');
  });
});

describe('writePendingList', () => {
  it('writes source and bytes', async () => {
    await writePendingList(folder, loggedKeys([{ key: 'src/a.tif', sizeBytes: 9 }]));
    expect(await read('pending_conversions.txt')).toBe('src/a.tif\t9\n');
  });
});

describe('writeFailedList', () => {
  const failed = (source: string, code: FailureCode) => ({ source, etag: '', reason: { code, message: '' } });

  it('writes source and code of each failure, one a line whatever the key', async () => {
    await writeFailedList(folder, [failed('src/a b.tif', 'no-crs'), failed('src/a\nb.tif', 'timeout')]);
    expect(await read('failed_conversions.txt')).toBe('src/a b.tif\tno-crs\n"src/a\\nb.tif"\ttimeout\n');
  });

  it('writes lists longer than one block whole, and an empty one for none', async () => {
    const names = Array.from({ length: 20_000 }, (_, at) => `src/${String(at)}.tif`);
    const failures = names.map((name) => failed(name, 'storage'));
    await writeFailedList(folder, failures.values());
    expect(await read('failed_conversions.txt')).toBe(names.map((name) => `${name}\tstorage\n`).join(''));
    await writeFailedList(folder, []);
    expect(await read('failed_conversions.txt')).toBe('');
  });
});
