import type { Config } from '../config.ts';
import { DockerError, NotSetUpError } from '../errors.ts';
import { awsNames } from '../plan/aws-names.ts';
import { describeDrift } from '../plan/drift.ts';
import type { DeployDeps } from './deploy.ts';

/** What the check works with; no Docker engine is asked. */
export type CheckDeps = Pick<DeployDeps, 'images' | 'definitions' | 'foundations' | 'reporter' | 'version'>;

/**
 * Before anything of a run is written: is there a queue and a job definition, and is what is deployed what this cogconv
 * and its settings would deploy? Differences are warned of.
 * @throws NotSetUpError naming the command to run first
 */
export async function checkDeployment(deps: CheckDeps, config: Config): Promise<void> {
  await deps.foundations.requireQueue();
  const deployed = await deps.definitions.latest();
  if (deployed === null) {
    throw new NotSetUpError(`there is no job definition ${config.jobDefinitionName} in ${config.region}`, {
      hint: 'run cogconv deploy first',
    });
  }
  const { jobRole: jobRoleName, logGroup } = awsNames(config);
  const imageHash = await contentHash(deps, config);
  const wanted = { version: deps.version, imageHash, jobRoleName, logGroup, storage: config };
  for (const line of describeDrift(deployed, wanted)) deps.reporter.warn(line);
}

async function contentHash({ images }: CheckDeps, config: Config): Promise<string | null> {
  try {
    return await images.contentHash(config);
  } catch (error) {
    if (error instanceof DockerError) return null;
    throw error;
  }
}
