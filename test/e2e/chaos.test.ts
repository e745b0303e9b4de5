import {
  CreateBucketCommand,
  ListMultipartUploadsCommand,
  ListObjectVersionsCommand,
  PutBucketVersioningCommand,
  S3Client,
  type ListObjectVersionsCommandOutput,
} from '@aws-sdk/client-s3';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultKey } from '../../src/contract/naming.ts';
import { parseResult, type JobResult } from '../../src/contract/result.ts';
import { S3Store } from '../../src/storage/s3-store.ts';
import { seededRandom, startFaultProxy, type FaultProxy, type FaultRule } from '../fault-proxy.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';
import {
  fixtureScript,
  MANIFEST,
  openLab,
  putManifest,
  rowsOf,
  SOURCES,
  type Lab,
} from '../worker/worker-lab.ts';
import { WorkerProgram } from '../worker/worker-program.ts';

const RASTERS = 300;
const KILLS = 30;
const SEED = 20_260_101;
const BUCKET = 'chaos';
/** More would mean that no attempt gets on. */
const MAX_ATTEMPTS = 3 * KILLS;

/** Every kind of request fails with a probability of 10 %. */
const FAULTS: readonly FaultRule[] = [
  { fault: 'internal-error', probability: 0.02 },
  { fault: 'slow-down', probability: 0.02 },
  { fault: 'reset', probability: 0.02 },
  { fault: 'cut-body', probability: 0.02, when: ({ method }) => method === 'GET' },
  { fault: 'corrupt-body', probability: 0.02, when: ({ method }) => method === 'GET' },
  { fault: 'bad-digest', probability: 0.02, when: ({ method }) => method === 'PUT' },
  { fault: 'lost-answer', probability: 0.02, when: ({ method }) => method === 'PUT' },
  { fault: 'lost-answer', probability: 0.04, when: ({ method }) => method === 'HEAD' },
];

describe.runIf(hasMoto('the chaos run'))(
  '300 rasters, failing requests and a worker that is killed 30 times',
  () => {
    const random = seededRandom(SEED);
    let moto: Moto;
    let proxy: FaultProxy;
    let client: S3Client;
    let store: S3Store;
    let lab: Lab;
    let worker: WorkerProgram;
    let rasters: string;
    let kills = 0;

    beforeAll(async () => {
      moto = await startMoto();
      proxy = await startFaultProxy(moto.endpoint, [], SEED);
      const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
      client = new S3Client({
        endpoint: moto.endpoint,
        region: 'us-east-1',
        forcePathStyle: true,
        credentials,
      });
      await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
      // every write stays visible
      const VersioningConfiguration = { Status: 'Enabled' } as const;
      await client.send(new PutBucketVersioningCommand({ Bucket: BUCKET, VersioningConfiguration }));
      store = new S3Store(client, BUCKET);
      lab = openLab();
      worker = new WorkerProgram(lab);
      rasters = join(lab.folder, 'rasters');
      mkdirSync(rasters);
      fixtureScript('make-small-rasters.py', [rasters, String(RASTERS), String(SEED)]);
      const write = { condition: 'if-absent', contentType: 'image/tiff' } as const;
      for (const name of readdirSync(rasters)) await store.upload(join(rasters, name), SOURCES + name, write);
      await putManifest(store, await rowsOf(store), { vcpus: 2 });
    });

    afterAll(async () => {
      client.destroy();
      await proxy.stop();
      await moto.stop();
      lab.remove();
    });

    /** Kills it some milliseconds after one of its next requests, so that slow machines get as far as fast ones. */
    function killSoon(child: ChildProcess): FaultRule {
      let requests = 8 + Math.floor(random() * 60);
      const kill = (): Promise<void> => {
        setTimeout(() => child.kill('SIGKILL'), random() * 150);
        return Promise.resolve();
      };
      return { fault: 'delay', delayMs: 0, times: 1, when: () => (requests -= 1) < 0, first: kill };
    }

    async function attempt(): Promise<readonly unknown[]> {
      const child = worker.start({
        S3_BUCKET: BUCKET,
        AWS_ENDPOINT_URL: proxy.endpoint,
        AWS_ACCESS_KEY_ID: 'test',
        AWS_SECRET_ACCESS_KEY: 'test',
        AWS_REGION: 'us-east-1',
      });
      proxy.setRules(kills < KILLS ? [killSoon(child), ...FAULTS] : FAULTS);
      const [code, signal] = (await once(child, 'exit')) as unknown[];
      if (signal === 'SIGKILL') kills += 1;
      return [code, signal];
    }

    async function result(): Promise<JobResult> {
      return parseResult((await store.readText(resultKey(MANIFEST))) ?? '');
    }

    /** Versions of each key; a delete marker counts as one. */
    async function versions(): Promise<ReadonlyMap<string, number>> {
      const counts = new Map<string, number>();
      let from: { KeyMarker?: string | undefined; VersionIdMarker?: string | undefined } | null = {};
      while (from !== null) {
        const page: ListObjectVersionsCommandOutput = await client.send(
          new ListObjectVersionsCommand({ Bucket: BUCKET, ...from }),
        );
        for (const { Key = '' } of [...(page.Versions ?? []), ...(page.DeleteMarkers ?? [])])
          counts.set(Key, (counts.get(Key) ?? 0) + 1);
        const { IsTruncated, NextKeyMarker, NextVersionIdMarker } = page;
        from = IsTruncated ? { KeyMarker: NextKeyMarker, VersionIdMarker: NextVersionIdMarker } : null;
      }
      return counts;
    }

    it('is done in the end', async () => {
      const ends = new Set<string>();
      for (let attempts = 0, end = ''; end !== '0,'; attempts += 1) {
        expect(attempts, [...ends].join(' ')).toBeLessThan(MAX_ATTEMPTS);
        end = (await attempt()).join(',');
        ends.add(end);
      }
      expect(kills).toBe(KILLS);
      // temporary trouble at most
      expect([...ends].filter((end) => !['0,', '75,', ',SIGKILL'].includes(end))).toEqual([]);
      const failures = [...proxy.made].filter(([fault]) => fault !== 'delay').map(([, count]) => count);
      expect(failures.reduce((a, b) => a + b) / proxy.seen.length).toBeGreaterThan(0.08);
      const { state, files } = await result();
      expect(state).toBe('succeeded');
      expect(files).toHaveLength(RASTERS);
      expect(files.filter(({ outcome }) => outcome === 'failed')).toEqual([]);
    });

    it('wrote every COG once, touched no source and left nothing else', async () => {
      const written = await versions();
      const { files } = await result();
      const once = files.flatMap(({ source, target }) => [source, target]);
      expect(once.filter((key) => written.get(key) !== 1)).toEqual([]);
      expect(new Set(written.keys())).toEqual(new Set([...once, MANIFEST, resultKey(MANIFEST)]));
      const { Uploads = [] } = await client.send(new ListMultipartUploadsCommand({ Bucket: BUCKET }));
      expect(Uploads).toEqual([]);
      expect(readdirSync(worker.scratch)).toEqual([]);
      await expect.poll(() => processesIn(worker.scratch)).toEqual([]);
    });

    it('made valid COGs with the pixels of their sources', async () => {
      const { files } = await result();
      const cogs = join(lab.folder, 'cogs');
      mkdirSync(cogs);
      const pairs = [];
      for (const { source, target } of files) {
        const cog = join(cogs, target.replaceAll('/', '-'));
        await store.download(target, cog);
        pairs.push({ source: join(rasters, source.slice(SOURCES.length)), cog, classes: false });
      }
      const found = JSON.parse(fixtureScript('check-cogs.py', [], JSON.stringify(pairs))) as Record<
        string,
        string[]
      >;
      expect(Object.keys(found)).toHaveLength(RASTERS);
      expect(Object.entries(found).filter(([, problems]) => problems.length > 0)).toEqual([]);
    });
  },
);

/** Processes that work in a folder. */
function processesIn(folder: string): readonly string[] {
  return readdirSync('/proc').filter((name) => {
    try {
      return /^\d+$/.test(name) && readFileSync(`/proc/${name}/environ`, 'utf8').includes(folder);
    } catch {
      return false;
    }
  });
}
