import type {
  ComputeResource,
  ComputeResourceUpdate,
  CreateComputeEnvironmentRequest,
  CreateComputeEnvironmentResponse,
  DeleteComputeEnvironmentRequest,
  DescribeComputeEnvironmentsRequest,
  DescribeComputeEnvironmentsResponse,
  UpdateComputeEnvironmentRequest,
  UpdateComputeEnvironmentResponse,
} from '@aws-sdk/client-batch';
import { page } from './paging.ts';
import { demand, demandName, stubArn, type StubEnvironment, type StubState } from './stub-state.ts';

const SPOT_STRATEGIES = [
  'SPOT_CAPACITY_OPTIMIZED',
  'SPOT_PRICE_CAPACITY_OPTIMIZED',
  'SPOT_CAPACITY_OPTIMIZED_PRIORITIZED',
];
const EC2_STRATEGIES = ['BEST_FIT_PROGRESSIVE', 'BEST_FIT_PROGRESSIVE_ORDERED'];
const SCALING_FIELDS = ['minvCpus', 'maxvCpus', 'desiredvCpus'];
const SERVICE_LINKED = 'aws-service-role/batch.amazonaws.com';

/** CreateComputeEnvironment of a managed EC2 or SPOT environment. */
export function createComputeEnvironment(
  state: StubState,
  request: CreateComputeEnvironmentRequest,
): CreateComputeEnvironmentResponse {
  const name = demandName(request.computeEnvironmentName, 'computeEnvironmentName');
  demand(!state.environments.has(name), 'Object already exists');
  demand(request.type === 'MANAGED', 'type must be MANAGED');
  demand(
    (request.state ?? 'ENABLED') === 'ENABLED',
    'state must be ENABLED when a compute environment is created',
  );
  const resources = request.computeResources;
  demand(resources !== undefined, 'computeResources is required');
  demandResources(resources);
  const computeEnvironmentArn = stubArn(state, 'compute-environment', name);
  const environment: StubEnvironment = {
    detail: {
      computeEnvironmentName: name,
      computeEnvironmentArn,
      ecsClusterArn: `arn:aws:ecs:${state.region}:${state.account}:cluster/${name}_Batch`,
      type: 'MANAGED',
      state: 'ENABLED',
      status: 'CREATING',
      statusReason: '',
      serviceRole:
        request.serviceRole ?? `arn:aws:iam::${state.account}:role/${SERVICE_LINKED}/AWSServiceRoleForBatch`,
      computeResources: { desiredvCpus: 0, minvCpus: 0, ...resources },
      tags: { ...request.tags },
    },
    readyAt: 0,
    next: null,
  };
  state.environments.set(name, environment);
  settleLater(state, environment);
  return { computeEnvironmentName: name, computeEnvironmentArn };
}

/** UpdateComputeEnvironment: scaling at any rest, all else only with the service-linked role and a strategy that allows it. */
export function updateComputeEnvironment(
  state: StubState,
  request: UpdateComputeEnvironmentRequest,
): UpdateComputeEnvironmentResponse {
  const environment = findEnvironment(state, request.computeEnvironment);
  const { detail } = environment;
  demand(environment.next === null, 'Cannot update, resource is being modified');
  if (request.serviceRole !== undefined && request.serviceRole !== detail.serviceRole) {
    demand(
      isServiceLinked(request.serviceRole) === isServiceLinked(detail.serviceRole),
      'serviceRole cannot change kind',
    );
    detail.serviceRole = request.serviceRole;
  }
  const change = request.computeResources ?? {};
  if (Object.keys(change).some((field) => !SCALING_FIELDS.includes(field))) demandReplaceable(environment);
  const merged = { ...detail.computeResources, ...withoutRequests(change) } as ComputeResource;
  demandResources(merged);
  demandGrowth(detail.computeResources, change);
  detail.computeResources = merged;
  if (request.state !== undefined) detail.state = request.state;
  detail.status = 'UPDATING';
  settleLater(state, environment);
  return {
    computeEnvironmentName: detail.computeEnvironmentName ?? '',
    computeEnvironmentArn: detail.computeEnvironmentArn ?? '',
  };
}

/** DeleteComputeEnvironment: DISABLED, at rest and without a queue; then DELETING for a while. */
export function deleteComputeEnvironment(state: StubState, request: DeleteComputeEnvironmentRequest): object {
  const environment = findEnvironment(state, request.computeEnvironment);
  const { detail } = environment;
  demand(detail.state === 'DISABLED', 'Cannot delete, resource state should be DISABLED');
  demand(environment.next === null, 'Cannot delete, resource is being modified');
  demand(
    !isHeld(state, detail.computeEnvironmentArn ?? ''),
    'Cannot delete, found existing JobQueue relationship',
  );
  detail.status = 'DELETING';
  environment.readyAt = state.now + state.transitionMs;
  environment.next = { status: 'DELETED', statusReason: '' };
  return {};
}

/** DescribeComputeEnvironments: 100 a page; a missing one is no error. */
export function describeComputeEnvironments(
  state: StubState,
  request: DescribeComputeEnvironmentsRequest,
): DescribeComputeEnvironmentsResponse {
  const wanted = request.computeEnvironments;
  const found = [...state.environments.values()]
    .map((environment) => environment.detail)
    .filter(
      (one) =>
        wanted === undefined ||
        wanted.includes(one.computeEnvironmentName ?? '') ||
        wanted.includes(one.computeEnvironmentArn ?? ''),
    );
  const { items, nextToken } = page(found, 100, request);
  return { computeEnvironments: [...items], ...(nextToken === undefined ? {} : { nextToken }) };
}

/** By name or ARN. @throws StubFault */
export function findEnvironment(state: StubState, text: string | undefined): StubEnvironment {
  const name = (text ?? '').replace(/^arn:.*:compute-environment\//, '');
  const environment = state.environments.get(name);
  demand(
    environment !== undefined,
    `Error executing request, Exception : ${stubArn(state, 'compute-environment', name)} does not exist`,
  );
  return environment;
}

function settleLater(state: StubState, environment: StubEnvironment): void {
  const name = environment.detail.computeEnvironmentName ?? '';
  const reason = state.invalid.get(name);
  state.invalid.delete(name);
  environment.readyAt = state.now + state.transitionMs;
  environment.next =
    reason === undefined
      ? { status: 'VALID', statusReason: 'ComputeEnvironment Healthy' }
      : { status: 'INVALID', statusReason: reason };
}

/** updateToLatestImageVersion asks for something to be done; it is not stored. */
function withoutRequests(change: ComputeResourceUpdate): object {
  return Object.fromEntries(
    Object.entries(change).filter(([field]) => field !== 'updateToLatestImageVersion'),
  );
}

function demandResources(resources: ComputeResource): void {
  const { minvCpus = 0, maxvCpus = -1, subnets = [], instanceTypes = [], instanceRole = '' } = resources;
  demand(maxvCpus >= minvCpus, 'maxvCpus must not be less than minvCpus');
  demand(subnets.length > 0, 'subnets is required');
  demand(instanceTypes.length > 0, 'instanceTypes is required');
  demand(
    /^(?:arn:.*:instance-profile\/)?[\w+=,.@-]+$/.test(instanceRole),
    'instanceRole must be an instance profile',
  );
  demandTemplate(resources);
  demandStrategy(resources);
}

function demandTemplate({ launchTemplate, securityGroupIds = [] }: ComputeResource): void {
  const { launchTemplateId, launchTemplateName } = launchTemplate ?? {};
  demand(
    launchTemplateId === undefined || launchTemplateName === undefined,
    'launchTemplate: id or name, not both',
  );
  demand(securityGroupIds.length > 0 || launchTemplate !== undefined, 'securityGroupIds is required');
}

function demandStrategy({ type, allocationStrategy = 'BEST_FIT', spotIamFleetRole }: ComputeResource): void {
  demand(type === 'SPOT' || type === 'EC2', 'computeResources.type must be SPOT or EC2');
  if (allocationStrategy === 'BEST_FIT') {
    demand(
      type === 'EC2' || Boolean(spotIamFleetRole),
      'spotIamFleetRole is required for SPOT with BEST_FIT',
    );
    return;
  }
  const allowed = type === 'SPOT' ? [...SPOT_STRATEGIES, 'BEST_FIT_PROGRESSIVE'] : EC2_STRATEGIES;
  demand(
    allowed.includes(allocationStrategy),
    `allocationStrategy ${allocationStrategy} does not go with type ${type}`,
  );
}

function demandReplaceable({ detail }: StubEnvironment): void {
  demand(
    isServiceLinked(detail.serviceRole) &&
      (detail.computeResources?.allocationStrategy ?? 'BEST_FIT') !== 'BEST_FIT',
    'Compute environment does not support infrastructure updates: it needs the service-linked role and an allocation strategy other than BEST_FIT',
  );
}

function demandGrowth(old: ComputeResource | undefined, change: ComputeResourceUpdate): void {
  demand((change.desiredvCpus ?? Infinity) >= (old?.desiredvCpus ?? 0), 'desiredvCpus can only grow');
}

function isServiceLinked(role: string | undefined): boolean {
  return role === undefined || role.includes(SERVICE_LINKED);
}

/** By a queue that lists it, or one that was deleted a moment ago: the relationship is eventually consistent. */
function isHeld(state: StubState, arn: string): boolean {
  const queues = [...state.queues.values()].flatMap((queue) => queue.detail.computeEnvironmentOrder ?? []);
  return queues.some((one) => one.computeEnvironment === arn) || (state.heldUntil.get(arn) ?? 0) > state.now;
}
