import { describe, expect, it } from 'vitest';
import { bucketKeys, PREFIXES, SHAPES } from '../../bench/key-shapes.ts';
import { ListPages } from '../../bench/list-pages.ts';
import { decodeListPage } from '../../src/storage/list-page-decoder.ts';
import type { Rows } from '../../src/plan/rows.ts';
import { listInParallel, type ListingPlan } from '../../src/storage/parallel-listing.ts';

const KEYS = 100_000;
const PAGE_KEYS = 200;
const LATENCY = 1;
/** What is asked to find the places where others can begin, too. */
const MOST_REQUESTS_PER_PAGE = 1.5;
/** Where each folder ends within a page of its own. */
const REQUESTS_PER_PAGE_OF_SHORT_FOLDERS = 1.9;
const FOLDER_REQUESTS_PER_PAGE = 1.4;

function digits(value: number, count: number): string {
  return String(value).padStart(count, '0');
}

/** A bucket whose answers take their time by a clock of its own: time passes when everybody waits. */
class VirtualBucket {
  now = 0;
  requests = 0;
  readonly #pages: ListPages;
  readonly #waiting: { readonly due: number; readonly answer: () => void }[] = [];

  constructor(pages: ListPages) {
    this.#pages = pages;
  }

  plan(prefix: string, concurrency: number): ListingPlan {
    return {
      prefix,
      concurrency,
      fetchPage: async (after, token, _signal, maxKeys = PAGE_KEYS) => {
        await this.#answerIsDue();
        const request = { prefix, delimiter: '', startAfter: after, token: token ?? null, maxKeys };
        const page = decodeListPage(Buffer.concat(this.#pages.page(request)));
        if (page === null) throw new Error('the page is not one of S3');
        return page;
      },
      fetchFolders: async (under) => {
        await this.#answerIsDue();
        const request = { prefix: under, delimiter: '/', startAfter: '', token: null, maxKeys: 1000 };
        const xml = Buffer.concat(this.#pages.page(request)).toString();
        return [...xml.matchAll(/<CommonPrefixes><Prefix>([^<]*)/g)].map(([, folder]) => folder ?? '');
      },
    };
  }

  #answerIsDue(): Promise<void> {
    this.requests += 1;
    if (this.#waiting.length === 0) void this.#passTime();
    return new Promise((answer) => this.#waiting.push({ due: this.now + LATENCY, answer }));
  }

  async #passTime(): Promise<void> {
    do {
      for (let turn = 0; turn < 3; turn += 1) await new Promise(setImmediate);
      this.now = this.#waiting[0]?.due ?? this.now;
      while (this.#waiting[0]?.due === this.now) this.#waiting.shift()?.answer();
      await new Promise(setImmediate);
    } while (this.#waiting.length > 0);
  }
}

/** Lists a bucket to its end, and proves that all its keys came, in order. */
async function listed(keys: Rows<string>): Promise<VirtualBucket> {
  const bucket = new VirtualBucket(new ListPages(keys, { isWhole: true }));
  const found: string[] = [];
  for await (const page of listInParallel(bucket.plan(PREFIXES.sourcePrefix, 32))) {
    for (const { key } of page) found.push(key);
  }
  expect(found).toEqual([...keys]);
  return bucket;
}

function keysInFolders(count: number, perFolder: number): string[] {
  const nameOf = (at: number): string =>
    `d${digits(Math.floor(at / perFolder), 5)}/r${digits(at % perFolder, 6)}.tif`;
  return Array.from({ length: count }, (_, at) => PREFIXES.sourcePrefix + nameOf(at));
}

describe('listInParallel, by the names of keys', () => {
  it.each(SHAPES)(
    'takes at most an eighth of the time of one page after the other, with few more requests: %s',
    async (shape) => {
      const bucket = await listed(bucketKeys(shape, KEYS, 0));
      expect(bucket.now).toBeLessThanOrEqual((KEYS / PAGE_KEYS / 8) * LATENCY);
      expect(bucket.requests).toBeLessThanOrEqual((KEYS / PAGE_KEYS) * MOST_REQUESTS_PER_PAGE);
    },
  );

  it('goes by the names of earlier folders within those that come', async () => {
    const keys = Array.from({ length: 20 * 12 * 420 }, (_, at) => {
      const [year, month, file] = [Math.floor(at / 12 / 420), Math.floor(at / 420) % 12, at % 420];
      const theme = ['rain', 'temperature', 'wind', 'ndvi'][file % 4] ?? '';
      return `${PREFIXES.sourcePrefix}${String(1990 + year)}/${digits(month, 3)}/${theme}_${digits(file, 5)}.tif`;
    }).sort();
    const bucket = await listed(keys);
    expect(bucket.now).toBeLessThanOrEqual((keys.length / PAGE_KEYS / 12) * LATENCY);
    expect(bucket.requests).toBeLessThanOrEqual((keys.length / PAGE_KEYS) * MOST_REQUESTS_PER_PAGE);
  });

  it('reads folders that come next before those far ahead', async () => {
    const bucket = await listed(bucketKeys('folders', KEYS, 0));
    expect(bucket.now).toBeLessThanOrEqual((KEYS / PAGE_KEYS / 12) * LATENCY);
  });

  it.each([0.6, 1.2, 1.6, 2.5, 4])('lists folders of %d pages each at once', async (pages) => {
    const keys = keysInFolders(60_000, pages * PAGE_KEYS);
    const bucket = await listed(keys);
    expect(bucket.now).toBeLessThanOrEqual((keys.length / PAGE_KEYS / 10) * LATENCY);
    expect(bucket.requests).toBeLessThanOrEqual(
      (keys.length / PAGE_KEYS) * REQUESTS_PER_PAGE_OF_SHORT_FOLDERS,
    );
  });

  it.each([12, 60])('lists more folders than are known at once: of %d files', async (files) => {
    const keys = keysInFolders(2500 * files, files);
    const bucket = await listed(keys);
    expect(bucket.now).toBeLessThanOrEqual((keys.length / PAGE_KEYS / 5) * LATENCY);
  });

  it('looks for nothing far within folders that are as long as those before them', async () => {
    const bucket = await listed(bucketKeys('folders', KEYS, 0));
    expect(bucket.requests).toBeLessThanOrEqual((KEYS / PAGE_KEYS) * FOLDER_REQUESTS_PER_PAGE);
  });
});
