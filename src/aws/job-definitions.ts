import {
  paginateDescribeJobDefinitions,
  RegisterJobDefinitionCommand,
  type JobDefinition as BatchDefinition,
} from '@aws-sdk/client-batch';
import type { DeployedDefinition, JobDefinitions } from '../ports-deploy.ts';
import type { AwsClients } from './clients.ts';

/** The revisions of the job definition of this name. */
export function batchDefinitions(clients: AwsClients, jobDefinitionName: string): JobDefinitions {
  return {
    latest: () => latest(clients, jobDefinitionName),
    register: async (definition) => {
      const client = await clients.batch();
      const { jobDefinitionArn = '', revision = 0 } = await client.send(
        new RegisterJobDefinitionCommand(definition),
      );
      return { arn: jobDefinitionArn, revision };
    },
  };
}

/** Pages come in no promised order, hence all of them. */
async function latest(clients: AwsClients, jobDefinitionName: string): Promise<DeployedDefinition | null> {
  const client = await clients.batch();
  let newest: BatchDefinition | null = null;
  for await (const { jobDefinitions = [] } of paginateDescribeJobDefinitions(
    { client },
    { jobDefinitionName, status: 'ACTIVE' },
  )) {
    for (const one of jobDefinitions) {
      if ((one.revision ?? 0) > (newest?.revision ?? 0)) newest = one;
    }
  }
  return newest === null ? null : deployed(newest);
}

function deployed(found: BatchDefinition): DeployedDefinition {
  const { image = '', jobRoleArn, logConfiguration } = found.containerProperties ?? {};
  return {
    arn: found.jobDefinitionArn ?? '',
    revision: found.revision ?? 0,
    image,
    parameters: found.parameters ?? {},
    jobRoleArn: jobRoleArn ?? null,
    logGroup: logConfiguration?.options?.['awslogs-group'] ?? null,
  };
}
