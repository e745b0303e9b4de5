import { awsNames, ownTags, type AccountFacts, type NameSettings, type Tags } from './aws-names.ts';
import {
  environment,
  launchTemplate,
  saysWhatIsWanted,
  queue,
  type ComputeSettings,
  type EnvironmentSpec,
  type EnvironmentState,
  type LaunchTemplateSpec,
  type LaunchTemplateState,
  type QueueSpec,
  type QueueState,
} from './compute.ts';
import type { ChosenNetwork } from './network.ts';
import { repository, type RepositorySpec, type RepositoryState } from './repository.ts';
import {
  instanceRole,
  jobRole,
  type ProfileSpec,
  type ProfileState,
  type RoleSpec,
  type RoleState,
  type StorageSettings,
} from './roles.ts';

/** A log group as it should be. */
export interface LogGroupSpec {
  readonly name: string;
  readonly retentionDays: number;
  readonly tags: Tags;
}

/** A log group as CloudWatch has it; null: kept for ever. */
export interface LogGroupState {
  readonly retentionDays: number | null;
  readonly tags: Tags;
}

/** Settings that `setup` follows; cogconv's Config has them all. */
export type InfrastructureSettings = NameSettings &
  StorageSettings &
  ComputeSettings & { readonly logRetentionDays: string; readonly tags: Tags | null };

/** All that `setup` wants, in the order of dependence. The Batch service-linked role comes with the account. */
export interface Infrastructure {
  readonly repository: RepositorySpec;
  readonly jobRole: RoleSpec;
  readonly instanceRole: RoleSpec;
  readonly instanceProfile: ProfileSpec;
  readonly logGroup: LogGroupSpec;
  readonly launchTemplate: LaunchTemplateSpec;
  readonly environment: EnvironmentSpec;
  readonly queue: QueueSpec;
}

/** What there is; null: nothing of that name. */
export interface FoundInfrastructure {
  readonly repository: RepositoryState | null;
  /** ARN of the Batch service-linked role. */
  readonly serviceRole: string | null;
  readonly jobRole: RoleState | null;
  readonly instanceRole: RoleState | null;
  readonly instanceProfile: ProfileState | null;
  readonly logGroup: LogGroupState | null;
  readonly launchTemplate: LaunchTemplateState | null;
  readonly environment: EnvironmentState | null;
  readonly queue: QueueState | null;
}

/** The wanted state. The environment names the launch template's version, hence `found`. */
export function wantedInfrastructure(
  settings: InfrastructureSettings,
  account: AccountFacts,
  network: ChosenNetwork,
  found: Pick<FoundInfrastructure, 'launchTemplate'>,
): Infrastructure {
  const names = awsNames(settings);
  const tags = ownTags(settings.tags);
  const template = launchTemplate(names, settings, tags);
  const templateVersion = wantedTemplateVersion(template, found.launchTemplate);
  return {
    repository: repository(names, tags),
    jobRole: jobRole(names, account, settings, tags),
    instanceRole: instanceRole(names, account, tags),
    instanceProfile: { name: names.instanceProfile, role: names.instanceRole, tags },
    logGroup: { name: names.logGroup, retentionDays: Number(settings.logRetentionDays), tags },
    launchTemplate: template,
    environment: environment({ names, account, network, templateVersion, tags }, settings),
    queue: queue(names, account, tags),
  };
}

/** The latest version when it holds the wanted data, else the one that `setup` adds. */
function wantedTemplateVersion({ data }: LaunchTemplateSpec, found: LaunchTemplateState | null): number {
  if (found === null) return 1;
  return saysWhatIsWanted(found.data, data) ? found.version : found.version + 1;
}
