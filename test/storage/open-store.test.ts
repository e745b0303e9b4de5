import { describe, expect, it } from 'vitest';
import { resolve } from 'node:path';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import { openStore } from '../../src/storage/open-store.ts';
import { S3Store } from '../../src/storage/s3-store.ts';

const ACCESS = { region: 'eu-west-1' };

describe('openStore', () => {
  it('opens a directory by path, relative to here, and by URL', async () => {
    const byPath = await openStore('./some/data', ACCESS);
    expect(byPath).toBeInstanceOf(DirectoryStore);
    expect(byPath.bucket).toBe(resolve('some/data'));
    expect((await openStore('file:///tmp/with%20space', ACCESS)).bucket).toBe(resolve('/tmp/with space'));
  });

  it('opens a bucket', async () => {
    const store = await openStore('my-bucket', ACCESS);
    expect(store).toBeInstanceOf(S3Store);
    expect(store.describe('a b.tif')).toBe('s3://my-bucket/a b.tif');
    store.close();
  });

  it('says how to write a file: URL that names another host', async () => {
    await expect(openStore('file://host/data', ACCESS)).rejects.toMatchObject({
      fault: 'missing-bucket',
      message: expect.stringContaining('file:///absolute/path') as string,
    });
  });
});
