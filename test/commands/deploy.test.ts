import { CreateRepositoryCommand, PutImageCommand } from '@aws-sdk/client-ecr';
import { CreateRoleCommand } from '@aws-sdk/client-iam';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { createClients, type AwsClients } from '../../src/aws/clients.ts';
import { awsFoundations } from '../../src/aws/foundations.ts';
import { ecrRegistry } from '../../src/aws/image-registry.ts';
import { batchDefinitions } from '../../src/aws/job-definitions.ts';
import { checkDeployment } from '../../src/commands/check-deployment.ts';
import { deploy, type DeployDeps } from '../../src/commands/deploy.ts';
import { readConfig, requireConfig, type Config } from '../../src/config.ts';
import { awsNames } from '../../src/plan/aws-names.ts';
import { startBatchStub, type BatchStub } from '../batch-stub/batch-stub.ts';
import { furnish } from '../batch-stub/furnish.ts';
import { stubClock } from '../batch-stub/stub-clock.ts';
import { hasMoto, startMoto, type Moto } from '../moto.ts';

const REGISTRY = '123456789012.dkr.ecr.us-east-1.amazonaws.com';
const DIGEST = `sha256:${'a'.repeat(64)}`;

function configOf(env: Record<string, string> = {}): Config {
  return requireConfig(readConfig({ flags: {}, env: { S3_BUCKET: 'rasters', ...env }, envFile: {} }));
}

describe.skipIf(!hasMoto('deploy against ECR and IAM'))('deploy', () => {
  let moto: Moto;
  let stub: BatchStub;
  let clients: AwsClients;
  let engine: string[];
  let warned: string[];
  let content: string;

  beforeAll(async () => {
    moto = await startMoto();
  });

  afterAll(async () => {
    await moto.stop();
  });

  beforeEach(async () => {
    await fetch(`${moto.endpoint}/moto-api/reset`, { method: 'POST' });
    stub = await startBatchStub();
    furnish(stub.state);
    stub.state.definitions = [];
    vi.stubEnv('AWS_ENDPOINT_URL', moto.endpoint);
    vi.stubEnv('AWS_ENDPOINT_URL_BATCH', stub.endpoint);
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'test');
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'test');
    clients = createClients({ region: 'us-east-1', profile: null }, { clock: stubClock(stub) });
    engine = [];
    warned = [];
    content = 'c0ffee';
  });

  afterEach(async () => {
    vi.unstubAllEnvs();
    clients.close();
    await stub.close();
  });

  async function setUp(): Promise<void> {
    const ecr = await clients.ecr();
    await ecr.send(new CreateRepositoryCommand({ repositoryName: 'cog-converter' }));
    const iam = await clients.iam();
    await iam.send(
      new CreateRoleCommand({ RoleName: 'cog-converter-job-role', AssumeRolePolicyDocument: '{}' }),
    );
  }

  /** What an engine's push leaves in ECR. */
  async function land(reference: string): Promise<void> {
    const ecr = await clients.ecr();
    await ecr.send(
      new PutImageCommand({
        repositoryName: 'cog-converter',
        imageTag: reference.split(':').at(-1),
        imageManifest: JSON.stringify({ schemaVersion: 2, reference }),
        imageManifestMediaType: 'application/vnd.docker.distribution.manifest.v2+json',
        imageDigest: DIGEST,
      }),
    );
  }

  let stopping: AbortController;
  beforeEach(() => {
    stopping = new AbortController();
  });

  /** The engine as a list of what it was asked; everything else is the real adapters. */
  function depsOf(config: Config, push: () => Promise<string | null> = async () => DIGEST): DeployDeps {
    return {
      images: {
        contentHash: async () => content,
        ping: async () => void engine.push('ping'),
        build: async (reference) => void engine.push(`build ${reference}`),
        push: async (reference, login) => {
          engine.push(`push ${reference} as ${login.username}`);
          const digest = await push();
          await land(reference);
          return digest;
        },
      },
      registry: ecrRegistry(clients, config.ecrRepoName),
      definitions: batchDefinitions(clients, config.jobDefinitionName),
      foundations: awsFoundations(clients, awsNames(config)),
      reporter: {
        note: () => {},
        warn: (line) => void warned.push(line),
        event: () => {},
        progress: () => {},
      },
      stop: stopping.signal,
      version: '1.2.3',
    };
  }

  const run = (
    env: Record<string, string> = {},
    image: string | null = null,
    push?: () => Promise<string | null>,
  ) => {
    const config = configOf(env);
    return deploy(depsOf(config, push), config, { image });
  };

  it('registers nothing once it was interrupted, and goes on with the next deploy', async () => {
    await setUp();
    const interrupted = run({}, null, () => {
      stopping.abort();
      return Promise.resolve(DIGEST);
    });
    await expect(interrupted).rejects.toMatchObject({ exitCode: 130 });
    stopping = new AbortController();
    engine = [];
    expect((await run()).report).toMatchObject({ build: 'present', registration: 'done', revision: 1 });
    expect(engine).toEqual([]);
  });

  it('builds, pushes and registers by digest', async () => {
    await setUp();
    const { report } = await run();
    const reference = `${REGISTRY}/cog-converter:worker-c0ffee`;
    expect(engine).toEqual(['ping', `build ${reference}`, `push ${reference} as AWS`]);
    expect(report).toMatchObject({ build: 'done', revision: 1, registration: 'done' });
    expect(stub.state.definitions[0]).toMatchObject({
      containerProperties: {
        image: `${REGISTRY}/cog-converter@${DIGEST}`,
        jobRoleArn: 'arn:aws:iam::123456789012:role/cog-converter-job-role',
      },
      tags: { app: 'cogconv', 'cogconv-version': '1.2.3' },
    });
  });

  it('does nothing the second time', async () => {
    await setUp();
    await run();
    engine = [];
    const { report } = await run();
    expect(engine).toEqual([]);
    expect(report).toMatchObject({ build: 'present', revision: 1, registration: 'present' });
    expect(stub.callsOf('RegisterJobDefinition')).toHaveLength(1);
  });

  it('registers again for another setting, without a build', async () => {
    await setUp();
    await run();
    engine = [];
    const { report } = await run({ JOB_TIMEOUT: '7200' });
    expect(engine).toEqual([]);
    expect(report).toMatchObject({ build: 'present', revision: 2, registration: 'done' });
  });

  it('builds again for other content', async () => {
    await setUp();
    await run();
    content = 'beef';
    expect((await run()).report).toMatchObject({ build: 'done', revision: 2 });
  });

  it("takes ECR's digest when the engine tells none", async () => {
    await setUp();
    expect((await run({}, null, async () => null)).report).toMatchObject({
      image: `${REGISTRY}/cog-converter@${DIGEST}`,
    });
  });

  it('changes nothing in a dry run', async () => {
    await setUp();
    const { report } = await run({ DRY_RUN: 'true' });
    expect(engine).toEqual([]);
    expect(report).toMatchObject({ build: 'planned', registration: 'planned', revision: null });
    expect(stub.callsOf('RegisterJobDefinition')).toHaveLength(0);
  });

  it('takes a given image without an engine and warns of a tag', async () => {
    await setUp();
    const { report } = await run({}, 'ghcr.io/me/worker:1');
    expect(engine).toEqual([]);
    expect(report).toMatchObject({ image: 'ghcr.io/me/worker:1', build: null, registration: 'done' });
    expect(warned).toEqual([expect.stringContaining('is no digest')]);
  });

  it('refuses an image that is none', async () => {
    await setUp();
    await expect(run({}, 'two words')).rejects.toMatchObject({ name: 'ConfigError', exitCode: 2 });
  });

  it('names setup when its repository is missing, and builds nothing', async () => {
    await expect(run()).rejects.toMatchObject({
      exitCode: 4,
      message: 'there is no ECR repository cog-converter in us-east-1',
      hint: 'run cogconv setup first',
    });
    expect(engine).toEqual([]);
  });

  it('names setup when the queue is missing', async () => {
    await setUp();
    await expect(run({ JOB_QUEUE_NAME: 'other' })).rejects.toMatchObject({
      exitCode: 4,
      message: 'there is no job queue other in us-east-1',
    });
  });

  describe('checkDeployment', () => {
    it('names deploy when there is no job definition', async () => {
      const config = configOf();
      await expect(checkDeployment(depsOf(config), config)).rejects.toMatchObject({
        exitCode: 4,
        hint: 'run cogconv deploy first',
      });
    });

    it('says nothing of what is as deployed, and what differs', async () => {
      await setUp();
      await run();
      const config = configOf();
      await checkDeployment(depsOf(config), config);
      expect(warned).toEqual([]);
      await checkDeployment({ ...depsOf(config), version: '1.3.0' }, config);
      expect(warned).toEqual([]);
      content = 'beef';
      await checkDeployment({ ...depsOf(config), version: '1.3.0' }, config);
      expect(warned).toEqual([
        'the deployed worker is cogconv 1.2.3, this is 1.3.0; run cogconv deploy to change that',
      ]);
    });
  });
});
