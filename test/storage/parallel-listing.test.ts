import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { compareKeys } from '../../src/storage/key-order.ts';
import type { FetchFolders } from '../../src/storage/find-folders.ts';
import { listInParallel, type FetchPage } from '../../src/storage/parallel-listing.ts';
import { seededRandom } from '../fault-proxy.ts';

interface Stub {
  readonly fetchPage: FetchPage;
  /** Requests for whole pages. */
  readonly pages: () => number;
  readonly calls: () => number;
  readonly mostAtOnce: () => number;
}

/** A bucket that answers pages of `pageSize` after a random number of turns of the event loop. */
function stub(keys: readonly string[], prefix: string, pageSize: number, seed: number): Stub {
  const below = keys.filter((key) => key.startsWith(prefix)).sort(compareKeys);
  const random = seededRandom(seed);
  let [calls, pages, now, most] = [0, 0, 0, 0];
  const fetchPage: FetchPage = async (after, token, _signal, maxKeys = pageSize) => {
    calls += 1;
    if (maxKeys === pageSize) pages += 1;
    now += 1;
    most = Math.max(most, now);
    for (let turns = Math.floor(random() * 4); turns >= 0; turns -= 1) await new Promise(setImmediate);
    now -= 1;
    const from = token === undefined ? indexAfter(below, after) : Number(token);
    const objects = below
      .slice(from, from + Math.min(pageSize, maxKeys))
      .map((key) => ({ key, sizeBytes: 1, etag: 'e', modifiedMs: 0 }));
    const end = from + objects.length;
    return { objects, nextToken: end < below.length ? String(end) : undefined };
  };
  return { fetchPage, pages: () => pages, calls: () => calls, mostAtOnce: () => most };
}

function indexAfter(keys: readonly string[], after: string): number {
  let [low, high] = [0, keys.length];
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (compareKeys(keys[middle] ?? '', after) > 0) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** What Delimiter=/ answers: the first folders, at most so many. */
function foldersOf(keys: readonly string[], most = 1000): FetchFolders {
  return async (under) => {
    const names = keys
      .filter((key) => key.startsWith(under))
      .map((key) => key.slice(0, key.indexOf('/', under.length) + 1 || key.length + 1));
    const distinct = [...new Set(names)].sort(compareKeys);
    return distinct.slice(0, most).filter((name) => name.endsWith('/') && name !== under);
  };
}

const NO_FOLDERS: FetchFolders = async () => [];

async function listAll(
  fetchPage: Stub['fetchPage'],
  prefix: string,
  concurrency: number,
  signal?: AbortSignal,
  fetchFolders = NO_FOLDERS,
): Promise<string[]> {
  const keys: string[] = [];
  for await (const page of listInParallel({ prefix, fetchPage, fetchFolders, concurrency, signal })) {
    for (const { key } of page) keys.push(key);
  }
  return keys;
}

const unit = fc.constantFrom(
  'a',
  'b',
  '0',
  '9',
  '/',
  '.',
  ' ',
  '~',
  '\t',
  '\u007f',
  'é',
  '\uffee',
  '🛰',
  '🚀',
);
const tail = fc.string({ unit, maxLength: 12 });
const keySet = fc.oneof(
  fc.uniqueArray(tail, { maxLength: 300 }),
  fc
    .nat(600)
    .map((count) => Array.from({ length: count }, (_, i) => `tile_${String(i).padStart(9, '0')}.tif`)),
  fc
    .tuple(tail, fc.nat(400))
    .map(([folder, count]) => Array.from({ length: count }, (_, i) => `${folder}${String(i * i)}`)),
);

describe('listInParallel', () => {
  it('lists any keys in any pages as one reader would: in order, each once', async () => {
    const one = fc.tuple(
      keySet,
      keySet,
      fc.integer({ min: 1, max: 40 }),
      fc.integer({ min: 1, max: 32 }),
      fc.nat(),
    );
    await fc.assert(
      fc.asyncProperty(one, async ([some, others, pageSize, concurrency, seed]) => {
        const all = [...new Set([...some, ...others].map((key) => `p/${key}`))];
        const keys = [...all, 'a-before', 'q-behind'];
        const { fetchPage, mostAtOnce } = stub(keys, 'p/', pageSize, seed);
        const listed = await listAll(fetchPage, 'p/', concurrency, undefined, foldersOf(all, pageSize));
        expect(listed).toEqual(all.sort(compareKeys));
        expect(mostAtOnce()).toBeLessThanOrEqual(concurrency);
      }),
      { numRuns: 60 },
    );
  });

  it.each([
    ['numbered files in one folder', (i: number) => `p/tile_${String(i).padStart(9, '0')}.tif`],
    [
      'folders',
      (i: number) => `p/${['africa', 'asia', 'europe'][i % 3] ?? ''}/${String(i % 97)}/r_${String(i)}.tif`,
    ],
    ['hashes', (i: number) => `p/${((i * 2654435761) >>> 0).toString(16)}-${String(i)}.tif`],
  ])('keeps many readers busy over %s, with few keys read twice', async (_what, keyOf) => {
    const keys = [...new Set(Array.from({ length: 30_000 }, (_, i) => keyOf(i)))];
    const { fetchPage, pages, mostAtOnce } = stub(keys, 'p/', 50, 7);
    expect((await listAll(fetchPage, 'p/', 24, undefined, foldersOf(keys))).length).toBe(keys.length);
    expect(mostAtOnce()).toBe(24);
    expect(pages()).toBeLessThan((keys.length / 50) * 1.5);
  });

  it('asks for no more than the pages there are when they are few', async () => {
    const keys = Array.from({ length: 250 }, (_, i) => `p/${String(i)}`);
    const { fetchPage, calls } = stub(keys, 'p/', 100, 1);
    expect((await listAll(fetchPage, 'p/', 24)).length).toBe(250);
    expect(calls()).toBe(3);
  });

  it('fails when a page fails, wherever it is, instead of leaving it out', async () => {
    const keys = Array.from({ length: 5_000 }, (_, i) => `p/${String(i)}`);
    for (const failing of [1, 2, 5, 20, 60]) {
      const { fetchPage, calls } = stub(keys, 'p/', 50, failing);
      const failingFetch: FetchPage = async (...request) => {
        const page = await fetchPage(...request);
        if (calls() >= failing) throw new Error('boom');
        return page;
      };
      await expect(listAll(failingFetch, 'p/', 8)).rejects.toThrow('boom');
    }
  });

  it('goes on where an answer holds nothing though more follows', async () => {
    const keys = Array.from({ length: 5000 }, (_, i) => `p/${String(i).padStart(5, '0')}`);
    for (const concurrency of [1, 8, 28]) {
      const { fetchPage } = stub(keys, 'p/', 20, 11);
      const random = seededRandom(concurrency);
      const sparse: FetchPage = async (...request) => {
        const page = await fetchPage(...request);
        const first = page.objects.at(0);
        if (first === undefined || random() < 0.7) return page;
        return { objects: [], nextToken: String(keys.indexOf(first.key)) };
      };
      expect(await listAll(sparse, 'p/', concurrency)).toEqual(keys);
    }
  });

  it('stops asking when the reader stops or gives up', async () => {
    const keys = Array.from({ length: 50_000 }, (_, i) => `p/${String(i)}`);
    const { fetchPage, calls } = stub(keys, 'p/', 10, 3);
    for await (const page of listInParallel({
      prefix: 'p/',
      fetchPage,
      fetchFolders: NO_FOLDERS,
      concurrency: 8,
    })) {
      if (page.length > 0) break;
    }
    const asked = calls();
    for (let turn = 0; turn < 50; turn += 1) await new Promise(setImmediate);
    expect(calls()).toBe(asked);
    await expect(listAll(fetchPage, 'p/', 8, AbortSignal.abort())).rejects.toMatchObject({
      name: 'AbortError',
    });
  });

  it('holds a bounded number of pages while the reader is slow', async () => {
    const keys = Array.from({ length: 60_000 }, (_, i) => `p/${String(i).padStart(6, '0')}`);
    const { fetchPage, calls } = stub(keys, 'p/', 20, 5);
    const pages = listInParallel({ prefix: 'p/', fetchPage, fetchFolders: NO_FOLDERS, concurrency: 16 });
    await pages.next();
    for (let turn = 0; turn < 3_000; turn += 1) await new Promise(setImmediate);
    expect(calls()).toBeLessThan(300);
    await pages.return(undefined);
  });

  it('lets all requests under way listen for an end, without a word on stderr', async () => {
    const warnings: Error[] = [];
    const onWarning = (warning: Error): unknown => warnings.push(warning);
    process.on('warning', onWarning);
    const keys = Array.from({ length: 400 }, (_, n) => `p/${String(n).padStart(4, '0')}`);
    const { fetchPage } = stub(keys, 'p/', 5, 1);
    const listening: FetchPage = async (after, token, signal, maxKeys) => {
      const onAbort = (): void => undefined;
      signal.addEventListener('abort', onAbort);
      const page = await fetchPage(after, token, signal, maxKeys);
      signal.removeEventListener('abort', onAbort);
      return page;
    };
    const plan = { prefix: 'p/', fetchPage: listening, fetchFolders: NO_FOLDERS, concurrency: 28 };
    let seen = 0;
    for await (const page of listInParallel(plan)) seen += page.length;
    expect(seen).toBe(400);
    await new Promise(setImmediate);
    process.off('warning', onWarning);
    expect(warnings).toEqual([]);
  });
});
