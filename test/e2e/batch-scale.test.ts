import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { furnish } from '../batch-stub/furnish.ts';
import { startS3Stub, type S3Stub } from '../fakes/s3-stub.ts';
import { batchEnvironment, cogconv } from './batch-cli.ts';

const FILES = 100_000;
const MANIFESTS = 2_000;

const scratch = mkdtempSync(join(tmpdir(), 'cogconv-scale-'));
let s3: S3Stub;
let batch: BatchStub;

beforeAll(async () => {
  const keys = Array.from({ length: FILES }, (_, at) => `raw/tile-${String(at).padStart(6, '0')}.tif`);
  s3 = await startS3Stub(keys);
  batch = await startBatchStub();
  furnish(batch.state);
});

afterAll(async () => {
  await s3.stop();
  await batch.close();
  rmSync(scratch, { recursive: true, force: true });
});

describe('convert of 100,000 pending files on AWS Batch', () => {
  it('takes 2,000 writes of manifests and five calls of Batch at most', async () => {
    const env = batchEnvironment(s3.endpoint, batch.endpoint, scratch);
    const { code, stdout, stderr } = await cogconv(['convert', '--json'], env);

    expect(code, stderr).toBe(0);
    expect(JSON.parse(stdout)).toMatchObject({ data: { files: FILES, runner: 'batch' } });
    expect(s3.puts.filter((key) => /-\d+\.json$/.test(key)).length).toBeLessThanOrEqual(MANIFESTS);
    expect(batch.calls.length).toBeLessThanOrEqual(5);
    expect(new Set(batch.calls.map(({ status }) => status))).toEqual(new Set([200]));
  });

  it('gives each file to one job', () => {
    const manifests = [...s3.written].filter(([key]) => /-\d+\.json$/.test(key));
    const sources = manifests.flatMap(([, text]) =>
      (JSON.parse(text) as { files: { source: string }[] }).files.map(({ source }) => source),
    );
    expect(sources).toHaveLength(FILES);
    expect(new Set(sources).size).toBe(FILES);
    const [job, ...others] = batch.state.jobs.values();
    expect(others).toEqual([]);
    expect(job?.children).toHaveLength(manifests.length);
  });
});
