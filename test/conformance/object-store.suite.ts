import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { compareKeys } from '../../src/storage/key-order.ts';
import type { ObjectInfo, ObjectStore, WriteOptions } from '../../src/storage/object-store.ts';

/** A fresh empty bucket for one test. */
export interface FreshStore {
  readonly store: ObjectStore;
  /** The same kind of store over a bucket that does not exist. */
  readonly missing: ObjectStore;
  readonly dispose: () => Promise<void>;
}

export interface SuiteOptions {
  /** Keys that this kind takes beyond the odd ones of all. */
  readonly extraKeys: readonly string[];
}

const ODD_KEYS = [
  'with space.tif',
  'plus+and%20percent.tif',
  'q"uote\'s.tif',
  'hash#tag.tif',
  '$(touch x);`id`.tif',
  '-leading.tif',
  '--if=x.tif',
  'emoji/🛰️.tif',
  'accent/caf\u0065\u0301.tif',
  'accent/caf\u00e9.tif',
  'amp&lt;<b>.tif',
  'star*?.tif',
  'back\\slash.tif',
  'eq=a,b;c:d.tif',
  '\uffee.tif',
  'UPPER/a.TIF',
  'upper/a.TIF',
];

const ALWAYS: WriteOptions = { condition: 'always', contentType: 'text/plain' };
const IF_ABSENT: WriteOptions = { condition: 'if-absent', contentType: 'text/plain' };
const MANY_KEYS = 2_100;
const MANY_TIMEOUT_MS = 120_000;
const BIG_BYTES = 17 * 1024 * 1024 + 13;

async function listAll(store: ObjectStore, prefix: string): Promise<ObjectInfo[]> {
  const all: ObjectInfo[] = [];
  for await (const page of store.list(prefix)) all.push(...page);
  return all;
}

async function keysOf(store: ObjectStore, prefix: string): Promise<string[]> {
  return (await listAll(store, prefix)).map(({ key }) => key);
}

function bytesOf(length: number): Buffer {
  const bytes = Buffer.alloc(length);
  for (let i = 0; i < length; i += 1) bytes[i] = (i * 31 + (i >> 8)) & 0xff;
  return bytes;
}

/** What every ObjectStore does, whatever is behind it. */
export function objectStoreSuite(name: string, open: () => Promise<FreshStore>, options: SuiteOptions): void {
  describe(`ObjectStore over ${name}`, () => {
    let fresh: FreshStore;
    let store: ObjectStore;
    let scratch: string;

    beforeEach(async () => {
      fresh = await open();
      store = fresh.store;
      scratch = await mkdtemp(join(tmpdir(), 'cogconv-suite-'));
    });
    afterEach(async () => {
      await fresh.dispose();
      await rm(scratch, { recursive: true, force: true });
    });

    describe('reading what was written', () => {
      it('gives back text with its size and etag', async () => {
        const written = await store.writeText('a/b.json', '{"ü":1}', ALWAYS);
        expect(written).toMatchObject({ key: 'a/b.json', sizeBytes: 8 });
        expect(await store.readText('a/b.json')).toBe('{"ü":1}');
        expect(await store.head('a/b.json')).toMatchObject({ sizeBytes: 8, etag: written.etag });
        expect(written.etag).toMatch(/^[^"]+$/);
      });

      it('says null for what is not there', async () => {
        expect(await store.head('no/such.tif')).toBeNull();
        expect(await store.readText('no/such.tif')).toBeNull();
        expect(await store.download('no/such.tif', join(scratch, 'x'))).toBeNull();
        await expect(stat(join(scratch, 'x'))).rejects.toThrow('ENOENT');
        await expect(store.readRange('no/such.tif', 0, 5)).rejects.toMatchObject({ fault: 'missing' });
      });

      it('has no objects for folders', async () => {
        await store.writeText('folder/file.txt', 'x', ALWAYS);
        expect(await store.head('folder')).toBeNull();
        expect(await store.readText('folder')).toBeNull();
      });

      it('carries bytes unchanged, small and in several parts', async () => {
        for (const length of [0, 1, 70_000, BIG_BYTES]) {
          const [up, down] = [join(scratch, 'up'), join(scratch, 'down')];
          await writeFile(up, bytesOf(length));
          const written = await store.upload(up, `bytes/${String(length)}.tif`, ALWAYS);
          const info = await store.download(`bytes/${String(length)}.tif`, down);
          expect(info).toMatchObject({ sizeBytes: length, etag: written.etag });
          expect((await readFile(down)).equals(bytesOf(length))).toBe(true);
        }
      });

      it('reads ranges, short at the end and empty behind it', async () => {
        const file = join(scratch, 'up');
        await writeFile(file, bytesOf(1000));
        await store.upload(file, 'r.tif', ALWAYS);
        const text = async (at: number, length: number): Promise<string> =>
          Buffer.from(await store.readRange('r.tif', at, length)).toString('hex');
        const hex = (at: number, end: number): string => bytesOf(1000).subarray(at, end).toString('hex');
        expect(await text(0, 16)).toBe(hex(0, 16));
        expect(await text(990, 50)).toBe(hex(990, 1000));
        expect(await text(1000, 5)).toBe('');
        expect(await text(5, 0)).toBe('');
      });

      it('refuses another version than the one asked for', async () => {
        const first = await store.writeText('v.json', '1', ALWAYS);
        await store.writeText('v.json', '2', ALWAYS);
        const old = { ifMatch: first.etag };
        const down = join(scratch, 'down');
        await expect(store.readText('v.json', old)).rejects.toMatchObject({ fault: 'precondition' });
        await expect(store.readRange('v.json', 0, 1, old)).rejects.toMatchObject({ fault: 'precondition' });
        await expect(store.download('v.json', down, old)).rejects.toMatchObject({ fault: 'precondition' });
        await expect(stat(down)).rejects.toThrow('ENOENT');
        const now = (await store.head('v.json'))?.etag ?? '';
        expect(await store.readText('v.json', { ifMatch: now })).toBe('2');
      });
    });

    describe('writing on conditions', () => {
      it('writes if absent only once', async () => {
        await store.writeText('once.json', 'first', IF_ABSENT);
        await expect(store.writeText('once.json', 'second', IF_ABSENT)).rejects.toMatchObject({
          fault: 'precondition',
        });
        expect(await store.readText('once.json')).toBe('first');
      });

      it('lets exactly one of many writers win', async () => {
        const writers = Array.from({ length: 12 }, (_, i) =>
          store.writeText('race.json', `w${String(i)}`, IF_ABSENT),
        );
        const results = await Promise.allSettled(writers);
        const winners = results.flatMap((result, i) =>
          result.status === 'fulfilled' ? [`w${String(i)}`] : [],
        );
        expect(winners).toEqual([await store.readText('race.json')]);
        for (const result of results) {
          if (result.status === 'rejected') expect(result.reason).toMatchObject({ fault: 'precondition' });
        }
      });

      it('uploads in parts if absent only once', async () => {
        const file = join(scratch, 'up');
        await writeFile(file, bytesOf(BIG_BYTES));
        const first = await store.upload(file, 'big.tif', IF_ABSENT);
        await expect(store.upload(file, 'big.tif', IF_ABSENT)).rejects.toMatchObject({
          fault: 'precondition',
        });
        expect(await store.head('big.tif')).toMatchObject({ etag: first.etag, sizeBytes: BIG_BYTES });
      });

      it('replaces only the version that was named', async () => {
        const first = await store.writeText('run.json', '1', ALWAYS);
        const replaces = { ...ALWAYS, condition: { replaces: first.etag } };
        await store.writeText('run.json', '2', replaces);
        await expect(store.writeText('run.json', '3', replaces)).rejects.toMatchObject({
          fault: 'precondition',
        });
        expect(await store.readText('run.json')).toBe('2');
      });

      it('replaces the version that was read', async () => {
        expect(await store.readVersion('run.json')).toBeNull();
        await store.writeText('run.json', '1', ALWAYS);
        const read = await store.readVersion('run.json');
        expect(read).toEqual({ text: '1', etag: (await store.head('run.json'))?.etag });
        const condition = { replaces: read?.etag ?? '' };
        await store.writeText('run.json', '2', { ...ALWAYS, condition });
        await expect(store.readVersion('run.json', { ifMatch: condition.replaces })).rejects.toMatchObject({
          fault: 'precondition',
        });
        expect((await store.readVersion('run.json'))?.text).toBe('2');
      });

      it('writes nothing when the caller has given up', async () => {
        const signal = AbortSignal.abort();
        await expect(store.writeText('late.json', 'x', { ...ALWAYS, signal })).rejects.toMatchObject({
          fault: 'aborted',
        });
        expect(await store.head('late.json')).toBeNull();
      });
    });

    describe('copy and delete', () => {
      it('copies an object, on conditions', async () => {
        const source = await store.writeText('from #1.tif', 'raster', ALWAYS);
        const copied = await store.copy('from #1.tif', 'to/2 é.tif', IF_ABSENT);
        expect(copied).toMatchObject({ key: 'to/2 é.tif', sizeBytes: 6 });
        expect(await store.readText('to/2 é.tif')).toBe('raster');
        expect((await store.head('to/2 é.tif'))?.etag).toBe(copied.etag);
        const again = { ...IF_ABSENT, ifMatch: source.etag };
        await expect(store.copy('from #1.tif', 'to/2 é.tif', again)).rejects.toMatchObject({
          fault: 'precondition',
        });
        const other = { ...ALWAYS, ifMatch: 'other' };
        await expect(store.copy('from #1.tif', 'to/3.tif', other)).rejects.toMatchObject({
          fault: 'precondition',
        });
        await expect(store.copy('nothing.tif', 'to/3.tif', ALWAYS)).rejects.toMatchObject({
          fault: 'missing',
        });
        expect(await keysOf(store, 'to/')).toEqual(['to/2 é.tif']);
      });

      it('deletes, also what is not there', async () => {
        await store.writeText('gone.txt', 'x', ALWAYS);
        await store.delete('gone.txt');
        await store.delete('gone.txt');
        expect(await store.head('gone.txt')).toBeNull();
      });
    });

    describe('keys and listings', () => {
      it('carries odd keys through every call', async () => {
        const keys = [...ODD_KEYS, ...options.extraKeys];
        for (const key of keys) await store.writeText(`odd/${key}`, key, ALWAYS);
        const listed = await listAll(store, 'odd/');
        expect(listed.map(({ key }) => key)).toEqual(keys.map((key) => `odd/${key}`).sort(compareKeys));
        for (const { key, etag, sizeBytes } of listed) {
          expect(await store.head(key)).toMatchObject({ key, etag, sizeBytes });
          expect(await store.readText(key)).toBe(key.slice('odd/'.length));
        }
      });

      it(
        'lists many pages in byte order, each key once',
        async () => {
          const keys = Array.from(
            { length: MANY_KEYS },
            (_, i) => `m/${['a', 'a.b/', 'a/', 'é/', '🛰/'][i % 5] ?? ''}${String(i)}`,
          );
          for (let at = 0; at < keys.length; at += 100) {
            await Promise.all(keys.slice(at, at + 100).map((key) => store.writeText(key, '', ALWAYS)));
          }
          expect(await keysOf(store, 'm/')).toEqual(keys.sort(compareKeys));
          expect(await keysOf(store, 'm/a.b/1')).toEqual(keys.filter((key) => key.startsWith('m/a.b/1')));
        },
        MANY_TIMEOUT_MS,
      );

      it('tells size, etag and time in listings as head does', async () => {
        const before = Date.now();
        await store.writeText('t/x.tif', 'abc', ALWAYS);
        const [listed] = await listAll(store, 't/');
        expect(listed).toEqual(await store.head('t/x.tif'));
        expect(Math.abs((listed?.modifiedMs ?? 0) - before)).toBeLessThan(60_000);
      });

      it('lists nothing for a prefix without objects', async () => {
        expect(await listAll(store, 'nothing/here/')).toEqual([]);
        expect(await listAll(store, '')).toEqual([]);
      });

      it('refuses a key that cannot be one', async () => {
        for (const key of ['', `${'x'.repeat(1100)}.tif`, 'half\ud800.tif']) {
          await expect(store.writeText(key, 'x', ALWAYS)).rejects.toMatchObject({ fault: 'bad-key' });
        }
      });

      it('has nothing at a key that is too long to be one', async () => {
        const key = `${'x'.repeat(1100)}.tif`;
        expect(await store.head(key)).toBeNull();
        expect(await store.readText(key)).toBeNull();
        expect(await store.download(key, join(scratch, 'too-long'))).toBeNull();
      });
    });

    it('tells a missing bucket from a missing object', async () => {
      const missing = { fault: 'missing-bucket' };
      await expect(keysOf(fresh.missing, '')).rejects.toMatchObject(missing);
      await expect(fresh.missing.head('a.tif')).rejects.toMatchObject(missing);
      await expect(fresh.missing.readText('a.tif')).rejects.toMatchObject(missing);
      await expect(fresh.missing.download('a.tif', join(scratch, 'x'))).rejects.toMatchObject(missing);
      await expect(fresh.missing.writeText('a.tif', 'x', ALWAYS)).rejects.toMatchObject(missing);
    });
  });
}
