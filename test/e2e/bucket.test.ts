import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { execFile, spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/storage/open-store.ts';
import { judge } from '../iam/least-privilege.ts';
import type { Policy } from '../iam/policy-evaluator.ts';
import { startRecorder } from '../iam/recorder.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';

const PROGRAM = join(process.cwd(), 'dist/main.js');
const RASTERS = 'test/fixtures/rasters';
/** Names as the Python tool's users have them, with a sidecar, a folder and a key that needs escaping. */
const SOURCES = {
  'raw/public_L7 ETM+ #1.tif': 'L7_ETMs.tif',
  'raw/land/cdb_importer_lc.tif': 'lc.tif',
  'raw/land/cdb_importer_lc.tif.aux.xml': 'lc.tif.aux.xml',
  'raw/dem%20é.tif': 'olinda_dem_utm25s.tif',
} as const;

const scratch = mkdtempSync(join(tmpdir(), 'cogconv-bucket-'));
const directory = join(scratch, 'bucket');
const SETTINGS = {
  SOURCE_PREFIX: 'raw/',
  COG_PREFIX: 'cogs/',
  RUNNER: 'local',
  OUTPUT_DIR: join(scratch, 'status'),
};

function cogconv(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): ReturnType<typeof spawnSync> {
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...SETTINGS, ...env },
    encoding: 'utf8',
  });
}

/** Its stdout; the test goes on meanwhile. @throws when it exits with another code than 0 */
async function beside(env: Readonly<Record<string, string>>, ...args: readonly string[]): Promise<string> {
  const given = { env: { ...process.env, ...SETTINGS, ...env } };
  return (await promisify(execFile)(process.execPath, [PROGRAM, ...args], given)).stdout;
}

describe.skipIf(!hasMoto('convert on a bucket with RUNNER=local'))(
  'convert on a bucket with RUNNER=local',
  () => {
    let moto: Moto;
    const env = (): Record<string, string> => ({
      AWS_ENDPOINT_URL: moto.endpoint,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_EC2_METADATA_DISABLED: 'true',
    });

    beforeAll(async () => {
      moto = await startMoto();
      Object.assign(process.env, env());
      const client = new S3Client({ endpoint: moto.endpoint, region: 'us-east-1', forcePathStyle: true });
      await client.send(new CreateBucketCommand({ Bucket: 'rasters' }));
      client.destroy();
      const store = await openStore('rasters', { region: 'us-east-1' });
      for (const [key, file] of Object.entries(SOURCES)) {
        mkdirSync(join(directory, key, '..'), { recursive: true });
        copyFileSync(join(RASTERS, file), join(directory, key));
        await store.upload(join(RASTERS, file), key, { condition: 'always', contentType: 'image/tiff' });
      }
      store.close();
    }, 60_000);

    afterAll(async () => {
      await moto.stop();
      rmSync(scratch, { recursive: true, force: true });
    });

    it('makes the very bytes that the directory gets, and finds nothing to do the second time', async () => {
      expect(cogconv({ S3_BUCKET: directory }, 'convert').status).toBe(0);
      expect(cogconv({ ...env(), S3_BUCKET: 'rasters' }, 'convert')).toMatchObject({ status: 0 });
      const store = await openStore('rasters', { region: 'us-east-1' });
      const cogs = readdirSync(join(directory, 'cogs'), { recursive: true, encoding: 'utf8' });
      const files = cogs.filter((name) => /\.(?:tif|xml)$/.test(name));
      expect(files).toHaveLength(4);
      for (const name of files) {
        const copy = join(scratch, 'object');
        expect(await store.download(`cogs/${name}`, copy)).not.toBeNull();
        expect(readFileSync(copy).equals(readFileSync(join(directory, 'cogs', name))), name).toBe(true);
      }
      store.close();
      const again = cogconv({ ...env(), S3_BUCKET: 'rasters' }, 'convert', '--json');
      expect(JSON.parse(String(again.stdout))).toMatchObject({ command: 'convert', data: { files: 0 } });
      expect(cogconv({ ...env(), S3_BUCKET: 'rasters' }, 'status', '--check').status).toBe(0);
    }, 120_000);

    it('asks for what iam-policy prints for it, and for nothing else', async () => {
      const store = await openStore('rasters', { region: 'us-east-1' });
      const left = { condition: 'always', contentType: 'application/xml' } as const;
      // of a COG that was there before: it goes with it
      await store.writeText('cogs/dem%20é_cog.tif.aux.xml', '<PAMDataset/>', left);
      store.close();
      const recorder = await startRecorder(moto.endpoint);
      const as = (signer: string): Record<string, string> => ({
        ...env(),
        AWS_ENDPOINT_URL: recorder.endpoint,
        AWS_ACCESS_KEY_ID: signer,
        S3_BUCKET: 'rasters',
      });
      await beside(as('convert'), 'convert', '--overwrite');
      const calls = recorder.exchanges.filter(({ signer }) => signer === 'convert');
      const convert = JSON.parse(await beside(as('printer'), 'iam-policy', '--for', 'convert')) as Policy;
      await recorder.stop();
      expect(calls.length).toBeGreaterThan(20);
      // uploads in parts are of COGs above 100 MiB
      const unused = { convert: ['s3:AbortMultipartUpload'] };
      expect(judge(calls, { convert })).toEqual({ denied: [], unused });
    }, 120_000);
  },
);
