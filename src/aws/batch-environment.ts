import {
  CreateComputeEnvironmentCommand,
  DeleteComputeEnvironmentCommand,
  DescribeComputeEnvironmentsCommand,
  UpdateComputeEnvironmentCommand,
  type BatchClient,
  type ComputeEnvironmentDetail,
  type ComputeResource,
  type ComputeResourceUpdate,
  type LaunchTemplateSpecification,
} from '@aws-sdk/client-batch';
import { AwsError } from '../errors.ts';
import type { Tags } from '../plan/aws-names.ts';
import type { EnvironmentSpec, EnvironmentState } from '../plan/compute.ts';
import { awsMessage } from './aws-error.ts';
import { isMissing } from './batch-queue.ts';
import { whenReady, type Waiting } from './consistency.ts';

/** Minutes for which running jobs may go on when an update replaces their instances. */
const JOB_GRACE_MINUTES = 30;

/** The environment of this name; null: none (Batch answers an empty list). */
export async function findEnvironment(batch: BatchClient, name: string): Promise<EnvironmentState | null> {
  const describe = new DescribeComputeEnvironmentsCommand({ computeEnvironments: [name] });
  const [detail] = (await batch.send(describe)).computeEnvironments ?? [];
  // deleted ones are told of for a while
  return detail === undefined || detail.status === 'DELETED' ? null : environmentState(detail);
}

/** Creates it; repeated while Batch does not see the new roles and the launch template yet. */
export async function createEnvironment(
  { batch, waiting }: { readonly batch: BatchClient; readonly waiting: Waiting },
  spec: EnvironmentSpec,
  serviceRole: string,
  tags: Tags,
): Promise<void> {
  const create = new CreateComputeEnvironmentCommand({
    computeEnvironmentName: spec.name,
    type: 'MANAGED',
    // anything else is refused in a creation
    state: 'ENABLED',
    serviceRole,
    tags: { ...tags },
    computeResources: resources(spec),
  });
  await whenReady(waiting, () => batch.send(create));
}

/** Brings size and state, or everything, to what is wanted; jobs may go on for half an hour when instances are replaced. */
export async function updateEnvironment(
  { batch, waiting }: { readonly batch: BatchClient; readonly waiting: Waiting },
  spec: EnvironmentSpec,
  scope: 'scaling' | 'all',
): Promise<void> {
  const scaling = { minvCpus: spec.minVcpus, maxvCpus: spec.maxVcpus };
  const all = { ...resources(spec), updateToLatestImageVersion: true };
  const update = new UpdateComputeEnvironmentCommand({
    computeEnvironment: spec.name,
    state: 'ENABLED',
    computeResources: scope === 'scaling' ? scaling : all,
    ...(scope === 'all'
      ? { updatePolicy: { terminateJobsOnUpdate: false, jobExecutionTimeoutMinutes: JOB_GRACE_MINUTES } }
      : {}),
  });
  await whenReady(waiting, () => batch.send(update));
}

/** DISABLED; nothing when there is none. */
export async function disableEnvironment(batch: BatchClient, waiting: Waiting, name: string): Promise<void> {
  const disable = new UpdateComputeEnvironmentCommand({ computeEnvironment: name, state: 'DISABLED' });
  await unlessMissing(whenReady(waiting, () => batch.send(disable)));
}

const STILL_HELD = /JobQueue relationship|is being modified/i;

/** Deletes a DISABLED environment; repeated while Batch still sees the queue that was deleted a moment ago. */
export async function deleteEnvironment(batch: BatchClient, waiting: Waiting, name: string): Promise<void> {
  const remove = new DeleteComputeEnvironmentCommand({ computeEnvironment: name });
  const isHeld = (error: unknown): boolean => STILL_HELD.test(awsMessage(error));
  try {
    await whenReady(waiting, () => batch.send(remove), isHeld);
  } catch (cause) {
    if (isMissing(cause)) return;
    if (!isHeld(cause)) throw cause;
    throw new AwsError(`compute environment ${name} is still used by a job queue that cogconv did not make`, {
      cause,
      hint: 'delete that queue or give it another environment, then run `cogconv teardown` again',
    });
  }
}

async function unlessMissing(call: Promise<unknown>): Promise<void> {
  try {
    await call;
  } catch (error) {
    if (!isMissing(error)) throw error;
  }
}

function resources(spec: EnvironmentSpec) {
  const { name, version } = spec.launchTemplate;
  return {
    type: spec.type,
    allocationStrategy: spec.allocationStrategy,
    minvCpus: spec.minVcpus,
    maxvCpus: spec.maxVcpus,
    instanceTypes: [...spec.instanceTypes],
    ec2Configuration: [{ imageType: spec.imageType }],
    instanceRole: spec.instanceProfile,
    subnets: [...spec.subnetIds],
    securityGroupIds: [...spec.securityGroupIds],
    launchTemplate: { launchTemplateName: name, version },
    tags: { ...spec.instanceTags },
  } satisfies ComputeResource & ComputeResourceUpdate;
}

function environmentState(detail: ComputeEnvironmentDetail): EnvironmentState {
  const { statusReason = '', type, serviceRole = null } = detail;
  const found: Partial<ComputeResource> = detail.computeResources ?? {};
  return {
    arn: detail.computeEnvironmentArn ?? '',
    state: detail.state ?? '',
    status: detail.status ?? '',
    statusReason,
    managed: type === 'MANAGED',
    serviceRole,
    tags: detail.tags ?? {},
    ...scale(found),
    ...place(found),
    launchTemplate: template(found.launchTemplate),
  };
}

type Scale = Pick<
  EnvironmentState,
  'type' | 'allocationStrategy' | 'minVcpus' | 'maxVcpus' | 'instanceTypes' | 'imageType'
>;
type Place = Pick<EnvironmentState, 'instanceProfile' | 'subnetIds' | 'securityGroupIds' | 'instanceTags'>;

function scale(found: Partial<ComputeResource>): Scale {
  const { type, allocationStrategy, minvCpus = 0, maxvCpus = 0, instanceTypes = [] } = found;
  return {
    type: type ?? null,
    allocationStrategy: allocationStrategy ?? null,
    minVcpus: minvCpus,
    maxVcpus: maxvCpus,
    instanceTypes,
    imageType: found.ec2Configuration?.[0]?.imageType ?? null,
  };
}

function place(found: Partial<ComputeResource>): Place {
  const { subnets = [], securityGroupIds = [], instanceRole = null, tags = {} } = found;
  return { instanceProfile: instanceRole, subnetIds: subnets, securityGroupIds, instanceTags: tags };
}

function template(found: LaunchTemplateSpecification | undefined): EnvironmentState['launchTemplate'] {
  if (found === undefined) return null;
  const { launchTemplateId = null, launchTemplateName = null, version = null } = found;
  return { id: launchTemplateId, name: launchTemplateName, version };
}
