import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { WriteOptions } from '../../src/storage/object-store.ts';
import { S3Store } from '../../src/storage/s3-store.ts';
import { seededRandom, startFaultProxy, type FaultProxy, type SeenRequest } from '../fault-proxy.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';

const ALWAYS: WriteOptions = { condition: 'always', contentType: 'text/plain' };
const IF_ABSENT: WriteOptions = { condition: 'if-absent', contentType: 'text/plain' };
const SMALL_BYTES = 300_000;
/** More than is sent from memory. */
const MIDDLING_BYTES = 8 * 1024 * 1024 + 7;
/** Two parts of the smallest size that S3 takes. */
const BIG_BYTES = 9 * 1024 * 1024 + 7;
const isGet = ({ method }: SeenRequest): boolean => method === 'GET';
const isPut = ({ method }: SeenRequest): boolean => method === 'PUT';
const isComplete = ({ method, query }: SeenRequest): boolean => method === 'POST' && query.has('uploadId');

function randomBytes(length: number): Buffer {
  const random = seededRandom(length);
  const bytes = Buffer.alloc(Math.ceil(length / 4) * 4);
  for (let at = 0; at < length; at += 4) bytes.writeUInt32LE(Math.floor(random() * 2 ** 32), at);
  return bytes.subarray(0, length);
}

function connect(endpoint: string): S3Client {
  return new S3Client({
    endpoint,
    region: 'us-east-1',
    forcePathStyle: true,
    maxAttempts: 4,
    requestHandler: { connectionTimeout: 2_000, socketTimeout: 1_000 },
    credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
  });
}

describe.runIf(hasMoto('S3Store under faults'))('S3Store under faults', () => {
  let moto: Moto;
  let proxy: FaultProxy;
  let client: S3Client;
  let store: S3Store;
  let scratch: string;
  let bucket: string;

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startFaultProxy(moto.endpoint, []);
  });
  afterAll(async () => {
    await proxy.stop();
    await moto.stop();
  });
  beforeEach(async () => {
    proxy.setRules([]);
    scratch = await mkdtemp(join(tmpdir(), 'cogconv-s3-'));
    client = connect(proxy.endpoint);
    bucket = `faults-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    store = new S3Store(client, bucket, {
      upload: { maxPutBytes: MIDDLING_BYTES, partBytes: 5 * 1024 ** 2 },
    });
  });
  afterEach(async () => {
    store.close();
    await rm(scratch, { recursive: true, force: true });
  });

  async function uploaded(length: number): Promise<{ bytes: Buffer; etag: string }> {
    const bytes = randomBytes(length);
    await writeFile(join(scratch, 'up'), bytes);
    const { etag } = await store.upload(join(scratch, 'up'), 'a.tif', ALWAYS);
    return { bytes, etag };
  }

  async function downloaded(): Promise<Buffer> {
    await store.download('a.tif', join(scratch, 'down'));
    return await readFile(join(scratch, 'down'));
  }

  async function openUploads(): Promise<number> {
    const answer = await client.send(new ListMultipartUploadsCommand({ Bucket: bucket }));
    return answer.Uploads?.length ?? 0;
  }

  describe('download', () => {
    it('takes a body that broke off up again where it ended', async () => {
      const { bytes } = await uploaded(BIG_BYTES);
      proxy.setRules([{ fault: 'cut-body', when: isGet, times: 3 }]);
      expect(bytes.compare(await downloaded())).toBe(0);
      expect(proxy.made.get('cut-body')).toBe(3);
    });

    it('notices a spoilt byte by the checksum and reads again', async () => {
      const { bytes } = await uploaded(SMALL_BYTES);
      proxy.setRules([{ fault: 'corrupt-body', when: isGet, times: 1 }]);
      expect(bytes.compare(await downloaded())).toBe(0);
      expect(proxy.made.get('corrupt-body')).toBeGreaterThan(0);
    });

    it('gives up on a body that is spoilt every time, and leaves no file', async () => {
      await uploaded(SMALL_BYTES);
      proxy.setRules([{ fault: 'corrupt-body', when: isGet }]);
      await expect(downloaded()).rejects.toMatchObject({ fault: 'changed' });
      expect(await readdir(scratch)).toEqual(['up']);
    });

    it('gets over a connection that falls silent in the middle of a body', async () => {
      const { bytes } = await uploaded(SMALL_BYTES);
      proxy.setRules([{ fault: 'stall-body', when: isGet, times: 1 }]);
      expect(bytes.compare(await downloaded())).toBe(0);
    });

    it('refuses to join two versions of an object', async () => {
      await uploaded(SMALL_BYTES);
      const bypass = new S3Store(connect(moto.endpoint), bucket);
      proxy.setRules([
        { fault: 'cut-body', when: isGet, times: 1 },
        { fault: 'delay', when: isGet, times: 1, first: () => bypass.writeText('a.tif', 'another', ALWAYS) },
      ]);
      await expect(downloaded()).rejects.toMatchObject({ fault: 'changed' });
      expect(await readdir(scratch)).toEqual(['up']);
      bypass.close();
    });
  });

  describe('readText and list', () => {
    it('reads small bodies again that were cut or spoilt', async () => {
      await store.writeText('m.json', '{"rows": [1, 2, 3]}', ALWAYS);
      proxy.setRules([
        { fault: 'cut-body', when: isGet, times: 1 },
        { fault: 'corrupt-body', when: isGet, times: 1 },
      ]);
      expect(await store.readText('m.json')).toBe('{"rows": [1, 2, 3]}');
    });

    it('lists through throttling and lost connections', async () => {
      for (const name of ['b', 'a', 'c']) await store.writeText(`l/${name}`, name, ALWAYS);
      proxy.setRules([
        { fault: 'slow-down', times: 1 },
        { fault: 'reset', times: 1 },
        { fault: 'internal-error', times: 1 },
      ]);
      const keys: string[] = [];
      for await (const page of store.list('l/')) for (const { key } of page) keys.push(key);
      expect(keys).toEqual(['l/a', 'l/b', 'l/c']);
    });
  });

  describe('conditional writes', () => {
    it('knows its own write when the first answer was lost', async () => {
      proxy.setRules([{ fault: 'lost-answer', when: isPut, times: 1 }]);
      const written = await store.writeText('once.json', 'mine', IF_ABSENT);
      expect(written.sizeBytes).toBe(4);
      expect(await store.readText('once.json')).toBe('mine');
    });

    it('still loses to another writer after a lost connection', async () => {
      await store.writeText('once.json', 'theirs', IF_ABSENT);
      proxy.setRules([{ fault: 'reset', when: isPut, times: 1 }]);
      await expect(store.writeText('once.json', 'mine!!', IF_ABSENT)).rejects.toMatchObject({
        fault: 'precondition',
      });
      expect(await store.readText('once.json')).toBe('theirs');
    });

    it('repeats a write that S3 calls a conflict', async () => {
      proxy.setRules([{ fault: 'conflict', when: isPut, times: 2 }]);
      await store.writeText('c.json', 'x', IF_ABSENT);
      expect(await store.readText('c.json')).toBe('x');
    });
  });

  describe('upload', () => {
    it('sends a file in parts through resets, throttling and damage', async () => {
      proxy.setRules([
        { fault: 'reset', when: isPut, times: 1 },
        { fault: 'slow-down', when: isPut, times: 1 },
        { fault: 'bad-digest', when: isPut, times: 1 },
      ]);
      const { bytes } = await uploaded(BIG_BYTES);
      expect(bytes.compare(await downloaded())).toBe(0);
      expect(await openUploads()).toBe(0);
    });

    it('sends a file at once through resets, throttling, damage and a conflict, from its first byte each time', async () => {
      proxy.setRules([
        { fault: 'reset', when: isPut, times: 1 },
        { fault: 'slow-down', when: isPut, times: 2 },
        { fault: 'bad-digest', when: isPut, times: 1 },
        { fault: 'conflict', when: isPut, times: 1 },
      ]);
      const before = proxy.seen.length;
      const { bytes } = await uploaded(MIDDLING_BYTES);
      expect(proxy.seen.slice(before).filter(isPut)).toHaveLength(6);
      expect(bytes.compare(await downloaded())).toBe(0);
    });

    it('knows a file that went up though the answer was lost', async () => {
      await writeFile(join(scratch, 'up'), randomBytes(MIDDLING_BYTES));
      proxy.setRules([{ fault: 'lost-answer', when: isPut, times: 1 }]);
      const info = await store.upload(join(scratch, 'up'), 'a.tif', IF_ABSENT);
      expect(info).toMatchObject({ sizeBytes: MIDDLING_BYTES });
      expect(proxy.made.get('lost-answer')).toBeGreaterThan(0);
    });

    it('says so when the file cannot be read any more', async () => {
      await writeFile(join(scratch, 'up'), randomBytes(MIDDLING_BYTES));
      client.middlewareStack.add(
        (next) => async (step) => {
          await rm(join(scratch, 'up'), { force: true });
          return await next(step);
        },
        { step: 'initialize' },
      );
      await expect(store.upload(join(scratch, 'up'), 'a.tif', ALWAYS)).rejects.toThrow('ENOENT');
    });

    it('tells S3 at the join of the parts which checksum the whole must have', async () => {
      const told: (string | undefined)[] = [];
      client.middlewareStack.add(
        (next, { commandName }) =>
          (step) => {
            const { headers } = step.request as { readonly headers: Readonly<Record<string, string>> };
            if (commandName === 'CompleteMultipartUploadCommand') told.push(headers['x-amz-checksum-crc32']);
            return next(step);
          },
        { step: 'finalizeRequest' },
      );
      const { bytes } = await uploaded(BIG_BYTES);
      const crc = Buffer.alloc(4);
      crc.writeUInt32BE(crc32(bytes));
      expect(told).toEqual([crc.toString('base64')]);
    });

    it.each([
      ['at once', SMALL_BYTES],
      ['in parts', BIG_BYTES],
    ])(
      'sends again what was damaged on the way though the server took it: %s',
      async (_, length) => {
        proxy.setRules([{ fault: 'corrupt-upload', when: isPut, times: 1 }]);
        const { bytes } = await uploaded(length);
        expect(proxy.made.get('corrupt-upload')).toBeGreaterThan(0);
        expect(bytes.compare(await downloaded())).toBe(0);
      },
      30_000,
    );

    it('leaves nothing that was damaged every time, and says so', async () => {
      proxy.setRules([{ fault: 'corrupt-upload', when: isPut }]);
      await expect(uploaded(SMALL_BYTES)).rejects.toMatchObject({
        fault: 'changed',
        message: expect.stringContaining('it was removed') as string,
      });
      proxy.setRules([]);
      expect(await store.head('a.tif')).toBeNull();
    });

    it('says when what was damaged could not be removed', async () => {
      const isDelete = ({ method }: SeenRequest): boolean => method === 'DELETE';
      proxy.setRules([
        { fault: 'corrupt-upload', when: isPut },
        { fault: 'expired-token', when: isDelete },
      ]);
      await expect(uploaded(SMALL_BYTES)).rejects.toMatchObject({
        fault: 'changed',
        message: expect.stringContaining('could not be removed') as string,
      });
    });

    it('begins again when S3 calls the completion a conflict', async () => {
      proxy.setRules([{ fault: 'conflict', when: isComplete, times: 1 }]);
      const { bytes } = await uploaded(BIG_BYTES);
      expect(bytes.compare(await downloaded())).toBe(0);
      expect(await openUploads()).toBe(0);
    });

    it('leaves neither object nor parts when it fails', async () => {
      proxy.setRules([{ fault: 'expired-token', when: isComplete }]);
      await expect(uploaded(BIG_BYTES)).rejects.toMatchObject({ fault: 'credentials' });
      proxy.setRules([]);
      expect(await store.head('a.tif')).toBeNull();
      expect(await openUploads()).toBe(0);
    });

    it('stops when the caller gives up, and leaves no parts', async () => {
      const abort = new AbortController();
      await writeFile(join(scratch, 'up'), randomBytes(BIG_BYTES));
      proxy.setRules([{ fault: 'delay', when: isPut, delayMs: 200 }]);
      const upload = store.upload(join(scratch, 'up'), 'a.tif', { ...ALWAYS, signal: abort.signal });
      const before = proxy.seen.length;
      while (!proxy.seen.slice(before).some(isPut)) await new Promise(setImmediate);
      abort.abort();
      await expect(upload).rejects.toMatchObject({ fault: 'aborted' });
      proxy.setRules([]);
      await expect.poll(openUploads).toBe(0);
      expect(await store.head('a.tif')).toBeNull();
    });
  });

  it('copies in parts what is too large for one copy', async () => {
    const { bytes } = await uploaded(BIG_BYTES);
    const sizes = { maxCopyBytes: 5 * 1024 ** 2, partBytes: 5 * 1024 ** 2 };
    const parts = new S3Store(client, bucket, { copy: sizes });
    await parts.copy('a.tif', 'b ü.tif', IF_ABSENT);
    await expect(parts.copy('a.tif', 'b ü.tif', IF_ABSENT)).rejects.toMatchObject({ fault: 'precondition' });
    await store.download('b ü.tif', join(scratch, 'copy'));
    expect((await readFile(join(scratch, 'copy'))).equals(bytes)).toBe(true);
    expect(await openUploads()).toBe(0);
  });

  it('says what to do about expired credentials and a wrong clock', async () => {
    proxy.setRules([{ fault: 'expired-token' }]);
    await expect(store.readText('x')).rejects.toMatchObject({
      fault: 'credentials',
      hint: expect.stringContaining('aws sso login') as string,
      message: expect.stringMatching(/GetObject, HTTP 400, request FAULTPROXY/) as string,
    });
    proxy.setRules([{ fault: 'clock-skew' }]);
    await expect(store.readText('x')).rejects.toMatchObject({
      hint: expect.stringContaining('clock') as string,
    });
  });

  it('calls a server that only fails unavailable, after a bounded number of tries', async () => {
    proxy.setRules([{ fault: 'internal-error' }]);
    const before = proxy.seen.length;
    await expect(store.head('x')).rejects.toMatchObject({ fault: 'unavailable' });
    expect(proxy.seen.length - before).toBe(4);
  });
});
