import {
  CreateRepositoryCommand,
  DescribeRepositoriesCommand,
  ECRClient,
  PutImageScanningConfigurationCommand,
  PutImageTagMutabilityCommand,
} from '@aws-sdk/client-ecr';
import {
  AddRoleToInstanceProfileCommand,
  CreateRoleCommand,
  GetRolePolicyCommand,
  IAMClient,
  ListRolesCommand,
  RemoveRoleFromInstanceProfileCommand,
  UpdateAssumeRolePolicyCommand,
} from '@aws-sdk/client-iam';
import {
  CreateBucketCommand,
  DeleteObjectCommand,
  GetObjectCommand,
  ListObjectsV2Command,
  PutObjectCommand,
  S3Client,
} from '@aws-sdk/client-s3';
import { chmodSync, cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { POLICY_COMMANDS } from '../../src/plan/policy-grants.ts';
import type { Exchange } from '../iam/aws-exchange.ts';
import { judge } from '../iam/least-privilege.ts';
import type { Policy } from '../iam/policy-evaluator.ts';
import { hasLab, startLab, type Ended, type Lab } from './lab/lab.ts';
import { run, until } from './lab/programs.ts';
import { provokeRareCalls } from './rare-calls.ts';

const BUCKET = 'lab-rasters';
const RASTERS = ['L7_ETMs.tif', 'lc.tif', 'olinda_dem_utm25s.tif'];
const SETTINGS = {
  S3_BUCKET: BUCKET,
  SOURCE_PREFIX: 'raw',
  COG_PREFIX: 'cogs',
  FILES_PER_JOB: '2',
  MAX_VCPUS: '4',
  JOB_VCPUS: '1',
  // the emulator knows families, not Batch's own default_x86_64
  INSTANCE_TYPES: 'c6i',
};
const MINUTES = 60_000;

const LAMBDA_TRUST = JSON.stringify({
  Version: '2012-10-17',
  Statement: [{ Effect: 'Allow', Principal: { Service: 'lambda.amazonaws.com' }, Action: 'sts:AssumeRole' }],
});

/** The emulator puts all logs into one group, AWS into the one of the job definition. */
function withOwnLogGroup(exchange: Exchange): Exchange {
  return { ...exchange, body: exchange.body.replace('"/aws/batch/job"', '"/aws/batch/cog-converter"') };
}

/** Permitted, and not seen here: why they are needed all the same. */
const NOT_SEEN_HERE: Readonly<Record<string, readonly string[]>> = {
  // ECR checks these when the Docker engine pushes; the lab's registry is no ECR and checks nothing
  deploy: [
    'ecr:BatchCheckLayerAvailability',
    'ecr:BatchGetImage',
    'ecr:CompleteLayerUpload',
    'ecr:InitiateLayerUpload',
    'ecr:PutImage',
    'ecr:UploadLayerPart',
  ],
  // an upload in parts that fails midway: test/storage/s3-store.test.ts
  worker: ['s3:AbortMultipartUpload'],
};

describe.skipIf(!hasLab('AWS from setup to teardown, with real containers'))('cogconv on AWS', () => {
  let lab: Lab;
  let s3: S3Client;
  let ecr: ECRClient;
  let iam: IAMClient;
  /** Calls of Batch that went to the stub. */
  let rareCalls: readonly Exchange[] = [];
  let jobPolicy: Policy;

  beforeAll(async () => {
    lab = await startLab(SETTINGS);
    const client = {
      endpoint: lab.endpoint,
      region: 'us-east-1',
      forcePathStyle: true,
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    };
    s3 = new S3Client(client);
    ecr = new ECRClient(client);
    iam = new IAMClient(client);
    await s3.send(new CreateBucketCommand({ Bucket: BUCKET }));
    for (const name of readdirSync('test/fixtures/rasters').filter((one) => one.includes('.tif'))) {
      await put(`raw/${name}`, readFileSync(`test/fixtures/rasters/${name}`));
    }
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'of-others' }));
    await iam.send(new CreateRoleCommand({ RoleName: 'of-others', AssumeRolePolicyDocument: '{}' }));
  }, 10 * MINUTES);

  afterAll(async () => {
    await lab.stop();
  }, MINUTES);

  async function put(key: string, body: Uint8Array): Promise<void> {
    await s3.send(new PutObjectCommand({ Bucket: BUCKET, Key: key, Body: body }));
  }

  async function object(key: string): Promise<Buffer> {
    const { Body } = await s3.send(new GetObjectCommand({ Bucket: BUCKET, Key: key }));
    return Buffer.from((await Body?.transformToByteArray()) ?? []);
  }

  async function keys(prefix: string): Promise<string[]> {
    const { Contents = [] } = await s3.send(new ListObjectsV2Command({ Bucket: BUCKET, Prefix: prefix }));
    return Contents.map(({ Key = '' }) => Key);
  }

  function succeeded(ended: Ended): string {
    if (ended.code !== 0) throw new Error(`exit ${String(ended.code)}\n${ended.stdout}\n${ended.stderr}`);
    return ended.stdout;
  }

  /** The report of a command that exits with 0. */
  async function data<T>(args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<T> {
    const text = succeeded(await lab.cogconv([...args, '--json'], env));
    return (JSON.parse(text) as { data: T }).data;
  }

  interface Steps {
    readonly steps: readonly {
      readonly sign: string;
      readonly kind: string;
      readonly changes: readonly { readonly field: string }[];
    }[];
  }
  /** Without what the emulator does not keep: a queue's time limits. */
  const differing = ({ steps }: Steps): Steps['steps'] =>
    steps.filter(
      ({ sign, kind, changes }) =>
        sign !== '=' &&
        !(kind === 'job queue' && changes.every(({ field }) => field === 'ends hopeless jobs')),
    );
  const signs = ({ steps }: Steps): string[] => steps.map(({ sign }) => sign);

  interface Jobs {
    readonly jobs: readonly {
      name: string;
      run: string;
      state: string;
      reason: string | null;
      failed: number;
    }[];
  }

  /** The jobs of the newest run once none of them is under way. */
  async function settledJobs(): Promise<Jobs['jobs']> {
    let newest: Jobs['jobs'] = [];
    await until(async () => {
      const { jobs } = await data<Jobs>(['jobs']);
      newest = jobs.filter(({ run: name }) => name === jobs[0]?.run);
      return newest.every(({ state }) => state === 'SUCCEEDED' || state === 'FAILED');
    }, 'the jobs to end');
    return newest;
  }

  /** Takes some seconds to convert, so that something can happen to its job meanwhile. */
  async function putLargeRaster(key: string): Promise<void> {
    const file = join(lab.folder, 'large.tif');
    const size = ['-outsize', '8000', '8000'];
    if (!existsSync(file))
      run('gdal_translate', ['-q', ...size, 'test/fixtures/rasters/olinda_dem_utm25s.tif', file]);
    await put(key, readFileSync(file));
  }

  const containers = (): string[] =>
    run('docker', ['ps', '-q', '--filter', 'name=cog-converter-'], lab.engine).split('\n').filter(Boolean);

  it('names setup when nothing is there', async () => {
    const ended = await lab.cogconv(['deploy']);
    expect(ended).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('run cogconv setup first') as string,
    });
  });

  it('plans, makes and then finds everything', async () => {
    const planned = await data<Steps>(['setup', '--dry-run']);
    expect(signs(planned).filter((sign) => sign === '+').length).toBeGreaterThan(5);
    expect(signs(await data<Steps>(['setup', '--dry-run']))).toEqual(signs(planned));
    await data(['setup']);
    expect(differing(await data<Steps>(['setup']))).toEqual([]);
  });

  it('plans one change for another MAX_VCPUS', async () => {
    const plan = await data<Steps>(['setup', '--dry-run'], { MAX_VCPUS: '8' });
    expect(differing(plan)).toMatchObject([{ sign: '~', kind: 'compute environment', changes: [{}] }]);
  });

  it('mends what somebody changed', async () => {
    const repositoryName = 'cog-converter';
    await ecr.send(new PutImageTagMutabilityCommand({ repositoryName, imageTagMutability: 'MUTABLE' }));
    const imageScanningConfiguration = { scanOnPush: false };
    await ecr.send(new PutImageScanningConfigurationCommand({ repositoryName, imageScanningConfiguration }));
    const RoleName = 'cog-converter-instance-role';
    await iam.send(new UpdateAssumeRolePolicyCommand({ RoleName, PolicyDocument: LAMBDA_TRUST }));
    const InstanceProfileName = 'cog-converter-instance-profile';
    await iam.send(new RemoveRoleFromInstanceProfileCommand({ InstanceProfileName, RoleName }));
    await iam.send(new AddRoleToInstanceProfileCommand({ InstanceProfileName, RoleName: 'of-others' }));
    const changed = differing(await data<Steps>(['setup'], { DISK_GB: '50' }));
    const inPlace = ['ECR repository', 'instance role', 'instance profile', 'launch template'];
    expect(changed.map(({ sign, kind }) => `${sign} ${kind}`)).toEqual(
      [...inPlace, 'compute environment'].map((kind) => `~ ${kind}`),
    );
    const left = differing(await data<Steps>(['setup', '--dry-run'], { DISK_GB: '50' }));
    // the emulator keeps no change of an environment
    expect(left.map(({ kind }) => kind)).toEqual(['compute environment']);
  });

  it('names deploy before anything of a run is written', async () => {
    const ended = await lab.cogconv(['convert']);
    expect(ended).toMatchObject({
      code: 4,
      stderr: expect.stringContaining('run cogconv deploy first') as string,
    });
    expect(await keys('cogs/')).toEqual([]);
  });

  it(
    'deploys once',
    async () => {
      const first = await data<{ build: string; image: string }>(['deploy']);
      expect(first).toMatchObject({ build: 'done', registration: 'done', revision: 1 });
      expect(first.image).toMatch(/@sha256:[0-9a-f]{64}$/);
      const ended = await lab.cogconv(['deploy'], { DOCKER_HOST: 'unix:///nowhere.sock' });
      expect(succeeded(ended)).toContain('Already deployed: nothing to do');
    },
    5 * MINUTES,
  );

  it('finds nothing ill', async () => {
    const { checks } = await data<{ checks: readonly { name: string; state: string }[] }>(['doctor']);
    expect(checks.filter(({ state }) => state === 'problem')).toEqual([]);
    await data(['list']);
  });

  it('gives the worker a scratch of its own under a read-only root', async () => {
    const { image } = await data<{ image: string }>(['deploy']);
    const code =
      "const fs=require('fs');fs.writeFileSync('a','');try{fs.writeFileSync('/opt/a','')}catch(e){console.log(process.getuid(),process.cwd(),e.code)}";
    const args = ['run', '--rm', '--read-only', '--init', '--user', '10001:10001', '--entrypoint', 'node'];
    expect(run('docker', [...args, image, '-e', code], lab.engine)).toBe('10001 /scratch EROFS\n');
  });

  it('converts real rasters in real containers', async () => {
    const { jobs } = await data<{ jobs: readonly { files: number }[] }>(['convert']);
    expect(jobs.map(({ files }) => files).sort()).toEqual([1, 2]);
    expect((await settledJobs()).map(({ state }) => state)).toEqual(['SUCCEEDED', 'SUCCEEDED']);
    const status = succeeded(await lab.cogconv(['status']));
    expect(status).toMatch(/Progress:\s+100\.0%/);
  });

  it('proves them with the GDAL of this machine, which is another version', async () => {
    await data(['verify']);
  });

  it("makes the local runner's COGs to the byte", async () => {
    const { image } = await data<{ image: string }>(['deploy']);
    const folder = join(lab.folder, 'local');
    mkdirSync(join(folder, 'raw'), { recursive: true });
    for (const name of readdirSync('test/fixtures/rasters'))
      cpSync(`test/fixtures/rasters/${name}`, join(folder, 'raw', name));
    const manifests = (await keys('cogs/manifests/')).filter((key) => /-\d+\.json$/.test(key));
    mkdirSync(join(folder, 'cogs/manifests'), { recursive: true });
    run('chmod', ['-R', 'a+rwX', folder]);
    for (const key of manifests) {
      writeFileSync(join(folder, key), await localManifest(key, folder));
      const env = ['-e', 'S3_BUCKET=/bucket', '-e', `MANIFEST_KEY=${key}`];
      run('docker', ['run', '--rm', '-v', `${folder}:/bucket`, ...env, image], lab.engine);
    }
    const cogs = (await keys('cogs/')).filter((key) => key.endsWith('.tif'));
    expect(cogs).toHaveLength(RASTERS.length);
    for (const key of cogs)
      expect((await object(key)).equals(readFileSync(join(folder, key))), key).toBe(true);
  });

  it('reads the log of a job', async () => {
    const [job] = await settledJobs();
    const text = succeeded(await lab.cogconv(['logs', String(job?.name)]));
    expect(text).toMatch(/\d{4}-\d\d-\d\dT\S+ \{/);
  });

  it('tells of a raster that fails', async () => {
    await put('raw/broken.tif', Buffer.from('no raster at all'));
    const { jobs } = await data<{ jobs: readonly unknown[] }>(['convert']);
    expect(jobs).toHaveLength(1);
    expect(await settledJobs()).toMatchObject([{ state: 'FAILED', failed: 1 }]);
    const ended = await lab.cogconv(['failures']);
    expect(ended.stdout).toContain('raw/broken.tif');
    const again = await lab.cogconv(['convert', '--json']);
    expect(again.code).toBe(3);
    expect(JSON.parse(again.stdout)).toMatchObject({
      data: { files: 0, leftOut: [{ why: 'known-failure', count: 1 }] },
    });
    await s3.send(new DeleteObjectCommand({ Bucket: BUCKET, Key: 'raw/broken.tif' }));
  });

  it('takes up the files of a container that was killed', async () => {
    await putLargeRaster('raw/large.tif');
    await data(['convert']);
    await until(() => containers().length > 0, 'the container');
    run('docker', ['kill', ...containers()], lab.engine);
    expect(await settledJobs()).toMatchObject([{ state: 'FAILED' }]);
    expect(await keys('cogs/large')).toEqual([]);
    expect(await data(['convert'])).toMatchObject({ files: 1 });
    expect(await settledJobs()).toMatchObject([{ state: 'SUCCEEDED' }]);
    expect(await keys('cogs/large')).toEqual(['cogs/large_cog.tif']);
  });

  it('cancels a job under way', async () => {
    await putLargeRaster('raw/larger.tif');
    await data(['convert']);
    await until(() => containers().length > 0, 'the container');
    expect((await lab.cogconv(['cancel'])).code).toBe(2);
    expect(await data(['cancel', '--yes'])).toMatchObject({ jobs: 1, filesLeft: 1 });
    expect(await settledJobs()).toMatchObject([
      { state: 'FAILED', reason: expect.stringContaining('cancel') as string },
    ]);
    expect(containers()).toEqual([]);
  });

  it('tidies up when a COG is made anew', async () => {
    await put('cogs/L7_ETMs_cog.tif.aux.xml', Buffer.from('<PAMDataset/>'));
    const only = ['--filename-filter', 'L7_ETMs', '--overwrite'];
    expect(await data(['convert', ...only])).toMatchObject({ files: 1 });
    expect(await settledJobs()).toMatchObject([{ state: 'SUCCEEDED' }]);
    expect(await keys('cogs/L7')).toEqual(['cogs/L7_ETMs_cog.tif']);
  });

  it('does what it seldom does', async () => {
    rareCalls = await provokeRareCalls(lab);
    const { recorder } = lab;
    expect([...recorder.exchanges, ...rareCalls].filter(({ status }) => status === 403)).toEqual([]);
    const { PolicyDocument = '' } = await iam.send(
      new GetRolePolicyCommand({ RoleName: 'cog-converter-job-role', PolicyName: 'S3Access' }),
    );
    jobPolicy = JSON.parse(decodeURIComponent(PolicyDocument)) as Policy;
  });

  it("ends jobs and removes what is its own, and leaves what is others'", async () => {
    await data(['convert']);
    await until(() => containers().length > 0, 'the container');
    await data(['teardown', '--yes', '--images']);
    await until(() => containers().length === 0, 'the container to end');
    const { repositories = [] } = await ecr.send(new DescribeRepositoriesCommand({}));
    expect(repositories.map(({ repositoryName }) => repositoryName)).toEqual(['of-others']);
    const { Roles = [] } = await iam.send(new ListRolesCommand({}));
    const roles = Roles.map(({ RoleName = '' }) => RoleName);
    expect(roles).toContain('of-others');
    expect(roles.filter((name) => name.startsWith('cog-converter'))).toEqual([]);
    expect(signs(await data<Steps>(['setup', '--dry-run']))).toContain('+');
    expect(await keys('cogs/L7')).toEqual(['cogs/L7_ETMs_cog.tif']);
  });

  it('asks for all that its policies allow, and for nothing else', async () => {
    const policies: Record<string, Policy> = { worker: jobPolicy };
    for (const command of POLICY_COMMANDS) {
      policies[command] = (await data<{ policy: Policy }>(['iam-policy', '--for', command])).policy;
    }
    expect(policies['retry']).toEqual(policies['convert']);
    delete policies['retry'];
    const verdict = judge([...lab.recorder.exchanges.map(withOwnLogGroup), ...rareCalls], policies);
    expect(verdict).toEqual({ denied: [], unused: NOT_SEEN_HERE });
  });

  /** The manifest for the same files in a folder, where their ETags are others. */
  async function localManifest(key: string, folder: string): Promise<string> {
    const manifest = JSON.parse((await object(key)).toString('utf8')) as {
      files: { source: string; etag: string }[];
    };
    const listed = await localEtags(folder);
    const files = manifest.files.map((file) => ({ ...file, etag: listed.get(file.source) ?? file.etag }));
    chmodSync(folder, 0o777);
    return JSON.stringify({ ...manifest, bucket: '/bucket', files });
  }
});

async function localEtags(folder: string): Promise<ReadonlyMap<string, string>> {
  const { openStore } = await import('../../src/storage/open-store.ts');
  const store = await openStore(folder, { region: 'us-east-1' });
  const etags = new Map<string, string>();
  for await (const page of store.list('raw/')) for (const { key, etag } of page) etags.set(key, etag);
  return etags;
}
