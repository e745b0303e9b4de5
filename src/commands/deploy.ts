import { createHash } from 'node:crypto';
import type { Config } from '../config.ts';
import { isDirectoryBucket } from '../contract/naming.ts';
import { ConfigError, DockerError, EXIT } from '../errors.ts';
import { awsNames, ownTags } from '../plan/aws-names.ts';
import { creationTags } from '../plan/compute.ts';
import { EXTERNAL_IMAGE, PARAMETERS, storageText } from '../plan/drift.ts';
import { jobDefinition, type JobDefinition, type JobDefinitionFacts } from '../plan/job-definition.ts';
import type { Foundations, ImageBuilder, ImageRegistry, JobDefinitions } from '../ports-deploy.ts';
import type { Interrupts, Reporter } from '../ports.ts';
import type { Outcome } from './outcome.ts';
import { throwIfStopped } from './wait-until.ts';

/** What `deploy` works with. */
export interface DeployDeps extends Pick<Interrupts, 'stop'> {
  readonly images: ImageBuilder;
  readonly registry: ImageRegistry;
  readonly definitions: JobDefinitions;
  readonly foundations: Foundations;
  readonly reporter: Reporter;
  /** Of cogconv. */
  readonly version: string;
}

/** Settings that `deploy` follows. */
export type DeployConfig = Pick<
  Config,
  | 'bucket'
  | 'sourcePrefix'
  | 'cogPrefix'
  | 'batchJobName'
  | 'computeEnvName'
  | 'jobQueueName'
  | 'jobDefinitionName'
  | 'ecrRepoName'
  | 'gdalImage'
  | 'nodeImage'
  | 'region'
  | 'jobVcpus'
  | 'jobMemory'
  | 'jobTimeout'
  | 'tags'
  | 'dryRun'
>;

/** What is typed behind the command. */
export interface DeployOptions {
  /** An image that is already in a registry; nothing is built. */
  readonly image: string | null;
}

/** `planned`: a dry run would do it. */
export type DeployStep = 'done' | 'planned' | 'present';

/** `cogconv deploy`; `needed: false`: the bucket is a directory, jobs run on this machine. */
export type DeployReport = { readonly needed: false; readonly directory: string } | Deployment;

/** What is deployed now. */
export interface Deployment {
  readonly needed: true;
  readonly dryRun: boolean;
  /** By digest, but for a dry run and `--image`. */
  readonly image: string;
  /** null: `--image`. */
  readonly build: DeployStep | null;
  readonly definition: string;
  /** null: a dry run would register it. */
  readonly revision: number | null;
  readonly registration: DeployStep;
}

interface WorkerImage {
  readonly uri: string;
  /** What PARAMETERS.image holds. */
  readonly hash: string;
  readonly build: DeployStep | null;
}

/** Longest image that Batch takes. */
const MAX_IMAGE = 255;

/**
 * Builds and pushes the worker image and registers the job definition by its digest; what is there already stays.
 * @throws NotSetUpError before anything is built, DockerError, ConfigError, InterruptedError
 */
export async function deploy(
  deps: DeployDeps,
  config: DeployConfig,
  { image }: DeployOptions,
): Promise<Outcome<DeployReport>> {
  if (isDirectoryBucket(config.bucket)) {
    return { report: { needed: false, directory: config.bucket }, exitCode: EXIT.done };
  }
  const repository = await deps.registry.repositoryUri();
  const jobRoleArn = await deps.foundations.jobRoleArn();
  await deps.foundations.requireQueue();
  const worker = image === null ? await ensureImage(deps, config, repository) : givenImage(deps, image);
  const definition = wantedDefinition(deps, config, worker, jobRoleArn);
  const registered = await ensureDefinition(deps, config, definition, worker);
  return {
    report: {
      needed: true,
      dryRun: config.dryRun,
      image: worker.uri,
      build: worker.build,
      definition: config.jobDefinitionName,
      ...registered,
    },
    exitCode: EXIT.done,
  };
}

/** The tag names the content, so an image that is there needs neither engine nor push. */
async function ensureImage(deps: DeployDeps, config: DeployConfig, repository: string): Promise<WorkerImage> {
  const hash = await deps.images.contentHash(config);
  const tag = imageTag(hash);
  const found = await deps.registry.digestOf(tag);
  if (found !== null) return { uri: `${repository}@${found}`, hash, build: 'present' };
  if (config.dryRun) return { uri: `${repository}:${tag}`, hash, build: 'planned' };
  const digest = await buildAndPush(deps, config, `${repository}:${tag}`, tag);
  return { uri: `${repository}@${digest}`, hash, build: 'done' };
}

/** Two deploys may race for one tag, which is immutable: ECR's word on the digest comes first. */
async function buildAndPush(
  { images, registry, reporter, stop }: DeployDeps,
  config: DeployConfig,
  reference: string,
  tag: string,
): Promise<string> {
  throwIfStopped(stop);
  await images.ping();
  reporter.note(`building ${reference}`);
  await images.build(reference, config);
  throwIfStopped(stop);
  reporter.note(`pushing ${reference}`);
  const pushed = await pushOrLose(images, registry, reference);
  const digest = (await registry.digestOf(tag)) ?? pushed;
  if (digest !== null) return digest;
  throw new DockerError(`the push of ${reference} ended, but the image is not in ECR`, {
    hint: 'run cogconv deploy again',
  });
}

async function pushOrLose(
  images: ImageBuilder,
  registry: ImageRegistry,
  reference: string,
): Promise<string | null> {
  try {
    return await images.push(reference, await registry.login());
  } catch (error) {
    const wasFirst =
      error instanceof DockerError &&
      error.message.includes('cannot be overwritten because the repository is immutable');
    if (wasFirst) return null;
    throw error;
  }
}

function givenImage({ reporter }: DeployDeps, image: string): WorkerImage {
  if (!/^[a-z0-9][^\s@]*(?:@sha256:[0-9a-f]{64})?$/.test(image) || image.length > MAX_IMAGE) {
    throw new ConfigError([
      `--image is ${JSON.stringify(image)}: must be an image such as registry/repository@sha256:..., ${String(MAX_IMAGE)} characters at most`,
    ]);
  }
  if (!image.includes('@')) {
    reporter.warn(
      `${image} is no digest: another image may be behind it tomorrow, and for each attempt of a job`,
    );
  }
  return { uri: image, hash: EXTERNAL_IMAGE, build: null };
}

function wantedDefinition(
  { version }: DeployDeps,
  config: DeployConfig,
  { uri, hash }: WorkerImage,
  jobRoleArn: string,
): JobDefinition {
  const facts: JobDefinitionFacts = {
    name: config.jobDefinitionName,
    image: uri,
    jobRoleArn,
    logGroup: awsNames(config).logGroup,
    region: config.region,
    vcpus: config.jobVcpus,
    memoryMiB: config.jobMemory,
    timeoutSeconds: config.jobTimeout,
    tags: creationTags(ownTags(config.tags), version),
    parameters: {
      [PARAMETERS.image]: hash,
      [PARAMETERS.version]: version,
      [PARAMETERS.storage]: storageText(config),
    },
  };
  const digest = createHash('sha256')
    .update(JSON.stringify(jobDefinition(facts)))
    .digest('hex')
    .slice(0, 32);
  return jobDefinition({ ...facts, parameters: { ...facts.parameters, [PARAMETERS.definition]: digest } });
}

async function ensureDefinition(
  { definitions, stop }: DeployDeps,
  { dryRun }: DeployConfig,
  wanted: JobDefinition,
  { build }: WorkerImage,
): Promise<Pick<Deployment, 'revision' | 'registration'>> {
  const latest = await definitions.latest();
  const hash = wanted.parameters[PARAMETERS.definition];
  if (latest?.parameters[PARAMETERS.definition] === hash && build !== 'planned') {
    return { revision: latest?.revision ?? null, registration: 'present' };
  }
  if (dryRun) return { revision: null, registration: 'planned' };
  throwIfStopped(stop);
  const { revision } = await definitions.register(wanted);
  return { revision, registration: 'done' };
}

function imageTag(contentHash: string): string {
  return `worker-${contentHash}`;
}
