import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe } from 'vitest';
import { S3Store } from '../../src/storage/s3-store.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';
import { objectStoreSuite } from './object-store.suite.ts';

describe.runIf(hasMoto('the S3 half of the storage conformance suite'))('on moto', () => {
  let moto: Moto;
  beforeAll(async () => {
    moto = await startMoto();
  });
  afterAll(async () => {
    await moto.stop();
  });

  objectStoreSuite(
    'S3',
    async () => {
      const client = new S3Client({
        endpoint: moto.endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
      });
      const bucket = `suite-${randomUUID()}`;
      await client.send(new CreateBucketCommand({ Bucket: bucket }));
      const store = new S3Store(client, bucket);
      return {
        store,
        missing: new S3Store(client, 'no-such-bucket'),
        dispose: async () => {
          store.close();
        },
      };
    },
    { extraKeys: [] },
  );
});
