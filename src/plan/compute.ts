import { APP_TAG, type AccountFacts, type AwsNames, type Tags } from './aws-names.ts';
import type { ChosenNetwork } from './network.ts';

/** What a launch template says; disk, instance metadata and the ECS agent. */
export interface LaunchTemplateData {
  readonly deviceName: string;
  readonly diskGb: number;
  readonly volumeType: string;
  readonly encrypted: boolean;
  readonly deleteOnTermination: boolean;
  readonly httpTokens: string;
  readonly hopLimit: number;
  /** A line of `/etc/ecs/ecs.config`; '' = none. */
  readonly ecsSetting: string;
  /** Of the disks: Batch tags instances alone. */
  readonly volumeTags: Tags;
}

/** Whether a template says what is wanted; it may have tags of others besides. */
export function saysWhatIsWanted(found: LaunchTemplateData, wanted: LaunchTemplateData): boolean {
  const own = Object.keys(wanted.volumeTags).map((key) => [key, found.volumeTags[key]]);
  const comparable = { ...found, volumeTags: Object.fromEntries(own) as Tags };
  return JSON.stringify(comparable) === JSON.stringify(wanted);
}

/** A launch template as it should be. */
export interface LaunchTemplateSpec {
  readonly name: string;
  readonly data: LaunchTemplateData;
  readonly tags: Tags;
}

/** A launch template as EC2 has it: its latest version. */
export interface LaunchTemplateState {
  readonly id: string;
  readonly version: number;
  readonly data: LaunchTemplateData;
  readonly tags: Tags;
}

/** A compute environment as it should be. */
export interface EnvironmentSpec {
  readonly name: string;
  readonly type: 'SPOT' | 'EC2';
  readonly allocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED' | 'BEST_FIT_PROGRESSIVE';
  readonly minVcpus: number;
  readonly maxVcpus: number;
  readonly instanceTypes: readonly string[];
  readonly imageType: string;
  /** ARN. */
  readonly instanceProfile: string;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly launchTemplate: { readonly name: string; readonly version: string };
  /** Of the environment. */
  readonly tags: Tags;
  /** Of its instances; changing one replaces them. */
  readonly instanceTags: Tags;
}

/** A compute environment as Batch has it; null: not set. */
export interface EnvironmentState {
  readonly arn: string;
  readonly state: string;
  readonly status: string;
  readonly statusReason: string;
  readonly managed: boolean;
  readonly serviceRole: string | null;
  readonly type: string | null;
  readonly allocationStrategy: string | null;
  readonly minVcpus: number;
  readonly maxVcpus: number;
  readonly instanceTypes: readonly string[];
  readonly imageType: string | null;
  readonly instanceProfile: string | null;
  readonly subnetIds: readonly string[];
  readonly securityGroupIds: readonly string[];
  readonly launchTemplate: {
    readonly id: string | null;
    readonly name: string | null;
    readonly version: string | null;
  } | null;
  readonly tags: Tags;
  readonly instanceTags: Tags;
}

/** What Batch may do with jobs that sit at the head of the queue. */
export interface TimeLimit {
  readonly reason: string;
  readonly maxTimeSeconds: number;
}

/** A queue as it should be. */
export interface QueueSpec {
  readonly name: string;
  readonly environment: string;
  readonly environmentArn: string;
  readonly priority: number;
  readonly timeLimits: readonly TimeLimit[];
  readonly tags: Tags;
}

/** A queue as Batch has it. */
export interface QueueState {
  readonly arn: string;
  readonly state: string;
  readonly status: string;
  readonly statusReason: string;
  /** Names of its environments, in order. */
  readonly environments: readonly string[];
  readonly priority: number;
  readonly timeLimits: readonly TimeLimit[];
  readonly tags: Tags;
}

/** Settings that shape the compute environment. */
export interface ComputeSettings {
  readonly maxVcpus: number;
  readonly useSpot: boolean;
  readonly instanceTypes: readonly string[];
  readonly diskGb: number;
}

/** Root device of the ECS AMI. @see aws/amazon-ecs-ami */
const ROOT_DEVICE = '/dev/xvda';
/** Batch's reasons that no waiting mends; 20 minutes give a change of the environment time to work. */
const HOPELESS = [
  'MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE',
  'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT',
] as const;
const HOPELESS_SECONDS = 1_200;

/** An encrypted gp3 root, because the AMI's 30 GiB hold OS, images and the scratch of all jobs of an instance; IMDSv2. */
export function launchTemplate(names: AwsNames, { diskGb }: ComputeSettings, tags: Tags): LaunchTemplateSpec {
  return {
    name: names.launchTemplate,
    data: {
      deviceName: ROOT_DEVICE,
      diskGb,
      volumeType: 'gp3',
      encrypted: true,
      deleteOnTermination: true,
      httpTokens: 'required',
      // containers on the bridge network are one hop away
      hopLimit: 2,
      // else a job that ended because of a notice would begin again on the machine that is about to go
      ecsSetting: 'ECS_ENABLE_SPOT_INSTANCE_DRAINING=true',
      volumeTags: tags,
    },
    tags,
  };
}

/** What the environment builds on. */
export interface EnvironmentBasis {
  readonly names: AwsNames;
  readonly account: AccountFacts;
  readonly network: ChosenNetwork;
  /** Version of the launch template that holds the wanted data. */
  readonly templateVersion: number;
  readonly tags: Tags;
}

/** From 0 to MAX_VCPUS, on Amazon Linux 2023. @see https://docs.aws.amazon.com/batch/latest/userguide/allocation-strategies.html */
export function environment(basis: EnvironmentBasis, settings: ComputeSettings): EnvironmentSpec {
  const { names, account, network, tags } = basis;
  const { useSpot } = settings;
  return {
    name: names.environment,
    type: useSpot ? 'SPOT' : 'EC2',
    allocationStrategy: useSpot ? 'SPOT_PRICE_CAPACITY_OPTIMIZED' : 'BEST_FIT_PROGRESSIVE',
    minVcpus: 0,
    maxVcpus: settings.maxVcpus,
    instanceTypes: settings.instanceTypes.toSorted(),
    imageType: 'ECS_AL2023',
    instanceProfile: `arn:${account.partition}:iam::${account.accountId}:instance-profile/${names.instanceProfile}`,
    subnetIds: network.subnetIds,
    securityGroupIds: network.securityGroupIds.toSorted(),
    launchTemplate: { name: names.launchTemplate, version: String(basis.templateVersion) },
    tags,
    instanceTags: { ...tags, Name: names.environment },
  };
}

/** One environment, and the two misconfigurations ended that would block all jobs behind. */
export function queue(names: AwsNames, account: AccountFacts, tags: Tags): QueueSpec {
  const { partition, region, accountId } = account;
  return {
    name: names.queue,
    environment: names.environment,
    environmentArn: `arn:${partition}:batch:${region}:${accountId}:compute-environment/${names.environment}`,
    priority: 1,
    timeLimits: HOPELESS.map((reason) => ({ reason, maxTimeSeconds: HOPELESS_SECONDS })),
    tags,
  };
}

/** Tags that only a creation sets: comparing them would replace instances at every upgrade. */
export function creationTags(tags: Tags, version: string): Tags {
  return APP_TAG.key in tags ? { ...tags, 'cogconv-version': version } : tags;
}
