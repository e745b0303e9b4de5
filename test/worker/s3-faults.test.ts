import { CreateBucketCommand, ListMultipartUploadsCommand, S3Client } from '@aws-sdk/client-s3';
import type { ChildProcess, StdioOptions } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { readdirSync } from 'node:fs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { resultKey } from '../../src/contract/naming.ts';
import type { FailureCode } from '../../src/contract/failures.ts';
import { parseResult, type JobResult } from '../../src/contract/result.ts';
import { S3Store } from '../../src/storage/s3-store.ts';
import { startFaultProxy, type Fault, type FaultProxy, type SeenRequest } from '../fault-proxy.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';
import { COGS, keysOf, MANIFEST, openLab, putManifest, rowsOf, SOURCES, type Lab } from './worker-lab.ts';
import { WorkerProgram } from './worker-program.ts';

vi.setConfig({ testTimeout: 120_000 });

const RASTER = 'test/fixtures/rasters/lc.tif';
const NAMES = ['a', 'b', 'c'];
const HOUR_MS = 3_600_000;
const TIFF = { condition: 'always', contentType: 'image/tiff' } as const;

type When = (request: SeenRequest) => boolean;
const isGetOf =
  (end: string): When =>
  ({ method, path }) =>
    method === 'GET' && path.endsWith(end);
const isPutOf =
  (end: string): When =>
  ({ method, path }) =>
    method === 'PUT' && path.endsWith(end);

/** Each strikes where it can do harm. */
const PASSING: Readonly<Partial<Record<Fault, When>>> = {
  'cut-body': isGetOf('.tif'),
  'corrupt-body': isGetOf('.tif'),
  'bad-digest': isPutOf('_cog.tif'),
  'corrupt-upload': isPutOf('_cog.tif'),
  'lost-answer': isPutOf('_cog.tif'),
  conflict: isPutOf('_cog.tif'),
  'internal-error': () => true,
  'slow-down': () => true,
  reset: () => true,
  delay: () => true,
};

/** What happens to the first files every time, and what their rows say then. */
const LASTING: readonly (readonly [Fault, When, FailureCode])[] = [
  ['internal-error', isGetOf('/a.tif'), 'storage'],
  ['cut-body', isGetOf('/b.tif'), 'storage'],
  ['corrupt-body', isGetOf('/c.tif'), 'storage'],
  ['expired-token', isGetOf('/d.tif'), 'access-denied'],
  ['reset', isPutOf('/e_cog.tif'), 'storage'],
  ['bad-digest', isPutOf('/f_cog.tif'), 'storage'],
  ['expired-token', isPutOf('/g_cog.tif'), 'access-denied'],
  ['corrupt-upload', isPutOf('/h_cog.tif'), 'storage'],
];

describe.runIf(hasMoto('the worker under faults of S3'))('the worker under faults of S3', () => {
  let moto: Moto;
  let proxy: FaultProxy;
  let client: S3Client;
  /** Past the proxy. */
  let store: S3Store;
  let lab: Lab;
  let worker: WorkerProgram;

  beforeAll(async () => {
    moto = await startMoto();
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = new S3Client({
      endpoint: moto.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
    });
  });
  afterAll(async () => {
    client.destroy();
    await moto.stop();
  });
  beforeEach(async () => {
    proxy = await startFaultProxy(moto.endpoint, []);
    lab = openLab();
    worker = new WorkerProgram(lab);
    const bucket = `faults-${randomUUID()}`;
    await client.send(new CreateBucketCommand({ Bucket: bucket }));
    store = new S3Store(client, bucket);
    await put(NAMES);
  });
  afterEach(async () => {
    await proxy.stop();
    lab.remove();
  });

  async function put(names: readonly string[]): Promise<void> {
    for (const name of names) await store.upload(RASTER, `${SOURCES}${name}.tif`, TIFF);
    await putManifest(store, await rowsOf(store));
  }

  function start(extra: Readonly<Record<string, string>> = {}, stdio?: StdioOptions): ChildProcess {
    return worker.start(
      {
        S3_BUCKET: store.bucket,
        AWS_ENDPOINT_URL: proxy.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: 'us-east-1',
        ...extra,
      },
      stdio,
    );
  }

  async function exitCode(child = start()): Promise<unknown> {
    const [code] = (await once(child, 'exit')) as unknown[];
    return code;
  }

  async function result(): Promise<JobResult> {
    return parseResult((await store.readText(resultKey(MANIFEST))) ?? '');
  }

  async function cogs(): Promise<readonly string[]> {
    return (await keysOf(store, COGS)).filter((key) => key.endsWith('.tif'));
  }

  const cogsOf = (...names: readonly string[]): readonly string[] =>
    names.map((name) => `${COGS}${name}_cog.tif`);

  /** Nothing but these COGs, no parts of others, an empty scratch folder. */
  async function expectOnly(...names: readonly string[]): Promise<void> {
    expect(await cogs()).toEqual(cogsOf(...names));
    const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: store.bucket }));
    expect(Uploads).toEqual([]);
    expect(readdirSync(worker.scratch)).toEqual([]);
  }

  /** The next attempt, without faults, does what is left. */
  async function expectRestDone(names: readonly string[]): Promise<void> {
    proxy.setRules([]);
    proxy.setClock(0);
    expect(await exitCode()).toBe(0);
    expect((await result()).state).toBe('succeeded');
    await expectOnly(...names);
  }

  it('gets over anything that happens a few times', async () => {
    const rules = Object.entries(PASSING).map(([fault, when]) => ({
      fault: fault as Fault,
      when,
      times: 2,
      delayMs: 300,
    }));
    proxy.setRules(rules);
    expect(await exitCode()).toBe(0);
    expect(rules.filter(({ fault }) => (proxy.made.get(fault) ?? 0) < 2)).toEqual([]);
    expect((await result()).files.map(({ outcome }) => outcome)).toEqual(NAMES.map(() => 'converted'));
    await expectOnly(...NAMES);
  });

  it('gives up what always fails, shows nothing of it, and does the rest', async () => {
    const names = ['a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'];
    await put(names);
    proxy.setRules(LASTING.map(([fault, when]) => ({ fault, when })));
    expect(await exitCode()).toBe(75);
    const { state, files } = await result();
    expect(state).toBe('interrupted');
    expect(files.map(({ reason }) => reason?.code)).toEqual([
      ...LASTING.map(([, , code]) => code),
      undefined,
    ]);
    await expectOnly('i');
    await expectRestDone(names);
  });

  it('has no result of its own when the credentials were never good', async () => {
    proxy.setRules([{ fault: 'expired-token' }]);
    expect(await exitCode()).toBe(2);
    expect(await store.head(resultKey(MANIFEST))).toBeNull();
    await expectOnly();
  });

  it('asks for another attempt when the credentials expire amid the job', async () => {
    // the first write of the result is let through
    proxy.setRules([
      { fault: 'delay', delayMs: 0, when: isPutOf(resultKey(MANIFEST)), times: 1 },
      { fault: 'expired-token', when: ({ method }) => method === 'PUT' },
    ]);
    expect(await exitCode()).toBe(75);
    expect(await result()).toMatchObject({ state: 'running', files: [] });
    await expectOnly();
    await expectRestDone(NAMES);
  });

  it('goes on with its own result when answers to writes of it are lost', async () => {
    proxy.setRules([{ fault: 'lost-answer', when: isPutOf(resultKey(MANIFEST)), times: 2 }]);
    expect(await exitCode()).toBe(0);
    expect(proxy.made.get('lost-answer')).toBe(2);
    expect(await result()).toMatchObject({ attempt: 1, state: 'succeeded' });
    await expectOnly(...NAMES);
  });

  it('ends when another attempt has taken the job over, and leaves its result alone', async () => {
    const other = { AWS_ENDPOINT_URL: moto.endpoint, AWS_BATCH_JOB_ATTEMPT: '2' };
    let ended: Promise<unknown> | undefined;
    const first = (): Promise<unknown> => (ended = exitCode(start(other)));
    proxy.setRules([{ fault: 'delay', delayMs: 0, when: isPutOf('_cog.tif'), times: 1, first }]);
    const zombie = start({}, ['ignore', 'ignore', 'pipe']);
    const said = zombie.stderr?.setEncoding('utf8').toArray() ?? Promise.resolve([]);
    expect(await exitCode(zombie)).toBe(75);
    expect((await said).join('')).toMatch(
      /^cogconv worker: attempt 2 .* has taken this job over from attempt 1/m,
    );
    // it may have given way before the other one was done
    expect(await ended).toBe(0);
    expect(await result()).toMatchObject({ attempt: 2, state: 'succeeded' });
    await expectOnly(...NAMES);
  });

  it.each([HOUR_MS, -HOUR_MS])(
    'works with a clock that differs from the one of S3 by %i ms',
    async (aheadMs) => {
      proxy.setClock(aheadMs);
      const before = proxy.made.get('clock-skew') ?? 0;
      expect(await exitCode()).toBe(0);
      expect(proxy.made.get('clock-skew') ?? 0).toBeGreaterThan(before);
      await expectOnly(...NAMES);
    },
  );

  it('shows nothing of a COG amid whose upload it is stopped', async () => {
    const child = start();
    const kill = (): Promise<unknown> => Promise.resolve(child.kill('SIGTERM'));
    proxy.setRules([{ fault: 'delay', delayMs: 1_000, when: isPutOf('/b_cog.tif'), first: kill }]);
    expect(await exitCode(child)).toBe(75);
    const { state, files } = await result();
    expect(state).toBe('interrupted');
    expect(files.map(({ target }) => target)).not.toContain('cogs/b_cog.tif');
    expect(readdirSync(worker.scratch)).toEqual([]);
    await expectRestDone(NAMES);
  });
});
