import { createHash } from 'node:crypto';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { KeySpace, type KeyRange } from './numbered-keys.ts';

const PAGE_KEYS = 1000;
const MODIFIED = '2024-01-15T12:00:00.000Z';

interface Answer {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
}

/** What S3 does with the calls of cogconv, over keys that are made from their number and documents that are written. */
export class BucketStub {
  readonly #written = new Map<string, string>();
  readonly #made: (key: string) => string | null;
  readonly #ranges: (documents: KeyRange) => readonly KeyRange[];
  readonly #madeKeys: readonly string[];
  #space: KeySpace | null = null;

  /** `made`: keys of documents that are made when they are asked for, and how. */
  constructor(
    made: { readonly keys: readonly string[]; result(key: string): string | null },
    ranges: (documents: KeyRange) => readonly KeyRange[],
  ) {
    this.#madeKeys = made.keys;
    this.#made = (key) => made.result(key);
    this.#ranges = ranges;
  }

  put(key: string, text: string): void {
    if (!this.#written.has(key)) this.#space = null;
    this.#written.set(key, text);
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://stub');
    const key = decodeURIComponent(url.pathname.split('/').slice(2).join('/'));
    const { status, headers = {}, body = '' } = await this.#answerTo(request, url, key);
    const length = Buffer.byteLength(body);
    response.writeHead(status, { 'content-length': length, ...headers });
    response.end(request.method === 'HEAD' ? '' : body);
  }

  async #answerTo(request: IncomingMessage, url: URL, key: string): Promise<Answer> {
    if (key === '') return request.method === 'GET' ? this.#list(url.searchParams) : { status: 200 };
    if (request.method === 'PUT') {
      return this.#write(key, (await buffer(request)).toString(), request.headers);
    }
    if (request.method !== 'DELETE') return this.#read(key, request.headers['if-match']);
    this.#written.delete(key);
    this.#space = null;
    return { status: 204 };
  }

  #read(key: string, ifMatch: string | undefined): Answer {
    const body = this.#written.get(key) ?? this.#made(key);
    if (body === null) return fault(404, 'NoSuchKey');
    const etag = `"${this.#etagOf(key)}"`;
    if (ifMatch !== undefined && ifMatch !== etag) return fault(412, 'PreconditionFailed');
    return { status: 200, headers: { etag, 'last-modified': new Date(MODIFIED).toUTCString() }, body };
  }

  #write(key: string, text: string, headers: IncomingMessage['headers']): Answer {
    const isThere = this.#written.has(key);
    const isRefused =
      (headers['if-none-match'] !== undefined && isThere) ||
      (headers['if-match'] !== undefined && headers['if-match'] !== `"${this.#etagOf(key)}"`);
    if (isRefused) return fault(412, 'PreconditionFailed');
    this.put(key, text);
    // S3 gives back the checksum that it was sent, as proof
    const crc = headers['x-amz-checksum-crc32'];
    const proof = typeof crc === 'string' ? { 'x-amz-checksum-crc32': crc } : {};
    return { status: 200, headers: { etag: `"${this.#etagOf(key)}"`, ...proof } };
  }

  /** MD5 as S3's; of documents that are made, of their key: they never change. */
  #etagOf(key: string): string {
    return createHash('md5')
      .update(this.#written.get(key) ?? key)
      .digest('hex');
  }

  #list(query: URLSearchParams): Answer {
    const prefix = query.get('prefix') ?? '';
    const after = query.get('continuation-token') ?? query.get('start-after') ?? '';
    const delimiter = query.get('delimiter') ?? '';
    const rows: string[] = [];
    let last = after;
    let isTruncated = false;
    for (const { key, row, skipTo } of this.#rows(prefix, after, delimiter)) {
      isTruncated = rows.length === PAGE_KEYS;
      if (isTruncated) break;
      rows.push(row);
      last = skipTo ?? key;
    }
    const next = isTruncated ? `<NextContinuationToken>${last}</NextContinuationToken>` : '';
    const encoding = query.get('encoding-type') === 'url' ? '<EncodingType>url</EncodingType>' : '';
    const head = `<Name>bench</Name><Prefix>${prefix}</Prefix><KeyCount>${String(rows.length)}</KeyCount><MaxKeys>${String(PAGE_KEYS)}</MaxKeys>${encoding}<IsTruncated>${String(isTruncated)}</IsTruncated>${next}`;
    const body = `<?xml version="1.0" encoding="UTF-8"?>\n<ListBucketResult xmlns="http://s3.amazonaws.com/doc/2006-03-01/">${head}${rows.join('')}</ListBucketResult>`;
    return { status: 200, headers: { 'content-type': 'application/xml' }, body };
  }

  *#rows(prefix: string, after: string, delimiter: string): Generator<Row> {
    let from = after;
    for (;;) {
      let folder: string | null = null;
      for (const { range, index, key } of this.#keys().from(prefix, from)) {
        const end = delimiter === '' ? -1 : key.indexOf(delimiter, prefix.length);
        if (end !== -1) {
          folder = key.slice(0, end + 1);
          break;
        }
        const { sizeBytes, etag } = range.factsAt(index);
        const row = `<Contents><Key>${key}</Key><LastModified>${MODIFIED}</LastModified><ETag>&quot;${etag}&quot;</ETag><Size>${String(sizeBytes)}</Size><StorageClass>STANDARD</StorageClass></Contents>`;
        yield { key, row, skipTo: null };
      }
      if (folder === null) return;
      // behind everything in the folder
      from = `${folder}\uffff`;
      yield { key: folder, row: `<CommonPrefixes><Prefix>${folder}</Prefix></CommonPrefixes>`, skipTo: from };
    }
  }

  #keys(): KeySpace {
    if (this.#space !== null) return this.#space;
    const keys = [...new Set([...this.#madeKeys, ...this.#written.keys()])].sort();
    const documents: KeyRange = {
      length: keys.length,
      keyAt: (index) => keys[index] ?? '',
      factsAt: (index) => ({ sizeBytes: 30_000, etag: this.#etagOf(keys[index] ?? '') }),
    };
    this.#space = new KeySpace(this.#ranges(documents));
    return this.#space;
  }
}

interface Row {
  readonly key: string;
  readonly row: string;
  readonly skipTo: string | null;
}

function fault(status: number, code: string): Answer {
  const body = `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code><Message>stub</Message></Error>`;
  return { status, headers: { 'content-type': 'application/xml' }, body };
}
