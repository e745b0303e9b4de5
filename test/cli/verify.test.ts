import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { VerifyReport } from '../../src/commands/reports.ts';
import { DirectoryStore } from '../../src/storage/directory-store.ts';
import { S3Store } from '../../src/storage/s3-store.ts';
import { startFaultProxy, type FaultProxy } from '../fault-proxy.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';
import { fixtureScript } from '../worker/worker-lab.ts';

const PROGRAM = join(process.cwd(), 'dist/main.js');

let scratch: string;
let folder: string;

beforeAll(() => {
  scratch = mkdtempSync(join(tmpdir(), 'cogconv-verify-test-'));
  folder = join(scratch, 'bucket');
  fixtureScript('spoil-cogs.py', [folder]);
});

afterAll(() => {
  rmSync(scratch, { recursive: true, force: true });
});

interface Ended {
  readonly exitCode: number | null;
  readonly stderr: string;
  readonly report: VerifyReport;
}

async function verify(env: Readonly<Record<string, string>>, ...flags: readonly string[]): Promise<Ended> {
  const settings = { SOURCE_PREFIX: 'src/', COG_PREFIX: 'cogs/', OUTPUT_DIR: join(scratch, 'status') };
  const child = spawn(process.execPath, [PROGRAM, 'verify', '--json', ...flags], {
    env: { ...process.env, ...settings, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
  const [stdout, stderr, exitCode] = await Promise.all([text(child.stdout), text(child.stderr), exit]);
  const { data } = JSON.parse(stdout) as { data: VerifyReport };
  return { exitCode, stderr, report: data };
}

/** `good` -> nothing, `nodata` -> `different nodata`. */
function verdicts({ files }: VerifyReport): Record<string, string> {
  return Object.fromEntries(
    files.map(({ target, outcome, differences }) => [
      target.replace(/^cogs\/|_cog\.tif$/g, ''),
      [outcome, ...new Set(differences.map(({ check }) => check))].join(' '),
    ]),
  );
}

const STRUCTURE = {
  good: 'verified',
  good_large: 'verified',
  good_mask: 'verified',
  crs: 'different crs',
  geotransform: 'different geotransform',
  size: 'different size',
  bands: 'different bands',
  type: 'different type',
  nodata: 'different nodata',
  palette: 'different palette',
  layout: 'different layout',
  layout_plain: 'different layout',
  layout_text: 'different layout',
  gone: 'source-gone',
};
/** Only the pixels tell that these are bad. */
const UNSEEN = { pixels: 'verified', mask: 'verified', data: 'verified' };
const PIXELS = {
  pixels: 'different pixels',
  mask: 'different mask',
  data: 'different data',
  layout: 'different layout data',
};

describe('cogconv verify on a directory', () => {
  const env = (): Record<string, string> => ({ S3_BUCKET: folder });

  it('names each COG whose structure is not its source’s, and the check', async () => {
    const { exitCode, report } = await verify(env(), '--all');
    expect(verdicts(report)).toEqual({ ...STRUCTURE, ...UNSEEN });
    expect(exitCode).toBe(3);
    expect(report.counts).toEqual({
      verified: 6,
      different: 10,
      'source-changed': 0,
      'source-gone': 1,
      unchecked: 0,
    });
  });

  it('compares pixels, masks and every block with --pixels', async () => {
    const { exitCode, report } = await verify(env(), '--all', '--pixels');
    expect(verdicts(report)).toEqual({ ...STRUCTURE, ...PIXELS });
    expect(exitCode).toBe(3);
  });

  it('exits 0 where all are good, and takes the settings that select', async () => {
    const { exitCode, report } = await verify(env(), '--filename-filter', '^good', '--verify', 'pixels');
    expect(Object.values(verdicts(report))).toEqual(['verified', 'verified', 'verified']);
    expect(report.pixels).toBe(true);
    expect(exitCode).toBe(0);
  });

  it('takes the same sample every time, and another one with another seed', async () => {
    const sampleWith = async (seed: string): Promise<string[]> => {
      const { report } = await verify(env(), '--sample', '5', '--seed', seed);
      expect(report.total).toBe(17);
      return Object.keys(verdicts(report));
    };
    const first = await sampleWith('a');
    expect(first).toHaveLength(5);
    expect(await sampleWith('a')).toEqual(first);
    expect(await sampleWith('b')).not.toEqual(first);
  });

  it('says without GDAL that nothing can be verified', async () => {
    const child = spawn(process.execPath, [PROGRAM, 'verify'], {
      env: { S3_BUCKET: folder, SOURCE_PREFIX: 'src/', COG_PREFIX: 'cogs/', OUTPUT_DIR: scratch, PATH: '' },
    });
    const exit = new Promise<number | null>((resolve) => child.once('close', resolve));
    expect(await text(child.stderr)).toMatch(
      /nothing can be verified: .*gdal_translate was not found on the PATH/,
    );
    expect(await exit).toBe(1);
  });
});

describe.skipIf(!hasMoto('cogconv verify on S3'))('cogconv verify on S3', () => {
  let moto: Moto;
  let proxy: FaultProxy;
  const env = (): Record<string, string> => ({
    S3_BUCKET: 'rasters',
    AWS_ENDPOINT_URL: proxy.endpoint,
    AWS_ACCESS_KEY_ID: 'test',
    AWS_SECRET_ACCESS_KEY: 'test',
    AWS_EC2_METADATA_DISABLED: 'true',
  });

  beforeAll(async () => {
    moto = await startMoto();
    proxy = await startFaultProxy(moto.endpoint, []);
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    const client = new S3Client({
      endpoint: moto.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials,
    });
    await client.send(new CreateBucketCommand({ Bucket: 'rasters' }));
    const store = new S3Store(client, 'rasters');
    const local = new DirectoryStore(folder);
    for (const prefix of ['src/', 'cogs/']) {
      for await (const page of local.list(prefix)) {
        for (const { key } of page)
          await store.upload(local.describe(key), key, { condition: 'always', contentType: 'image/tiff' });
      }
    }
    store.close();
  });

  afterAll(async () => {
    await proxy.stop();
    await moto.stop();
  });

  it('judges as on a directory, by headers alone and with all pixels', async () => {
    expect(verdicts((await verify(env(), '--all')).report)).toEqual({ ...STRUCTURE, ...UNSEEN });
    const { exitCode, report } = await verify(env(), '--all', '--pixels');
    expect(verdicts(report)).toEqual({ ...STRUCTURE, ...PIXELS });
    expect(exitCode).toBe(3);
  });

  it('does not call a COG bad that it cannot read', async () => {
    proxy.setRules([
      {
        fault: 'internal-error',
        when: ({ method, path }) => method === 'GET' && path.includes('good_large_cog'),
      },
    ]);
    const { exitCode, report } = await verify(env(), '--filename-filter', '^good');
    expect(verdicts(report)).toEqual({ good: 'verified', good_large: 'unchecked', good_mask: 'verified' });
    expect(exitCode).toBe(3);
    proxy.setRules([]);
  });
});
