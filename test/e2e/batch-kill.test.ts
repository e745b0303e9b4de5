import { CreateBucketCommand, GetObjectCommand, PutObjectCommand, S3Client } from '@aws-sdk/client-s3';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { manifestKey } from '../../src/contract/naming.ts';
import { startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { furnish } from '../batch-stub/furnish.ts';
import { environmentOf, leaves } from '../batch-stub/job-life.ts';
import { seededRandom } from '../fault-proxy.ts';
import { startRecorder, type Recorder } from '../iam/recorder.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';
import { batchEnvironment, cogconv, type CliEnvironment } from './batch-cli.ts';

const MOMENTS = 20;
const SOURCES = Array.from({ length: 7 }, (_, at) => `raw/r${String(at)}.tif`);

const random = seededRandom(20_240_115);
/** The program is killed at this part of its calls, before the call reaches AWS or before its answer comes back. */
const moments = Array.from({ length: MOMENTS }, () => ({
  part: Math.round(random() * 1_000) / 1_000,
  when: random() < 0.5 ? ('call' as const) : ('answer' as const),
}));

describe.skipIf(!hasMoto('convert on AWS Batch, killed'))('convert on AWS Batch after SIGKILL', () => {
  const scratch = mkdtempSync(join(tmpdir(), 'cogconv-batch-kill-'));
  let moto: Moto;
  let s3: S3Client;
  let stub: BatchStub;
  let recorder: Recorder;
  let bucket: string;
  let buckets = 0;
  /** Calls of a convert that nobody kills. */
  let wholeCalls = 0;

  beforeAll(async () => {
    moto = await startMoto();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    s3 = new S3Client({ endpoint: moto.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
  });

  afterAll(async () => {
    s3.destroy();
    await moto.stop();
    rmSync(scratch, { recursive: true, force: true });
  });

  beforeEach(async () => {
    stub = await startBatchStub();
    furnish(stub.state);
    recorder = await startRecorder(moto.endpoint, { batch: stub.endpoint });
    bucket = `killed-${String(++buckets)}`;
    await s3.send(new CreateBucketCommand({ Bucket: bucket }));
    for (const Key of SOURCES) await s3.send(new PutObjectCommand({ Bucket: bucket, Key, Body: Key }));
  });

  afterEach(async () => {
    await recorder.stop();
    await stub.close();
  });

  const environment = (): CliEnvironment => ({
    ...batchEnvironment(recorder.endpoint, recorder.endpoint, join(scratch, bucket)),
    S3_BUCKET: bucket,
    FILES_PER_JOB: '2',
  });

  /** Sources in the manifests that Batch's jobs will work on, one entry per row. */
  async function inHand(): Promise<string[]> {
    const keys = leaves(stub.state).map((job) => {
      const { MANIFEST_KEY: key, MANIFEST_RUN: run = '', MANIFEST_FIRST: first = '' } = environmentOf(job);
      return key ?? manifestKey('cogs/', run, Number(first) + Number(job.index));
    });
    const manifests = await Promise.all(keys.map(manifestAt));
    return manifests.flatMap(({ files }) => files.map(({ source }) => source)).sort();
  }

  async function manifestAt(Key: string): Promise<{ readonly files: readonly { source: string }[] }> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: bucket, Key }));
    return JSON.parse((await Body?.transformToString()) ?? '') as { files: { source: string }[] };
  }

  it('gives all files to Batch when nobody kills it', async () => {
    const { code, stderr } = await cogconv(['convert'], environment());
    expect(code, stderr).toBe(0);
    expect(await inHand()).toEqual(SOURCES);
    wholeCalls = recorder.exchanges.length;
    expect(wholeCalls).toBeGreaterThan(10);
  });

  it.each(moments)(
    'at $part of its calls, $when, leaves every file in one manifest of a live run',
    async ({ part, when }) => {
      let victim = 0;
      const last = Math.ceil(part * wholeCalls);
      const kill = (): void => void process.kill(victim, 'SIGKILL');
      const isLast = (): boolean => recorder.exchanges.length >= last;
      if (when === 'call') recorder.onCall(isLast, kill);
      else recorder.onAnswer(isLast, kill);

      const killed = await cogconv(['convert'], environment(), (pid) => (victim = pid));
      const again = await cogconv(['convert'], environment());

      expect(killed.code).toBeNull();
      expect(again.code, again.stderr).toBe(0);
      expect(await inHand()).toEqual(SOURCES);
    },
  );
});
