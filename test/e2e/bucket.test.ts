import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openStore } from '../../src/storage/open-store.ts';
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

function cogconv(
  env: Readonly<Record<string, string>>,
  ...args: readonly string[]
): ReturnType<typeof spawnSync> {
  const settings = {
    SOURCE_PREFIX: 'raw/',
    COG_PREFIX: 'cogs/',
    RUNNER: 'local',
    OUTPUT_DIR: join(scratch, 'status'),
  };
  return spawnSync(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...settings, ...env },
    encoding: 'utf8',
  });
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
  },
);
