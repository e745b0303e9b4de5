import { ECRClient, PutImageCommand } from '@aws-sdk/client-ecr';
import { CreateBucketCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { readFileSync } from 'node:fs';
import { startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { startFakeEngine } from '../docker/fake-engine.ts';
import { connectDefaultVpc } from '../e2e/lab/network.ts';
import type { Moto } from '../moto.ts';
import { batchWorkers, WAIT, type BatchWorkers } from './batch-workers.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';
import type { Stage } from './stage.ts';

/** An AWS account behind a stage: the Batch stub for Batch, moto for all else, and the real worker in its jobs. */
export interface Account {
  readonly moto: Moto;
  readonly stub: BatchStub;
  readonly door: FrontDoor;
  readonly workers: BatchWorkers;
  /** Done before a SubmitJob is answered. */
  afterSubmit: () => void | Promise<void>;
  /** Also done by `close`. */
  onClose(end: () => Promise<void>): void;
  close(): Promise<void>;
}

const REGION = 'us-east-1';
const CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' };

/** Empties moto, and lets the stage's commands find an account with a default VPC there. */
export async function openAccount(stage: Stage, moto: Moto): Promise<Account> {
  await (await fetch(`${moto.endpoint}/moto-api/reset`, { method: 'POST' })).arrayBuffer();
  await connectDefaultVpc(moto.endpoint);
  const stub = await startBatchStub();
  // commands wait in real time: what they ask for is there with the next call
  Object.assign(stub.state, { now: Date.now(), transitionMs: 0, relationshipLagMs: 0 });
  stub.advancePerCall(1);
  stub.onAttempt(WAIT);
  // the stub knows one region, moto all
  const door = await openFrontDoor(({ service, region }) =>
    service === 'batch' && region === REGION ? stub.endpoint : moto.endpoint,
  );
  const { accessKeyId, secretAccessKey } = CREDENTIALS;
  Object.assign(stage.env, {
    AWS_ENDPOINT_URL: door.endpoint,
    AWS_ACCESS_KEY_ID: accessKeyId,
    AWS_SECRET_ACCESS_KEY: secretAccessKey,
  });
  const ends = [door.close, stub.close];
  const account: Account = {
    moto,
    stub,
    door,
    workers: batchWorkers(stub, stage, moto.endpoint),
    afterSubmit: () => undefined,
    onClose: (end) => void ends.push(end),
    close: async () => {
      for (const end of ends) await end();
    },
  };
  door.after = ({ action }) =>
    action.toLowerCase() === 'batch:submitjob' ? account.afterSubmit() : undefined;
  return account;
}

/** A bucket with these objects. */
export async function fillBucket(
  { moto }: Account,
  Bucket: string,
  objects: Readonly<Record<string, Buffer>>,
): Promise<void> {
  const s3 = new S3Client({
    endpoint: moto.endpoint,
    region: REGION,
    forcePathStyle: true,
    credentials: CREDENTIALS,
  });
  await s3.send(new CreateBucketCommand({ Bucket }));
  for (const [Key, Body] of Object.entries(objects))
    await s3.send(new PutObjectCommand({ Bucket, Key, Body }));
  s3.destroy();
}

const captured = (name: string): string => readFileSync(`test/fixtures/docker/${name}.ndjson`, 'utf8');

/** An engine that builds and pushes as a real one did once; what is pushed is in moto's ECR. */
export async function startEngine({
  moto,
}: Account): Promise<{ readonly host: string; close(): Promise<void> }> {
  const ecr = new ECRClient({ endpoint: moto.endpoint, region: REGION, credentials: CREDENTIALS });
  const engine = await startFakeEngine({
    build: captured('build-ok'),
    push: captured('push-ok'),
    onPush: async (repositoryName, imageTag) => {
      await ecr.send(new PutImageCommand({ repositoryName, imageTag, imageManifest: IMAGE }));
    },
  });
  return {
    host: engine.host,
    close: async () => {
      ecr.destroy();
      await engine.close();
    },
  };
}

const IMAGE = JSON.stringify({
  schemaVersion: 2,
  mediaType: 'application/vnd.oci.image.index.v1+json',
  manifests: [{ digest: 'sha256:1', platform: { architecture: 'amd64', os: 'linux' } }],
});
