import type { Tags } from './aws-names.ts';
import type {
  EnvironmentSpec,
  EnvironmentState,
  LaunchTemplateData,
  LaunchTemplateSpec,
  LaunchTemplateState,
  QueueSpec,
  QueueState,
  TimeLimit,
} from './compute.ts';
import type { LogGroupSpec, LogGroupState } from './infrastructure.ts';
import { canonicalDocument } from './policy-document.ts';
import type { RepositorySpec, RepositoryState } from './repository.ts';
import type { ProfileSpec, ProfileState, RoleSpec, RoleState } from './roles.ts';

/** A resource as label -> text, in the order of printing; equal text = as wanted. */
export type Fields = Readonly<Record<string, string>>;

/** A resource both ways. */
export interface FieldPair {
  readonly wanted: Fields;
  /** null: there is none. */
  readonly found: Fields | null;
}

const UNSET = 'none';

/** The part of the found tags that somebody wants; others' tags stay. */
function tagFields(prefix: string, wanted: Tags, shown: Tags): Fields {
  return Object.fromEntries(Object.keys(wanted).map((key) => [`${prefix} ${key}`, shown[key] ?? UNSET]));
}

function listed(items: readonly string[]): string {
  return items.length === 0 ? UNSET : items.toSorted().join(', ');
}

function document(text: string | null | undefined): string {
  return text === null || text === undefined ? UNSET : (canonicalDocument(text) ?? text);
}

export function repositoryFields(spec: RepositorySpec, state: RepositoryState | null): FieldPair {
  const fields = (one: Omit<RepositoryState, 'arn' | 'uri'>): Fields => ({
    'scan on push': String(one.scanOnPush),
    tags: `${one.tagMutability} (but ${listed(one.mutableTags)})`,
    'lifecycle policy': document(one.lifecyclePolicy),
    ...tagFields('tag', spec.tags, one.tags),
  });
  return { wanted: fields(spec), found: state && fields(state) };
}

export function roleFields(spec: RoleSpec, state: RoleState | null): FieldPair {
  const fields = (one: Pick<RoleSpec, 'trust' | 'inline' | 'attached' | 'tags'>): Fields => ({
    trust: document(one.trust),
    ...Object.fromEntries(
      Object.keys(spec.inline).map((name) => [`policy ${name}`, document(one.inline[name])]),
    ),
    ...Object.fromEntries(
      spec.attached.map((arn) => [
        `policy ${arn.split('/').at(-1) ?? arn}`,
        one.attached.includes(arn) ? 'attached' : UNSET,
      ]),
    ),
    ...tagFields('tag', spec.tags, one.tags),
  });
  return { wanted: fields(spec), found: state && fields(state) };
}

export function profileFields(spec: ProfileSpec, state: ProfileState | null): FieldPair {
  return {
    wanted: { role: spec.role, ...tagFields('tag', spec.tags, spec.tags) },
    found: state && { role: listed(state.roles), ...tagFields('tag', spec.tags, state.tags) },
  };
}

export function logGroupFields(spec: LogGroupSpec, state: LogGroupState | null): FieldPair {
  const fields = ({ retentionDays, tags }: LogGroupState): Fields => ({
    retention: retentionDays === null ? 'for ever' : `${String(retentionDays)} days`,
    ...tagFields('tag', spec.tags, tags),
  });
  return { wanted: fields(spec), found: state && fields(state) };
}

export function launchTemplateFields(spec: LaunchTemplateSpec, state: LaunchTemplateState | null): FieldPair {
  const fields = ({ data, tags }: { data: LaunchTemplateData; tags: Tags }): Fields => ({
    disk: `${String(data.diskGb)} GB ${data.volumeType} on ${data.deviceName}`,
    encrypted: String(data.encrypted),
    'deleted with its instance': String(data.deleteOnTermination),
    'metadata tokens': data.httpTokens,
    'metadata hops': String(data.hopLimit),
    'ECS agent': data.ecsSetting === '' ? 'as it is' : data.ecsSetting,
    ...tagFields('disk tag', spec.data.volumeTags, data.volumeTags),
    ...tagFields('tag', spec.tags, tags),
  });
  return { wanted: fields(spec), found: state && fields(state) };
}

/** Fields that UpdateComputeEnvironment changes without replacing instances, whatever the role and the strategy. */
export const SCALING_FIELDS: readonly string[] = ['state', 'min vCPUs', 'max vCPUs'];

/**
 * `template` is the found launch template: Batch names it by id or by name. A status other than VALID is a field of its
 * own, because an update repairs it.
 */
export function environmentFields(
  spec: EnvironmentSpec,
  state: EnvironmentState | null,
  template: LaunchTemplateState | null,
): FieldPair {
  const wanted: Fields = {
    state: 'ENABLED',
    'min vCPUs': String(spec.minVcpus),
    'max vCPUs': String(spec.maxVcpus),
    status: 'VALID',
    instances: spec.type,
    'allocation strategy': spec.allocationStrategy,
    'instance types': listed(spec.instanceTypes),
    image: spec.imageType,
    'instance profile': lastPart(spec.instanceProfile),
    subnets: listed(spec.subnetIds),
    'security groups': listed(spec.securityGroupIds),
    'launch template': `${spec.launchTemplate.name} version ${spec.launchTemplate.version}`,
    ...tagFields('instance tag', spec.instanceTags, spec.instanceTags),
    ...tagFields('tag', spec.tags, spec.tags),
  };
  return { wanted, found: state && foundEnvironmentFields(spec, state, template) };
}

function foundEnvironmentFields(
  spec: EnvironmentSpec,
  state: EnvironmentState,
  template: LaunchTemplateState | null,
): Fields {
  return {
    state: state.state,
    'min vCPUs': String(state.minVcpus),
    'max vCPUs': String(state.maxVcpus),
    status: state.status === 'INVALID' ? `INVALID (${state.statusReason})` : 'VALID',
    instances: state.type ?? UNSET,
    'allocation strategy': state.allocationStrategy ?? UNSET,
    'instance types': listed(state.instanceTypes),
    image: state.imageType ?? UNSET,
    'instance profile': lastPart(state.instanceProfile ?? UNSET),
    subnets: listed(state.subnetIds),
    'security groups': listed(state.securityGroupIds),
    'launch template': templateText(spec.launchTemplate.name, state, template),
    ...tagFields('instance tag', spec.instanceTags, state.instanceTags),
    ...tagFields('tag', spec.tags, state.tags),
  };
}

function templateText(
  wantedName: string,
  { launchTemplate }: EnvironmentState,
  template: LaunchTemplateState | null,
): string {
  if (launchTemplate === null) return UNSET;
  const { id, name, version } = launchTemplate;
  const isWanted = name === wantedName || (id !== null && id === template?.id);
  return `${isWanted ? wantedName : (name ?? id ?? UNSET)} version ${version ?? '$Default'}`;
}

export function queueFields(spec: QueueSpec, state: QueueState | null): FieldPair {
  const fields = (
    one: Pick<QueueState, 'state' | 'environments' | 'priority' | 'timeLimits' | 'tags'>,
  ): Fields => ({
    state: one.state,
    'compute environments': one.environments.join(', '),
    priority: String(one.priority),
    'ends hopeless jobs': listed(one.timeLimits.map(limitText)),
    ...tagFields('tag', spec.tags, one.tags),
  });
  const wanted = fields({ ...spec, state: 'ENABLED', environments: [spec.environment] });
  return { wanted, found: state && fields(state) };
}

function limitText({ reason, maxTimeSeconds }: TimeLimit): string {
  return `${reason} after ${String(maxTimeSeconds)} s`;
}

function lastPart(arn: string): string {
  return arn.split('/').at(-1) ?? arn;
}
