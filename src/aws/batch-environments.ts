import {
  DeregisterJobDefinitionCommand,
  ListJobsCommand,
  paginateDescribeJobDefinitions,
  paginateListJobs,
  TagResourceCommand,
  TerminateJobCommand,
  type BatchClient,
  type JobSummary,
} from '@aws-sdk/client-batch';
import type { ActiveJob, DefinitionState, Environments } from '../ports-aws.ts';
import {
  createEnvironment,
  deleteEnvironment,
  disableEnvironment,
  findEnvironment,
  updateEnvironment,
} from './batch-environment.ts';
import { createQueue, deleteQueue, disableQueue, findQueue, isMissing, updateQueue } from './batch-queue.ts';
import type { AwsClients } from './clients.ts';
import type { Waiting } from './consistency.ts';

const ACTIVE = ['SUBMITTED', 'PENDING', 'RUNNABLE', 'STARTING', 'RUNNING'] as const;

/** Compute environments, queues and definitions in Batch. */
export function batchEnvironments({ batch }: AwsClients, waiting: Waiting): Environments {
  return {
    findEnvironment: async (name) => await findEnvironment(await batch(), name),
    createEnvironment: async (spec, role, tags) => {
      await createEnvironment({ batch: await batch(), waiting }, spec, role, tags);
    },
    updateEnvironment: async (spec, scope) => {
      await updateEnvironment({ batch: await batch(), waiting }, spec, scope);
    },
    disableEnvironment: async (name) => {
      await disableEnvironment(await batch(), waiting, name);
    },
    deleteEnvironment: async (name) => {
      await deleteEnvironment(await batch(), waiting, name);
    },
    findQueue: async (name) => await findQueue(await batch(), name),
    createQueue: async (spec, tags) => {
      await createQueue({ batch: await batch(), waiting }, spec, tags);
    },
    updateQueue: async (spec) => {
      await updateQueue(await batch(), waiting, spec);
    },
    disableQueue: async (name) => {
      await disableQueue(await batch(), waiting, name);
    },
    deleteQueue: async (name) => {
      await deleteQueue(await batch(), waiting, name);
    },
    tag: async (resourceArn, tags) => {
      await (await batch()).send(new TagResourceCommand({ resourceArn, tags: { ...tags } }));
    },
    activeDefinitions: async (name) => await activeDefinitions(await batch(), name),
    deregister: async (jobDefinition) => {
      await (await batch()).send(new DeregisterJobDefinitionCommand({ jobDefinition }));
    },
    activeJobs: async (queue) => await activeJobs(await batch(), queue),
    activeChildren: async (arrayJobId) => await activeChildren(await batch(), arrayJobId),
    terminate: async (jobId, reason) => {
      await (await batch()).send(new TerminateJobCommand({ jobId, reason }));
    },
  };
}

/** Batch promises no order, and 100 a page. */
async function activeDefinitions(client: BatchClient, jobDefinitionName: string): Promise<DefinitionState[]> {
  const found: DefinitionState[] = [];
  const pages = paginateDescribeJobDefinitions({ client }, { jobDefinitionName, status: 'ACTIVE' });
  for await (const { jobDefinitions = [] } of pages) {
    for (const { jobDefinitionArn = '', revision = 0, containerProperties, tags = {} } of jobDefinitions) {
      found.push({ arn: jobDefinitionArn, revision, image: containerProperties?.image ?? '', tags });
    }
  }
  return found.toSorted((a, b) => b.revision - a.revision);
}

/** Jobs of all states that are not over, one state at a time: without one, ListJobs tells of RUNNING jobs alone. */
async function activeJobs(client: BatchClient, jobQueue: string): Promise<ActiveJob[]> {
  const found: ActiveJob[] = [];
  try {
    for (const jobStatus of ACTIVE) {
      for await (const page of paginateListJobs({ client }, { jobQueue, jobStatus })) {
        found.push(...(page.jobSummaryList ?? []).map((job) => activeJob(job, jobStatus)));
      }
    }
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
  return found;
}

/** A queue lists array parents alone, and those are PENDING while their children wait and run. */
async function activeChildren(client: BatchClient, arrayJobId: string): Promise<ActiveJob[]> {
  const found: ActiveJob[] = [];
  for (const jobStatus of ['RUNNABLE', 'STARTING', 'RUNNING'] as const) {
    const { jobSummaryList = [] } = await client.send(new ListJobsCommand({ arrayJobId, jobStatus }));
    found.push(...jobSummaryList.map((job) => activeJob(job, jobStatus)));
  }
  return found;
}

function activeJob({ jobId = '', statusReason, createdAt = 0 }: JobSummary, status: string): ActiveJob {
  return { jobId, status, statusReason: statusReason ?? null, createdAt };
}
