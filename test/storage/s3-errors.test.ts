import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { createS3Client } from '../../src/storage/s3-client.ts';
import { S3Store } from '../../src/storage/s3-store.ts';
import { openFrontDoor, type FrontDoor, type Refusal } from '../stage/front-door.ts';

describe('a bucket that cannot be used', () => {
  let s3: FrontDoor;
  let store: S3Store;

  beforeAll(async () => {
    s3 = await openFrontDoor(() => 'http://127.0.0.1:9');
    vi.stubEnv('AWS_ENDPOINT_URL', s3.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    store = new S3Store(createS3Client({ region: 'us-east-1' }), 'rasters');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    store.close();
    await s3.close();
  });

  const calls: readonly (readonly [string, () => Promise<unknown>])[] = [
    ['ListObjectsV2', () => store.list('raw/')[Symbol.asyncIterator]().next()],
    ['HeadObject', () => store.head('raw/a.tif')],
    ['GetObject', () => store.readText('raw/a.tif')],
  ];

  it.each(calls)('names the region that the bucket is in: %s', async (operation, call) => {
    s3.refuse = (): Refusal => ({
      status: 301,
      code: 'PermanentRedirect',
      message: 'The bucket you are attempting to access must be addressed using the specified endpoint.',
      headers: { 'x-amz-bucket-region': 'eu-west-1' },
    });
    await expect(call()).rejects.toMatchObject({
      fault: 'wrong-region',
      message: expect.stringMatching(
        new RegExp(`^s3://rasters.*: the bucket is in eu-west-1 \\(${operation}, HTTP 301`),
      ) as string,
      hint: 'set AWS_REGION=eu-west-1',
    });
  });

  it('names the bucket that there is not', async () => {
    s3.refuse = () => ({ status: 404, code: 'NoSuchBucket', message: 'The specified bucket does not exist' });
    await expect(store.list('raw/')[Symbol.asyncIterator]().next()).rejects.toMatchObject({
      fault: 'missing-bucket',
      message: expect.stringMatching(/^s3:\/\/rasters.*: there is no such bucket/) as string,
      hint: 'check S3_BUCKET and the account',
    });
  });

  it('names the missing permission also where the answer has no body', async () => {
    s3.refuse = () => ({ status: 403, code: 'AccessDenied', message: 'Access Denied' });
    await expect(store.head('raw/a.tif')).rejects.toMatchObject({
      fault: 'denied',
      message: expect.stringMatching(/: access denied \(HeadObject, HTTP 403/) as string,
      hint: expect.stringMatching(/s3:GetObject on the object.*cogconv iam-policy/) as string,
    });
  });
});

describe('an endpoint that cannot be used', () => {
  let s3: FrontDoor;

  beforeAll(async () => {
    s3 = await openFrontDoor(() => 'http://127.0.0.1:9');
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await s3.close();
  });

  it.each([
    ['the endpoint is no URL', 'https://host:port', (): string => 'http://local host'],
    ['the endpoint is no URL', 'https://host:port', (): string => 'localhost:9000'],
    ['the endpoint is no URL', 'https://host:port', (): string => 'foo'],
    [
      'the endpoint does not speak TLS',
      'http://host:port',
      (): string => s3.endpoint.replace('http:', 'https:'),
    ],
  ])('is told for what it is: %s', async (text, hint, endpoint) => {
    vi.stubEnv('AWS_ENDPOINT_URL', endpoint());
    const store = new S3Store(createS3Client({ region: 'us-east-1' }), 'rasters');
    const refused = {
      message: `s3://rasters/raw/: ${text} (ListObjectsV2)`,
      hint: expect.stringContaining(hint) as string,
    };
    await expect(store.list('raw/')[Symbol.asyncIterator]().next()).rejects.toMatchObject(refused);
    store.close();
  });
});
