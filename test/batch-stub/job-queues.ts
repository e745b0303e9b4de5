import type {
  ComputeEnvironmentOrder,
  CreateJobQueueRequest,
  CreateJobQueueResponse,
  DeleteJobQueueRequest,
  DescribeJobQueuesRequest,
  DescribeJobQueuesResponse,
  JobStateTimeLimitAction,
  UpdateJobQueueRequest,
  UpdateJobQueueResponse,
} from '@aws-sdk/client-batch';
import { findEnvironment } from './compute-environments.ts';
import { page } from './paging.ts';
import { demand, demandName, stubArn, type StubQueue, type StubState } from './stub-state.ts';

const LIMIT_REASONS = [
  'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY',
  'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
  'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
  'MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS',
];

/** CreateJobQueue: its environments must be VALID, its name new. */
export function createJobQueue(state: StubState, request: CreateJobQueueRequest): CreateJobQueueResponse {
  const name = demandName(request.jobQueueName, 'jobQueueName');
  demand(!state.queues.has(name), 'Object already exists');
  demandOrder(state, request.computeEnvironmentOrder);
  demand((request.priority ?? -1) >= 0, 'priority must be 0 or more');
  demandLimits(request.jobStateTimeLimitActions);
  const jobQueueArn = stubArn(state, 'job-queue', name);
  const {
    state: wanted = 'ENABLED',
    priority,
    computeEnvironmentOrder,
    jobStateTimeLimitActions,
    tags,
  } = request;
  state.queues.set(name, {
    detail: {
      jobQueueName: name,
      jobQueueArn,
      state: wanted,
      status: 'CREATING',
      priority,
      computeEnvironmentOrder: byArn(state, computeEnvironmentOrder),
      ...(jobStateTimeLimitActions === undefined ? {} : { jobStateTimeLimitActions }),
      tags: { ...tags },
    },
    readyAt: state.now + state.transitionMs,
    next: { status: 'VALID' },
  });
  return { jobQueueName: name, jobQueueArn };
}

/** UpdateJobQueue: refused while another change is under way. */
export function updateJobQueue(state: StubState, request: UpdateJobQueueRequest): UpdateJobQueueResponse {
  const queue = findQueue(state, request.jobQueue);
  demand(queue.next === null, 'Cannot update, resource is being modified');
  const { computeEnvironmentOrder, jobStateTimeLimitActions, priority } = request;
  if (computeEnvironmentOrder !== undefined) {
    demandOrder(state, computeEnvironmentOrder);
    queue.detail.computeEnvironmentOrder = byArn(state, computeEnvironmentOrder);
  }
  demandLimits(jobStateTimeLimitActions);
  if (jobStateTimeLimitActions !== undefined)
    queue.detail.jobStateTimeLimitActions = jobStateTimeLimitActions;
  if (priority !== undefined) queue.detail.priority = priority;
  if (request.state !== undefined) queue.detail.state = request.state;
  queue.detail.status = 'UPDATING';
  queue.readyAt = state.now + state.transitionMs;
  queue.next = { status: 'VALID' };
  return { jobQueueName: queue.detail.jobQueueName ?? '', jobQueueArn: queue.detail.jobQueueArn ?? '' };
}

/** DeleteJobQueue: only when DISABLED and at rest; jobs of it end. */
export function deleteJobQueue(state: StubState, request: DeleteJobQueueRequest): object {
  const queue = findQueue(state, request.jobQueue);
  demand(queue.detail.state === 'DISABLED', 'Cannot delete, resource state should be DISABLED');
  demand(queue.next === null, 'Cannot delete, resource is being modified');
  queue.detail.status = 'DELETING';
  queue.readyAt = state.now + state.transitionMs;
  queue.next = { status: 'DELETED' };
  return {};
}

/** DescribeJobQueues: 100 a page; a missing one is no error. */
export function describeJobQueues(
  state: StubState,
  request: DescribeJobQueuesRequest,
): DescribeJobQueuesResponse {
  const all = [...state.queues.values()].map((queue) => queue.detail);
  const found = all.filter(
    (one) =>
      request.jobQueues === undefined ||
      request.jobQueues.includes(one.jobQueueName ?? '') ||
      request.jobQueues.includes(one.jobQueueArn ?? ''),
  );
  const { items, nextToken } = page(found, 100, request);
  return { jobQueues: [...items], ...(nextToken === undefined ? {} : { nextToken }) };
}

/** By name or ARN. @throws StubFault */
export function findQueue(state: StubState, text: string | undefined): StubQueue {
  const queue = state.queues.get((text ?? '').replace(/^arn:.*:job-queue\//, ''));
  const arn = stubArn(state, 'job-queue', String(text));
  demand(queue !== undefined, `Error executing request, Exception : ${arn} does not exist`);
  return queue;
}

/** Whether jobs of this queue can get a machine: one of its environments is VALID and ENABLED. */
export function isUsable(state: StubState, queueArn: string): boolean {
  const orders = state.queues.get(queueArn.replace(/^.*\//, ''))?.detail.computeEnvironmentOrder ?? [];
  return orders.some(({ computeEnvironment = '' }) => {
    const found = state.environments.get(computeEnvironment.replace(/^.*\//, ''))?.detail;
    return found?.state === 'ENABLED' && (found.status === 'VALID' || found.status === 'UPDATING');
  });
}

function demandOrder(state: StubState, orders: readonly ComputeEnvironmentOrder[] | undefined): void {
  demand(
    (orders?.length ?? 0) >= 1 && (orders?.length ?? 0) <= 3,
    'a queue takes 1 to 3 compute environments',
  );
  for (const { computeEnvironment } of orders ?? []) {
    const { detail } = findEnvironment(state, computeEnvironment);
    demand(
      detail.status === 'VALID' || detail.status === 'UPDATING',
      `${String(detail.computeEnvironmentArn)} must be created and valid before attaching to a job queue`,
    );
  }
}

function byArn(
  state: StubState,
  orders: readonly ComputeEnvironmentOrder[] | undefined,
): ComputeEnvironmentOrder[] {
  return (orders ?? []).map(({ order, computeEnvironment }) => ({
    order,
    computeEnvironment: findEnvironment(state, computeEnvironment).detail.computeEnvironmentArn,
  }));
}

function demandLimits(actions: readonly JobStateTimeLimitAction[] | undefined): void {
  for (const { reason = '', state, maxTimeSeconds = 0, action } of actions ?? []) {
    demand(LIMIT_REASONS.includes(reason), `${reason} is no reason of jobStateTimeLimitActions`);
    demand(
      state === 'RUNNABLE' && action === 'CANCEL',
      'jobStateTimeLimitActions cancels RUNNABLE jobs only',
    );
    demand(maxTimeSeconds >= 600 && maxTimeSeconds <= 86_400, 'maxTimeSeconds must be from 600 to 86400');
  }
}
