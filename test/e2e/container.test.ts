import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { execFile, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, readdirSync, rmSync } from 'node:fs';
import { connect, createServer, type AddressInfo } from 'node:net';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { resultKey } from '../../src/contract/naming.ts';
import { parseResult, type JobResult } from '../../src/contract/result.ts';
import { S3Store } from '../../src/storage/s3-store.ts';
import { inspectCommand } from '../../worker/gdal.ts';
import { parseHeader } from '../../worker/parse-header.ts';
import { readPlainTiff } from '../../worker/plain-tiff.ts';
import { comparable } from '../worker/headers.ts';
import { COGS, fixtureScript, keysOf, MANIFEST, putManifest, rowsOf, SOURCES } from '../worker/worker-lab.ts';
import { GDAL_BASE, NODE_IMAGE } from './lab/base-images.ts';
import { hasLab, startLab, type Ended, type Lab } from './lab/lab.ts';
import { run } from './lab/programs.ts';

const IMAGE = 'cogconv-lab-worker';
const NETWORK = 'cogconv-lab-s3';
/** As a container has it whom nobody restrains; not the default one, whose gateway the engine does not tell at its first start. */
const OPEN_NETWORK = 'cogconv-lab-open';
/** Fifteen characters at most. */
const BRIDGE = 'cogconv-lab-s3';
const BUCKET = 'contained';
const MINUTES = 60_000;
/** As the job definition asks for. */
const AS_BATCH = ['--read-only', '--init', '--user', '10001:10001'];
/** And what Batch has no setting for. */
const HARDENED = [...AS_BATCH, '--cap-drop', 'ALL', '--security-opt', 'no-new-privileges'];

/** Prints what of its arguments takes a connection within two seconds. */
const PROBE = `for (const place of process.argv.slice(1)) {
  const [host, port] = place.split(':');
  const socket = require('net').connect(Number(port), host, () => { console.log(place); socket.destroy(); });
  socket.on('error', () => undefined).setTimeout(2000, () => socket.destroy());
}`;

/** Prints what `gdalinfo` with the options of the first argument says of each file behind, one line of base64 a file. */
const INSPECT = `const [options, ...files] = process.argv.slice(1);
for (const file of files) {
  const { stdout } = require('child_process').spawnSync('gdalinfo', [...JSON.parse(options), file]);
  console.log(stdout.toString('base64'));
}`;

/** Passes connections on to moto, which listens on loopback alone; ends with this process. */
async function doorTo(endpoint: string, host: string): Promise<string> {
  const { port } = new URL(endpoint);
  const door = createServer((from) => {
    const to = connect(Number(port), '127.0.0.1');
    from.on('error', () => to.destroy()).pipe(to);
    to.on('error', () => from.destroy()).pipe(from);
  });
  door.listen(0, host).unref();
  await once(door, 'listening');
  return `${host}:${String((door.address() as AddressInfo).port)}`;
}

describe.skipIf(!hasLab("the worker's image"))("the worker's image", () => {
  let lab: Lab;
  let client: S3Client;
  let store: S3Store;
  /** `HOST:PORT` where containers find S3. */
  let s3: string;
  /** What is there as well, and none of their business. */
  let elsewhere: string;

  beforeAll(async () => {
    lab = await startLab({});
    const bases = ['--build-arg', `GDAL_IMAGE=${GDAL_BASE}`, '--build-arg', `NODE_IMAGE=${NODE_IMAGE}`];
    const context = join(lab.folder, 'context');
    for (const file of ['Dockerfile', 'dist/worker.mjs', 'dist/gdal_server.py'])
      cpSync(file, join(context, file), { recursive: true });
    docker('build', '-q', '-t', IMAGE, ...bases, context);
    for (const network of [NETWORK, OPEN_NETWORK]) {
      spawnSync('docker', ['network', 'rm', network], {
        env: { ...process.env, ...lab.engine },
        stdio: 'ignore',
      });
    }
    docker('network', 'create', '--internal', '-o', `com.docker.network.bridge.name=${BRIDGE}`, NETWORK);
    docker('network', 'create', OPEN_NETWORK);
    s3 = await doorTo(lab.endpoint, gatewayOf(NETWORK));
    elsewhere = await doorTo(lab.endpoint, gatewayOf(OPEN_NETWORK));
    firewall('-I');
    const credentials = { accessKeyId: 'test', secretAccessKey: 'test' };
    client = new S3Client({ endpoint: lab.endpoint, region: 'us-east-1', forcePathStyle: true, credentials });
    await client.send(new CreateBucketCommand({ Bucket: BUCKET }));
    store = new S3Store(client, BUCKET);
  }, 10 * MINUTES);

  afterAll(async () => {
    await lab.stop();
    firewall('-D');
  }, MINUTES);

  function docker(...args: readonly string[]): string {
    return run('docker', args, lab.engine);
  }

  function gatewayOf(network: string): string {
    return docker('network', 'inspect', '-f', '{{(index .IPAM.Config 0).Gateway}}', network).trim();
  }

  /** Of this machine, too, containers of the network reach S3 alone. */
  function firewall(action: '-I' | '-D'): void {
    const port = new URL(`http://${s3}`).port;
    run('iptables', [action, 'INPUT', '-i', BRIDGE, '-j', 'REJECT']);
    run('iptables', [action, 'INPUT', '-i', BRIDGE, '-p', 'tcp', '--dport', port, '-j', 'ACCEPT']);
  }

  /** A program of the image instead of the worker. */
  function inImage(options: readonly string[], program: string, ...args: readonly string[]): string {
    return docker('run', '--rm', ...options, '--network', NETWORK, '--entrypoint', program, IMAGE, ...args);
  }

  /** Not `run`: the door to S3 is in this process. */
  function work(...options: readonly string[]): Promise<Ended> {
    const env = Object.entries({
      S3_BUCKET: BUCKET,
      MANIFEST_KEY: MANIFEST,
      AWS_ENDPOINT_URL: `http://${s3}`,
      AWS_ACCESS_KEY_ID: 'test',
      AWS_SECRET_ACCESS_KEY: 'test',
      AWS_REGION: 'us-east-1',
    }).flatMap(([name, value]) => ['-e', `${name}=${value}`]);
    const args = ['run', '--rm', ...HARDENED, '--network', NETWORK, ...options, ...env, IMAGE];
    return new Promise((resolve) => {
      execFile('docker', args, { env: { ...process.env, ...lab.engine } }, (error, stdout, stderr) => {
        resolve({ code: error === null ? 0 : Number(error.code), stdout, stderr });
      });
    });
  }

  async function result(): Promise<JobResult> {
    return parseResult((await store.readText(resultKey(MANIFEST))) ?? '');
  }

  it('converts with no capabilities, no new privileges, a read-only root and no network but S3', async () => {
    const write = { condition: 'always', contentType: 'image/tiff' } as const;
    await store.upload('test/fixtures/rasters/lc.tif', `${SOURCES}lc.tif`, write);
    await putManifest(store, await rowsOf(store));
    const { code, stdout, stderr } = await work();
    expect(code, stdout + stderr).toBe(0);
    expect((await result()).files).toMatchObject([{ outcome: 'converted' }]);
    expect(await keysOf(store, `${COGS}lc`)).toEqual([`${COGS}lc_cog.tif`]);
  });

  it('fails one raster, and not the job, when the kernel ends GDAL for want of memory', async () => {
    const large = join(lab.folder, 'large.tif');
    const options = ['-ot', 'Float64', '-outsize', '24000', '1200', '-co', 'COMPRESS=DEFLATE', '-r', 'near'];
    run('gdal_translate', ['-q', ...options, 'test/fixtures/rasters/lc.tif', large]);
    await store.upload(large, `${SOURCES}large.tif`, { condition: 'always', contentType: 'image/tiff' });
    rmSync(large);
    await putManifest(store, await rowsOf(store));
    const { code, stdout, stderr } = await work('--memory', '192m', '--memory-swap', '192m');
    expect(code, stdout + stderr).toBe(3);
    expect((await result()).files).toMatchObject([
      { source: `${SOURCES}large.tif`, reason: { code: 'out-of-memory' } },
      { source: `${SOURCES}lc.tif`, outcome: 'converted' },
    ]);
  });

  it("reads headers without GDAL as the image's own gdalinfo does", async () => {
    const folder = join(lab.folder, 'golden');
    fixtureScript('make-rasters.py', [folder]);
    run('chmod', ['-R', 'a+rX', lab.folder]);
    const names = readdirSync(folder).filter((name) => name.endsWith('.tif'));
    const all = await Promise.all(
      names.map(async (name) => ({ name, plain: await readPlainTiff(join(folder, name)) })),
    );
    const plain = all.flatMap(({ name, plain: one }) => (one === null ? [] : [{ name, header: one.header }]));
    expect(plain.length).toBeGreaterThan(30);
    const alone = ['GDAL_PAM_ENABLED=NO', 'GDAL_DISABLE_READDIR_ON_OPEN=EMPTY_DIR'];
    const mounted = ['-v', `${folder}:/golden:ro`, ...alone.flatMap((variable) => ['-e', variable])];
    const options = JSON.stringify(inspectCommand('').args.slice(0, -1));
    const files = plain.map(({ name }) => `/golden/${name}`);
    const lines = inImage(mounted, 'node', '-e', INSPECT, options, ...files).split('\n');
    for (const [at, { name, header }] of plain.entries()) {
      const theirs = comparable(parseHeader(Buffer.from(lines[at] ?? '', 'base64')));
      expect({ name, header: comparable(header) }).toEqual({ name, header: theirs });
    }
  });

  it.each([
    ['as Batch runs it', AS_BATCH],
    ['hardened', HARDENED],
  ])('holds no capability %s', (_, options) => {
    const status = inImage(options, 'cat', '/proc/self/status');
    expect(status).toMatch(/^CapPrm:\s+0+$/m);
    expect(status).toMatch(/^CapEff:\s+0+$/m);
    expect(status).toMatch(/^CapAmb:\s+0+$/m);
  });

  it('has no program by which a user could become another', () => {
    expect(inImage(['--user', '0'], 'find', '/', '-xdev', '-perm', '/6000', '-type', 'f')).toBe('');
  });

  it("holds GDAL's image, Node and the worker", () => {
    const files = (image: string): readonly string[] =>
      docker('run', '--rm', '--user', '0', '--entrypoint', 'find', image, '/', '-xdev').split('\n');
    const base = new Set(files(GDAL_BASE));
    const added = files(IMAGE).filter((file) => !base.has(file));
    expect(added.sort()).toEqual([
      '/opt/cogconv',
      '/opt/cogconv/gdal_server.py',
      '/opt/cogconv/worker.mjs',
      '/scratch',
      '/usr/local/bin/node',
    ]);
  });

  it('converts in forks of a process that has the GDAL of its programs loaded', () => {
    const server = ['-I', '-B', '/opt/cogconv/gdal_server.py'];
    const said = docker(
      'run',
      '--rm',
      ...HARDENED,
      '--network',
      'none',
      '--entrypoint',
      'python3',
      IMAGE,
      ...server,
    );
    const { gdal } = JSON.parse(said) as { gdal: string };
    expect(inImage([], 'gdal_translate', '--version')).toContain(`GDAL ${gdal},`);
  });

  it('reaches S3 and nothing else', () => {
    const reached = (network: string): readonly string[] =>
      docker(
        ...['run', '--rm', ...HARDENED, '--network', network],
        ...['--entrypoint', 'node', IMAGE, '-e', PROBE, s3, elsewhere, '169.254.169.254:80'],
      )
        .split('\n')
        .filter(Boolean)
        .sort();
    expect(reached(OPEN_NETWORK)).toContain(elsewhere);
    expect(reached(NETWORK)).toEqual([s3]);
  });

  it('tells its bill of materials', () => {
    const sbom = JSON.parse(run(process.execPath, ['script/sbom.mjs', IMAGE], lab.engine)) as {
      bomFormat: string;
      components: { name: string; version: string; purl: string }[];
    };
    expect(sbom.bomFormat).toBe('CycloneDX');
    const found = new Map(sbom.components.map(({ name, version }) => [name, version]));
    expect(found.get('node')).toMatch(/^22\./);
    expect(found.get('gdal')).toMatch(/^3\./);
    expect(found.get('@aws-sdk/client-s3')).toBeDefined();
    expect(found.get('libc6')).toBeDefined();
    // of the command line, not of the worker
    expect(found.has('dockerode') || found.has('vitest')).toBe(false);
  });
});
