import type { AccountFacts, Tags } from './plan/aws-names.ts';
import type {
  EnvironmentSpec,
  EnvironmentState,
  LaunchTemplateSpec,
  LaunchTemplateState,
  QueueSpec,
  QueueState,
} from './plan/compute.ts';
import type { LogGroupSpec, LogGroupState } from './plan/infrastructure.ts';
import type { InstanceType } from './plan/instance-fit.ts';
import type { VpcFacts } from './plan/network.ts';
import type { RepositorySpec, RepositoryState } from './plan/repository.ts';
import type { ProfileSpec, ProfileState, RoleSpec, RoleState } from './plan/roles.ts';

/** Whose account this is. */
export interface Account {
  /** @throws AccessError without credentials that work */
  facts(): Promise<AccountFacts>;
}

/**
 * Roles and instance profiles in IAM. `ensure*` creates or mends and may be repeated; `found` is what `find*` answered.
 * `delete*` takes away all that is in the way and is content when there is nothing.
 */
export interface Roles {
  findRole(name: string, inline: readonly string[]): Promise<RoleState | null>;
  ensureRole(spec: RoleSpec, found: RoleState | null): Promise<void>;
  deleteRole(name: string): Promise<void>;
  findProfile(name: string): Promise<ProfileState | null>;
  ensureProfile(spec: ProfileSpec, found: ProfileState | null): Promise<void>;
  deleteProfile(name: string): Promise<void>;
  /** ARN of the Batch service-linked role; null: the account has none yet. */
  findServiceRole(): Promise<string | null>;
  /** Returns its ARN. */
  createServiceRole(): Promise<string>;
}

/** VPC, launch templates and instance types in EC2. */
export interface Network {
  /** The given VPC, that of the given subnet, or the default VPC; null: there is none. */
  findVpc(by: { readonly vpcId: string | null; readonly subnetId: string | null }): Promise<VpcFacts | null>;
  findTemplate(name: string): Promise<LaunchTemplateState | null>;
  /** Creates it, or adds a version with the wanted data. */
  ensureTemplate(spec: LaunchTemplateSpec, found: LaunchTemplateState | null): Promise<void>;
  deleteTemplate(name: string): Promise<void>;
  /** x86-64 types of these names, families (`c6i`) or Batch's groups (`default_x86_64`). */
  instanceTypes(names: readonly string[]): Promise<readonly InstanceType[]>;
}

/** A revision of a job definition. */
export interface DefinitionState {
  readonly arn: string;
  readonly revision: number;
  readonly image: string;
  readonly tags: Tags;
}

/** A job that waits or runs. */
export interface ActiveJob {
  readonly jobId: string;
  readonly status: string;
  readonly statusReason: string | null;
  /** Milliseconds since 1970. */
  readonly createdAt: number;
}

/** Compute environments, queues and definitions in Batch. Calls return when Batch has accepted them; callers wait. */
export interface Environments {
  findEnvironment(name: string): Promise<EnvironmentState | null>;
  createEnvironment(spec: EnvironmentSpec, serviceRole: string, tags: Tags): Promise<void>;
  /** `scaling`: only size and state, which every environment takes. */
  updateEnvironment(spec: EnvironmentSpec, scope: 'scaling' | 'all'): Promise<void>;
  disableEnvironment(name: string): Promise<void>;
  deleteEnvironment(name: string): Promise<void>;
  findQueue(name: string): Promise<QueueState | null>;
  createQueue(spec: QueueSpec, tags: Tags): Promise<void>;
  updateQueue(spec: QueueSpec): Promise<void>;
  disableQueue(name: string): Promise<void>;
  deleteQueue(name: string): Promise<void>;
  /** Adds tags to an environment, a queue or a definition. */
  tag(arn: string, tags: Tags): Promise<void>;
  /** All ACTIVE revisions, latest first. */
  activeDefinitions(name: string): Promise<readonly DefinitionState[]>;
  deregister(arn: string): Promise<void>;
  /** Jobs and array parents of the queue that are not over. */
  activeJobs(queue: string): Promise<readonly ActiveJob[]>;
  /** Children of an array that wait for a machine or run; the first thousand of each state. */
  activeChildren(arrayJobId: string): Promise<readonly ActiveJob[]>;
  terminate(jobId: string, reason: string): Promise<void>;
}

/** What is known of an image. */
export interface ImageFacts {
  /** `amd64`; null: cannot be told. */
  readonly architecture: string | null;
}

/** ECR repositories. */
export interface Repositories {
  find(name: string): Promise<RepositoryState | null>;
  ensure(spec: RepositorySpec, found: RepositoryState | null): Promise<void>;
  /** How many images it holds. */
  countImages(name: string): Promise<number>;
  /** With all its images when `images` may go; else `holds images` where there are some. */
  delete(name: string, may: { readonly images: boolean }): Promise<'deleted' | 'holds images'>;
  /** By digest or tag; null: there is no such image. */
  image(repository: string, reference: string): Promise<ImageFacts | null>;
}

/** Log groups in CloudWatch. */
export interface LogGroups {
  find(name: string): Promise<LogGroupState | null>;
  ensure(spec: LogGroupSpec, found: LogGroupState | null): Promise<void>;
  delete(name: string): Promise<void>;
}

/** All of AWS that `setup`, `teardown` and `doctor` touch. */
export interface InfrastructurePorts {
  readonly account: Account;
  readonly roles: Roles;
  readonly network: Network;
  readonly environments: Environments;
  readonly repositories: Repositories;
  readonly logGroups: LogGroups;
}
