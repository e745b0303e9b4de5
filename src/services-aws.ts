import type { AwsAccess, AwsClients } from './aws/clients.ts';
import type { OpenInfrastructure } from './aws/open-infrastructure.ts';
import type { DeployDeps } from './commands/deploy.ts';
import type { Config } from './config.ts';
import { awsNames, ownTags } from './plan/aws-names.ts';
import { creationTags } from './plan/compute.ts';
import type { JobLogs } from './ports-deploy.ts';
import type { Clock, Reporter, Runner } from './ports.ts';
import { once } from './once.ts';

/** What the AWS adapters need of the process. */
export interface AwsEdge {
  readonly version: string;
  /** Where Dockerfile and dist/ are. */
  readonly packageDir: string;
  readonly clock: Clock;
  readonly reporter: Reporter;
  readonly stop: AbortSignal;
  readonly kill: AbortSignal;
  /** The subcommand, for the hint of access errors. */
  readonly command: string;
}

/** Adapters to AWS and Docker, each loaded when first asked for. */
export interface AwsServices {
  /** The runner for jobs of `bucket`. */
  batchRunner(bucket: string): Promise<Runner>;
  jobLogs(): Promise<JobLogs>;
  deployDeps(): Promise<DeployDeps>;
  infrastructure(): Promise<OpenInfrastructure>;
  close(): void;
}

/** Nothing is loaded and no credentials are looked for before the first call. */
export function openAws(config: () => Config, access: () => AwsAccess, edge: AwsEdge): AwsServices {
  const { clock, stop, kill, command } = edge;
  // runs are looked at once more after Ctrl-C, and a submit must be looked for when its answer is lost
  const patient = { clock, stop, kill, command };
  const prompt = { ...patient, endReads: stop };
  const clients = once(async () => (await import('./aws/clients.ts')).createClients(access(), patient));
  const ofDeploy = once(async () => (await import('./aws/clients.ts')).createClients(access(), prompt));
  const infrastructure = once(async () => {
    const { openInfrastructure } = await import('./aws/open-infrastructure.ts');
    return openInfrastructure(access(), prompt);
  });
  return {
    batchRunner: async (bucket) => connectBatch(await clients(), config(), bucket, edge),
    jobLogs: async () => (await import('./aws/job-logs.ts')).cloudWatchLogs(await clients()),
    deployDeps: async () => connectDeploy(await ofDeploy(), config(), edge),
    infrastructure,
    close: () => {
      for (const opened of [clients.opened(), ofDeploy.opened(), infrastructure.opened()]) {
        opened?.then(
          (one) => {
            one.close();
          },
          () => undefined,
        );
      }
    },
  };
}

async function connectBatch(
  clients: AwsClients,
  config: Config,
  bucket: string,
  { clock, version }: AwsEdge,
): Promise<Runner> {
  const { batchRunner } = await import('./aws/batch-runner.ts');
  return batchRunner(clients, clock, {
    queue: config.jobQueueName,
    definition: config.jobDefinitionName,
    bucket,
    cogPrefix: config.cogPrefix,
    jobTimeout: config.jobTimeout,
    tags: creationTags(ownTags(config.tags), version),
  });
}

async function connectDeploy(clients: AwsClients, config: Config, edge: AwsEdge): Promise<DeployDeps> {
  const { ecrRegistry } = await import('./aws/image-registry.ts');
  const { batchDefinitions } = await import('./aws/job-definitions.ts');
  const { awsFoundations } = await import('./aws/foundations.ts');
  const { dockerImageBuilder } = await import('./docker/image-builder.ts');
  return {
    images: dockerImageBuilder(edge.packageDir, edge.reporter, edge.stop),
    registry: ecrRegistry(clients, config.ecrRepoName),
    definitions: batchDefinitions(clients, config.jobDefinitionName),
    foundations: awsFoundations(clients, awsNames(config)),
    reporter: edge.reporter,
    stop: edge.stop,
    version: edge.version,
  };
}
