import { ListObjectsV2Command, S3Client } from '@aws-sdk/client-s3';
import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { ListPage } from '../../src/storage/listing-part.ts';
import { decodeListPage } from '../../src/storage/list-page-decoder.ts';
import { ListRequests } from '../../src/storage/s3-listing.ts';

const HEAD =
  '<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">';
const ENDED = '<IsTruncated>false</IsTruncated>';

function object(key: string, etag = '&quot;9b2cf535f27731c974343645a3985328&quot;', more = ''): string {
  const time = '<LastModified>2024-01-15T12:00:00.000Z</LastModified>';
  return `<Contents><Key>${key}</Key>${time}<ETag>${etag}</ETag>${more}<Size>123456</Size><StorageClass>STANDARD</StorageClass></Contents>`;
}

function page(inner: string): string {
  return `${HEAD}<Name>b</Name><Prefix/><KeyCount>1</KeyCount><MaxKeys>1000</MaxKeys>${inner}</ListBucketResult>`;
}

const URL = '<EncodingType>url</EncodingType>';
const MORE = '<IsTruncated>true</IsTruncated><NextContinuationToken>1/abc+de==</NextContinuationToken>';

/** Pages that our decoder reads itself. */
const OWN: readonly [what: string, xml: string][] = [
  ['an empty listing', page(`${URL}${ENDED}`)],
  ['one object', page(`${URL}${ENDED}${object('a/b.tif')}`)],
  ['a page with more behind it', page(`${URL}${MORE}${object('a')}${object('b')}`)],
  ['url encoding', page(`${URL}${ENDED}${object('a+b%2Bc%20d%C3%A9%F0%9F%9B%B0%0A.tif')}`)],
  ['no encoding', page(`${ENDED}${object('a+b%2B.tif')}`)],
  ['unicode', page(`${ENDED}${object('é/🛰.tif')}`)],
  ['named entities', page(`${ENDED}${object('a&amp;&lt;b&gt;&apos;&quot;.tif')}`)],
  ['a multipart etag', page(`${URL}${ENDED}${object('a', '&quot;abc-12&quot;')}`)],
  ['an etag in plain quotes', page(`${URL}${ENDED}${object('a', '"abc"')}`)],
  [
    'checksums',
    page(
      `${URL}${ENDED}${object('a', '"x"', '<ChecksumAlgorithm>CRC64NVME</ChecksumAlgorithm><ChecksumType>FULL_OBJECT</ChecksumType>')}`,
    ),
  ],
  ['a time without milliseconds', page(`${URL}${ENDED}${object('a').replace('.000Z', 'Z')}`)],
  [
    'objects of both forms in turn',
    page(
      `${URL}${ENDED}${object('a')}${object('b+%26', '"x"')}${object('c%2Bd')}${object('e&amp;f')}${object('g')}`,
    ),
  ],
  [
    'an object of another form before the usual ones',
    page(`${URL}${ENDED}${object('a').replace('><Key>', '>\n<Key>')}${object('b')}${object('c')}`),
  ],
  [
    'more objects than S3 gives at once',
    page(
      `${URL}${ENDED}${Array.from({ length: 1002 }, (_, at) => object(`a${String(at + 1000)}`)).join('')}`,
    ),
  ],
  ['a day after the other', page(`${URL}${ENDED}${object('a')}${object('b').replace('01-15', '02-29')}`)],
  ['white space between', page(`\n  ${URL}\n  ${ENDED}\n  ${object('a').replaceAll('><', '>\n    <')}\n`)],
];

/** Pages that it leaves to the SDK. */
const OTHERS: readonly [what: string, xml: string][] = [
  ['numbered entities', page(`${ENDED}${object('a&#233;&#x1F6F0;.tif')}`)],
  ['CDATA', page(`${ENDED}${object('<![CDATA[a&b]]>')}`)],
  ['a comment', page(`${ENDED}<!-- hello -->${object('a')}`)],
  [
    'an owner',
    page(`${URL}${ENDED}${object('a', '"x"', '<Owner><ID>1</ID><DisplayName>me</DisplayName></Owner>')}`),
  ],
  [
    'common prefixes',
    page(`${URL}${ENDED}${object('a')}<CommonPrefixes><Prefix>p/</Prefix></CommonPrefixes>`),
  ],
  ['an attribute', page(`${ENDED}<Contents x="1">${object('a').slice('<Contents>'.length)}`)],
  [
    'an unknown field',
    page(
      `${ENDED}${object('a', '"x"', '<RestoreStatus><IsRestoreInProgress>false</IsRestoreInProgress></RestoreStatus>')}`,
    ),
  ],
  ['a date with an offset', page(`${ENDED}${object('a').replace('12:00:00.000Z', '12:00:00+01:00')}`)],
];

/** Objects of a page are made when asked for. */
function plain(page: ListPage | null): ListPage | null {
  if (page === null) return null;
  return { ...page, objects: [...page.objects] };
}

const WHOLE = { after: '', token: undefined };
const SIGNAL = new AbortController().signal;

describe('decodeListPage', () => {
  let server: Server;
  let client: S3Client;
  let requests: ListRequests;
  let answer = '';
  const requested: string[] = [];

  beforeAll(async () => {
    server = createServer((request, response) => {
      requested.push(request.url ?? '');
      response.writeHead(200, { 'content-type': 'application/xml' }).end(answer);
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = new S3Client({
      endpoint: `http://127.0.0.1:${String(port)}`,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
    });
    requests = new ListRequests({ client, bucket: 'b' }, '');
  });
  afterAll(async () => {
    client.destroy();
    server.close();
    await once(server, 'close');
  });

  async function bySdk(): Promise<unknown> {
    const output = await client.send(new ListObjectsV2Command({ Bucket: 'b' }));
    const isUrl = output.EncodingType === 'url';
    return {
      objects: (output.Contents ?? []).map(({ Key, Size, ETag, LastModified }) => ({
        key: isUrl ? decodeURIComponent((Key ?? '').replaceAll('+', ' ')) : Key,
        sizeBytes: Size,
        etag: ETag?.replaceAll('"', ''),
        modifiedMs: LastModified?.getTime(),
      })),
      nextToken: output.NextContinuationToken,
    };
  }

  it.each(OWN)('reads %s as the SDK does', async (_what, xml) => {
    answer = xml;
    expect(plain(decodeListPage(Buffer.from(xml)))).toEqual(await bySdk());
    expect(plain(await requests.page(WHOLE, SIGNAL))).toEqual(await bySdk());
  });

  it.each([
    ['an MD5', '9b2cf535f27731c974343645a3985328', true],
    ['an MD5 in capitals', '9B2CF535F27731C974343645A3985328', false],
    ['an ETag of several parts', '9b2cf535f27731c974343645a3985328-12', false],
    ['a shorter one', '9b2cf535f27731c974343645a398532', false],
  ])('has the bytes of an ETag that is a bare MD5, and the text of any: %s', (_what, etag, isMd5) => {
    const xml = page(`${URL}${ENDED}${object('a')}${object('b', `&quot;${etag}&quot;`)}`);
    const listed = decodeListPage(Buffer.from(xml))?.objects;
    const md5 = Buffer.alloc(18, 1);
    expect(listed?.at(1)?.etag).toBe(etag);
    expect(listed?.columns?.copyMd5(1, md5, 1)).toBe(isMd5);
    expect(md5.toString('hex')).toBe(isMd5 ? `01${etag}01` : '01'.repeat(18));
  });

  it('gives the first objects of a page, as rows and as columns', () => {
    const xml = page(`${URL}${ENDED}${object('a')}${object('bc')}${object('d')}`);
    const first = decodeListPage(Buffer.from(xml))?.objects.slice(0, 2);
    expect(first?.length).toBe(2);
    expect(Array.from(first ?? [], ({ key }) => key)).toEqual(['a', 'bc']);
    expect([first?.at(-1)?.key, first?.at(2)]).toEqual(['bc', undefined]);
    expect(first?.columns?.keys.slice(0, first.columns.keyEnd(1))).toBe('abc');
  });

  it('keeps columns where keys are encoded, as one name with a blank is enough for a page', () => {
    const xml = page(`${URL}${ENDED}${object('a')}${object('b+c%C3%A9')}${object('d')}`);
    const columns = decodeListPage(Buffer.from(xml))?.objects.columns;
    expect(columns?.keys).toBe('ab céd');
    expect([0, 1, 2].map((at) => columns?.keyEnd(at))).toEqual([1, 5, 6]);
  });

  it.each(OTHERS)('leaves %s to the SDK', async (_what, xml) => {
    answer = xml;
    expect(decodeListPage(Buffer.from(xml))).toBeNull();
    expect(plain(await requests.page(WHOLE, SIGNAL))).toEqual(await bySdk());
  });

  it('never reads a page that was cut anywhere', () => {
    const whole = page(`${URL}${MORE}${object('a/b.tif')}${object('a/c+d.tif')}`);
    for (let length = 0; length < whole.length; length += 1) {
      expect(decodeListPage(Buffer.from(whole.slice(0, length)))).toBeNull();
    }
  });
});
