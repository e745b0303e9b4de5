import { isOurs } from './aws-names.ts';
import type { EnvironmentState } from './compute.ts';
import type { FoundInfrastructure, Infrastructure } from './infrastructure.ts';
import {
  environmentFields,
  launchTemplateFields,
  logGroupFields,
  profileFields,
  queueFields,
  repositoryFields,
  roleFields,
  SCALING_FIELDS,
  type FieldPair,
} from './infrastructure-fields.ts';
import { regionOfTrust } from './role-region.ts';

export const RESOURCE_KINDS = [
  'ECR repository',
  'service-linked role',
  'job role',
  'instance role',
  'instance profile',
  'log group',
  'launch template',
  'compute environment',
  'job queue',
] as const;
export type ResourceKind = (typeof RESOURCE_KINDS)[number];

/** `+` create, `~` change, `=` as wanted, `!` cannot be changed: needs a new name. */
export type Sign = '+' | '~' | '=' | '!';

/** One field of a resource: `{field: 'max vCPUs', old: '16', new: '32'}`; `old` is null in a creation. */
export interface FieldChange {
  readonly field: string;
  readonly old: string | null;
  readonly new: string;
}

/** What `setup` does with one resource. */
export interface SetupStep {
  readonly sign: Sign;
  readonly kind: ResourceKind;
  readonly name: string;
  readonly changes: readonly FieldChange[];
  /** Of `!`: why, and what to do. */
  readonly why: string | null;
  /** Exists, but was not made by cogconv: it becomes cogconv's, and `teardown` will remove it. */
  readonly takesOver: boolean;
}

export const SERVICE_ROLE = 'AWSServiceRoleForBatch';

/** Compares wanted with found; steps in the order in which they must be applied. */
export function planSetup(wanted: Infrastructure, found: FoundInfrastructure): readonly SetupStep[] {
  const { repository, instanceRole, instanceProfile, logGroup, launchTemplate, queue } = wanted;
  const step = (
    kind: ResourceKind,
    spec: { name: string },
    pair: FieldPair,
    tagged: Tagged | null,
  ): SetupStep => compare(kind, spec.name, pair, tagged);
  return [
    step('ECR repository', repository, repositoryFields(repository, found.repository), found.repository),
    serviceRoleStep(found.serviceRole),
    jobRoleStep(wanted, found),
    step('instance role', instanceRole, roleFields(instanceRole, found.instanceRole), found.instanceRole),
    step(
      'instance profile',
      instanceProfile,
      profileFields(instanceProfile, found.instanceProfile),
      found.instanceProfile,
    ),
    step('log group', logGroup, logGroupFields(logGroup, found.logGroup), found.logGroup),
    step(
      'launch template',
      launchTemplate,
      launchTemplateFields(launchTemplate, found.launchTemplate),
      found.launchTemplate,
    ),
    environmentStep(wanted, found),
    step('job queue', queue, queueFields(queue, present(found.queue)), present(found.queue)),
  ];
}

/** Whether anything is to be done. */
export function isAsWanted(steps: readonly SetupStep[]): boolean {
  return steps.every(({ sign }) => sign === '=');
}

/** Whether a change of the environment is one of size and state alone, which every environment takes. */
export function isScaling(changes: readonly FieldChange[]): boolean {
  return changes.every((change) => SCALING_FIELDS.includes(change.field) || isTag(change));
}

interface Tagged {
  readonly tags: Readonly<Record<string, string>>;
}

function serviceRoleStep(arn: string | null): SetupStep {
  return {
    sign: arn === null ? '+' : '=',
    kind: 'service-linked role',
    name: SERVICE_ROLE,
    changes: [],
    why: null,
    takesOver: false,
  };
}

function compare(
  kind: ResourceKind,
  name: string,
  { wanted, found }: FieldPair,
  tagged: Tagged | null,
): SetupStep {
  const changes = Object.entries(wanted)
    .map(([field, text]) => ({ field, old: found === null ? null : (found[field] ?? 'none'), new: text }))
    .filter((change) => change.old !== change.new);
  const sign = found === null ? '+' : changes.length === 0 ? '=' : '~';
  return { sign, kind, name, changes, why: null, takesOver: tagged !== null && !isOurs(tagged.tags) };
}

/** A change of the region would take the role away from jobs that run in the other. */
function jobRoleStep({ jobRole }: Infrastructure, found: FoundInfrastructure): SetupStep {
  const step = compare('job role', jobRole.name, roleFields(jobRole, found.jobRole), found.jobRole);
  const region = found.jobRole === null ? null : regionOfTrust(found.jobRole.trust);
  if (region === null || region === regionOfTrust(jobRole.trust)) return step;
  const why = `it is made for ${region}, and IAM has a role once for all regions: set BATCH_JOB_NAME to another name for a second region, or run teardown with AWS_REGION=${region} first`;
  return { ...step, sign: '!', why };
}

function environmentStep({ environment }: Infrastructure, found: FoundInfrastructure): SetupStep {
  const state = present(found.environment);
  const pair = environmentFields(environment, state, found.launchTemplate);
  const step = compare('compute environment', environment.name, pair, state);
  if (state === null || isScaling(step.changes)) return step;
  const obstacle = whyNotReplaceable(state);
  if (obstacle === null) return step;
  const why = `${obstacle}: set COMPUTE_ENV_NAME to a new name, run setup again, and delete the old environment when its jobs are over`;
  return { ...step, sign: '!', why };
}

/** Why Batch refuses to change more than size and state. @see https://docs.aws.amazon.com/batch/latest/userguide/infrastructure-updates.html */
function whyNotReplaceable(state: EnvironmentState): string | null {
  if (!state.managed) return 'it is not managed by AWS Batch';
  if (state.type !== 'SPOT' && state.type !== 'EC2')
    return `it runs on ${state.type ?? 'nothing known'}, not on EC2`;
  if (state.serviceRole !== null && !state.serviceRole.includes('/aws-service-role/')) {
    return 'it was made with a service role of its own, with which AWS Batch changes nothing but its size';
  }
  if (state.allocationStrategy === null || state.allocationStrategy === 'BEST_FIT') {
    return 'its allocation strategy is BEST_FIT, with which AWS Batch changes nothing but its size';
  }
  return null;
}

/** What is being deleted is as good as gone; its name is free when that is over. */
function present<T extends { readonly status: string }>(state: T | null): T | null {
  return state === null || state.status === 'DELETING' ? null : state;
}

/** Whether it is a tag of the resource itself, which is set by a call of its own. */
export function isTag({ field }: FieldChange): boolean {
  return field.startsWith('tag ');
}
