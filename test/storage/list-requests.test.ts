import { S3Client } from '@aws-sdk/client-s3';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterEach, describe, expect, it } from 'vitest';
import { ListPages } from '../../bench/list-pages.ts';
import { ListRequests } from '../../src/storage/s3-listing.ts';

const UNDER = 'raw/';
const { signal } = new AbortController();

let server: Server;
let client: S3Client;
let asked = 0;

/** The requests of a bucket that has these keys. */
async function requestsOf(keys: readonly string[]): Promise<ListRequests> {
  const pages = new ListPages(keys.toSorted(), { isWhole: true });
  asked = 0;
  server = createServer(({ url = '' }, response) => {
    asked += 1;
    const query = new URL(url, 'http://stub').searchParams;
    const [token, delimiter] = [query.get('continuation-token'), query.get('delimiter') ?? ''];
    const request = { prefix: query.get('prefix') ?? '', delimiter, startAfter: '', token, maxKeys: 1000 };
    response.end(Buffer.concat(pages.page(request)));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  const port = typeof address === 'object' && address !== null ? address.port : 0;
  client = new S3Client({
    ...{ endpoint: `http://127.0.0.1:${String(port)}`, region: 'us-east-1', forcePathStyle: true },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
  return new ListRequests({ client, bucket: 'b' }, UNDER);
}

afterEach(async () => {
  client.destroy();
  server.close();
  await once(server, 'close');
});

describe('folders', () => {
  const foldersOf = (count: number): string[] =>
    Array.from({ length: count }, (_, at) => `${UNDER}${String(at).padStart(5, '0')}/`);

  it('are found beyond the first page of them', async () => {
    const folders = foldersOf(2300);
    const requests = await requestsOf(folders.map((folder) => `${folder}a.tif`));
    expect(await requests.folders(UNDER, signal)).toEqual(folders);
    expect(asked).toBe(3);
  });

  it('are not looked for among hundreds of thousands of files', async () => {
    const files = Array.from({ length: 3000 }, (_, at) => `${UNDER}file-${String(at).padStart(5, '0')}.tif`);
    const requests = await requestsOf([...foldersOf(20).map((folder) => `${folder}a.tif`), ...files]);
    expect(await requests.folders(UNDER, signal)).toEqual(foldersOf(20));
    expect(asked).toBe(1);
  });

  it('are not all found where there are too many', async () => {
    const folders = foldersOf(20_600);
    const requests = await requestsOf(folders.map((folder) => `${folder}a.tif`));
    expect(await requests.folders(UNDER, signal)).toEqual(folders.slice(0, 20_000));
  });
});
