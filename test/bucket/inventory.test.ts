import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { takeInventory } from '../../src/bucket/inventory.ts';
import type { Selection } from '../../src/plan/select.ts';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import { StorageError, type ObjectInfo, type ObjectStore } from '../../src/storage/object-store.ts';

const apart: Selection = {
  sourcePrefix: 'raw/',
  cogPrefix: 'cogs/',
  rasterType: 'both',
  filenameFilter: null,
  keys: null,
};
const nested: Selection = { ...apart, cogPrefix: 'raw/cogs/' };

let directory: string;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'cogconv-inventory-'));
});

afterEach(async () => {
  await rm(directory, { recursive: true });
});

async function put(...keys: string[]): Promise<void> {
  for (const key of keys) {
    await mkdir(dirname(join(directory, key)), { recursive: true });
    await writeFile(join(directory, key), 'content');
  }
}

type Listing = Pick<ObjectStore, 'list' | 'maxNameBytes'>;

/** A store whose listings are made by `pagesOf`, and that tells which prefixes were asked for. */
function listingOf(
  pagesOf: (prefix: string, signal?: AbortSignal) => AsyncIterable<ObjectInfo[]>,
): Listing & { asked: string[] } {
  const asked: string[] = [];
  return {
    asked,
    maxNameBytes: Infinity,
    list: (prefix, options) => {
      asked.push(prefix);
      return pagesOf(prefix, options?.signal);
    },
  };
}

const object = (key: string): ObjectInfo => ({ key, sizeBytes: 1, etag: 'e', modifiedMs: 1 });

describe('takeInventory', () => {
  it('keeps sources of a directory apart whose COG no file system would name', async () => {
    const [fits, tooLong] = [`raw/é${'x'.repeat(245)}.tif`, `raw/é${'x'.repeat(246)}.tif`];
    await put(fits, tooLong, `raw/public_${'z'.repeat(244)}.tif`);
    const { pending, unnameable } = await takeInventory(new DirectoryStore(directory), apart);
    expect([...pending].map(({ source }) => source)).toEqual([`raw/public_${'z'.repeat(244)}.tif`, fits]);
    expect([...unnameable].map(({ source }) => source)).toEqual([tooLong]);
  });

  it('compares two prefixes of a directory', async () => {
    await put(
      'raw/africa/public_a.tif',
      'raw/b.tif',
      'raw/b.tif.aux.xml',
      'cogs/africa/a_cog.tif',
      'cogs/manifests/r-1.json',
    );
    const { sources, converted, pending, cogs } = await takeInventory(new DirectoryStore(directory), apart);
    expect({ sources, converted, cogs }).toEqual({
      sources: { count: 2, bytes: 14 },
      converted: 1,
      cogs: { count: 1, bytes: 7 },
    });
    expect([...pending]).toMatchObject([
      { source: 'raw/b.tif', size: 7, target: 'cogs/b_cog.tif', sidecars: ['raw/b.tif.aux.xml'] },
    ]);
  });

  it('lists once when the COG prefix lies inside the source prefix, and takes no COG as source', async () => {
    await put('raw/a.tif', 'raw/z.tif', 'raw/cogs/a_cog.tif', 'raw/cogs/manifests/r-1.json');
    const store = new DirectoryStore(directory);
    const listing = listingOf((prefix) => store.list(prefix));
    const { sources, converted, pending } = await takeInventory(listing, nested);
    expect(listing.asked).toEqual(['raw/']);
    expect({ count: sources.count, converted, pending: pending.length }).toEqual({
      count: 2,
      converted: 1,
      pending: 1,
    });
  });

  it('tells how many objects were listed so far', async () => {
    const seen: number[] = [];
    const listing = listingOf(async function* (prefix) {
      yield await Promise.resolve([object(`${prefix}a.tif`), object(`${prefix}b.tif`)]);
    });
    await takeInventory(listing, apart, { onPage: (objects) => seen.push(objects) });
    expect(seen).toEqual([2, 4]);
  });

  it('throws what a listing throws, after it stopped the other one', async () => {
    const denied = new StorageError('denied', 'no permission');
    let stopped = false;
    const listing = listingOf(async function* (prefix, signal) {
      if (prefix === apart.cogPrefix) throw denied;
      yield [object('raw/a.tif')];
      await new Promise((resolve) => signal?.addEventListener('abort', resolve));
      stopped = true;
      signal?.throwIfAborted();
    });
    await expect(takeInventory(listing, apart)).rejects.toBe(denied);
    expect(stopped).toBe(true);
  });

  it.each([apart, nested])('ends with the reason of the signal', async (selection) => {
    const stop = new AbortController();
    const reason = new Error('stopped by the user');
    const listing = listingOf(async function* (prefix) {
      for (let page = 0; ; page++) {
        if (page === 3) stop.abort(reason);
        yield await Promise.resolve([object(`${prefix}${String(page)}.tif`)]);
      }
    });
    await expect(takeInventory(listing, selection, { signal: stop.signal })).rejects.toBe(reason);
  });
});

describe('takeInventory, comparing', () => {
  it('can be stopped when all is listed', async () => {
    const stop = new AbortController();
    const reason = new Error('stopped by the user');
    const listing = listingOf(async function* (prefix) {
      yield await Promise.resolve([object(`${prefix}a.tif`)]);
    });
    const taken = takeInventory(listing, nested, {
      signal: stop.signal,
      onPage: () =>
        setImmediate(() => {
          stop.abort(reason);
        }),
    });
    await expect(taken).rejects.toBe(reason);
  });
});
