import {
  CreateJobQueueCommand,
  DeleteJobQueueCommand,
  DescribeJobQueuesCommand,
  UpdateJobQueueCommand,
  type BatchClient,
  type CreateJobQueueRequest,
  type JobQueueDetail,
} from '@aws-sdk/client-batch';
import { NotSetUpError } from '../errors.ts';
import type { Tags } from '../plan/aws-names.ts';
import type { QueueSpec, QueueState } from '../plan/compute.ts';
import { awsMessage } from './aws-error.ts';
import { whenReady, type Waiting } from './consistency.ts';

/** The queue of this name; null: none. */
export async function findQueue(batch: BatchClient, name: string): Promise<QueueState | null> {
  const [detail] = (await batch.send(new DescribeJobQueuesCommand({ jobQueues: [name] }))).jobQueues ?? [];
  // deleted ones are told of for a while
  return detail === undefined || detail.status === 'DELETED' ? null : queueState(detail);
}

/** Creates it; repeated while Batch does not count the environment as VALID yet. */
export async function createQueue(
  { batch, waiting }: { readonly batch: BatchClient; readonly waiting: Waiting },
  spec: QueueSpec,
  tags: Tags,
): Promise<void> {
  const create = new CreateJobQueueCommand({ jobQueueName: spec.name, tags: { ...tags }, ...settings(spec) });
  await whenReady(waiting, () => batch.send(create));
}

/** Brings everything but tags to what is wanted. */
export async function updateQueue(batch: BatchClient, waiting: Waiting, spec: QueueSpec): Promise<void> {
  const update = new UpdateJobQueueCommand({ jobQueue: spec.name, ...settings(spec) });
  await whenReady(waiting, () => batch.send(update));
}

/** DISABLED; nothing when there is none. */
export async function disableQueue(batch: BatchClient, waiting: Waiting, name: string): Promise<void> {
  const disable = new UpdateJobQueueCommand({ jobQueue: name, state: 'DISABLED' });
  await unlessMissing(whenReady(waiting, () => batch.send(disable)));
}

/** Deletes a DISABLED queue; nothing when there is none. */
export async function deleteQueue(batch: BatchClient, waiting: Waiting, name: string): Promise<void> {
  await unlessMissing(whenReady(waiting, () => batch.send(new DeleteJobQueueCommand({ jobQueue: name }))));
}

/** Batch's way to say that an environment or a queue is not there. */
export function isMissing(error: unknown): boolean {
  return error instanceof NotSetUpError || awsMessage(error).includes(' does not exist');
}

async function unlessMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function settings(spec: QueueSpec): Omit<CreateJobQueueRequest, 'jobQueueName'> {
  return {
    state: 'ENABLED',
    priority: spec.priority,
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: spec.environmentArn }],
    jobStateTimeLimitActions: spec.timeLimits.map((limit) => ({
      ...limit,
      state: 'RUNNABLE',
      action: 'CANCEL',
    })),
  };
}

function queueState(detail: JobQueueDetail): QueueState {
  const { computeEnvironmentOrder = [], jobStateTimeLimitActions = [], tags = {} } = detail;
  const order = computeEnvironmentOrder.toSorted((a, b) => (a.order ?? 0) - (b.order ?? 0));
  return {
    ...status(detail),
    environments: order.map(({ computeEnvironment = '' }) => computeEnvironment.split('/').at(-1) ?? ''),
    timeLimits: jobStateTimeLimitActions.map(({ reason = '', maxTimeSeconds = 0 }) => ({
      reason,
      maxTimeSeconds,
    })),
    tags,
  };
}

function status(
  detail: JobQueueDetail,
): Pick<QueueState, 'arn' | 'state' | 'status' | 'statusReason' | 'priority'> {
  const { jobQueueArn = '', state = '', status = '', statusReason = '', priority = 0 } = detail;
  return { arn: jobQueueArn, state, status, statusReason, priority };
}
