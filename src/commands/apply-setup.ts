import { CogconvError } from '../errors.ts';
import { creationTags } from '../plan/compute.ts';
import type { FoundInfrastructure, Infrastructure } from '../plan/infrastructure.ts';
import { isScaling, isTag, type ResourceKind, type SetupStep } from '../plan/infrastructure-diff.ts';
import { settleEnvironment, settleQueue, validEnvironment, validQueue } from './batch-waits.ts';
import type { SetupDeps } from './setup.ts';

/** What steps share. */
export interface SetupContext {
  readonly deps: SetupDeps;
  readonly wanted: Infrastructure;
  readonly found: FoundInfrastructure;
  /** ARN; null until its step is applied. */
  readonly serviceRole: string | null;
}

type Apply = (context: SetupContext, step: SetupStep) => Promise<void>;

/** Applies one step and waits until AWS has done it; the answer is the context of the next step. */
export async function applyStep(context: SetupContext, step: SetupStep): Promise<SetupContext> {
  if (step.kind === 'service-linked role') {
    return step.sign === '='
      ? context
      : { ...context, serviceRole: await context.deps.roles.createServiceRole() };
  }
  if (step.sign === '+' || step.sign === '~') await APPLY[step.kind](context, step);
  return context;
}

const APPLY: Readonly<Record<Exclude<ResourceKind, 'service-linked role'>, Apply>> = {
  'ECR repository': async ({ deps, wanted, found }) => {
    const tags = creationTags(wanted.repository.tags, deps.version);
    await deps.repositories.ensure(versioned(wanted.repository, tags, found.repository), found.repository);
  },
  'job role': async ({ deps, wanted, found }) => {
    const tags = creationTags(wanted.jobRole.tags, deps.version);
    await deps.roles.ensureRole(versioned(wanted.jobRole, tags, found.jobRole), found.jobRole);
  },
  'instance role': async ({ deps, wanted, found }) => {
    const tags = creationTags(wanted.instanceRole.tags, deps.version);
    await deps.roles.ensureRole(versioned(wanted.instanceRole, tags, found.instanceRole), found.instanceRole);
  },
  'instance profile': async ({ deps, wanted, found }) => {
    const tags = creationTags(wanted.instanceProfile.tags, deps.version);
    const spec = versioned(wanted.instanceProfile, tags, found.instanceProfile);
    await deps.roles.ensureProfile(spec, found.instanceProfile);
  },
  'log group': async ({ deps, wanted, found }) => {
    const tags = creationTags(wanted.logGroup.tags, deps.version);
    await deps.logGroups.ensure(versioned(wanted.logGroup, tags, found.logGroup), found.logGroup);
  },
  'launch template': async ({ deps, wanted, found }) => {
    const tags = creationTags(wanted.launchTemplate.tags, deps.version);
    const spec = versioned(wanted.launchTemplate, tags, found.launchTemplate);
    await deps.network.ensureTemplate(spec, found.launchTemplate);
  },
  'compute environment': applyEnvironment,
  'job queue': applyQueue,
};

/** The version tag only at a creation. */
function versioned<S extends { readonly tags: object }>(spec: S, tags: S['tags'], found: object | null): S {
  return found === null ? { ...spec, tags } : spec;
}

async function applyEnvironment(context: SetupContext, step: SetupStep): Promise<void> {
  const { deps, wanted } = context;
  const state = await settleEnvironment(deps, wanted.environment.name);
  await (state === null ? createEnvironment(context) : changeEnvironment(context, step, state.arn));
  await validEnvironment(deps, wanted.environment);
}

async function createEnvironment({ deps, wanted, serviceRole }: SetupContext): Promise<void> {
  if (serviceRole === null) throw new CogconvError('there is no service-linked role of AWS Batch');
  const spec = wanted.environment;
  await deps.environments.createEnvironment(spec, serviceRole, creationTags(spec.tags, deps.version));
}

/** Also where somebody was faster than a creation (`+`): everything is brought to what is wanted. */
async function changeEnvironment(
  { deps, wanted }: SetupContext,
  { sign, changes }: SetupStep,
  arn: string,
): Promise<void> {
  const isNew = sign === '+';
  const spec = wanted.environment;
  if (isNew || changes.some(isTag)) await deps.environments.tag(arn, spec.tags);
  if (!isNew && changes.every(isTag)) return;
  await deps.environments.updateEnvironment(spec, !isNew && isScaling(changes) ? 'scaling' : 'all');
}

async function applyQueue({ deps, wanted }: SetupContext, { changes }: SetupStep): Promise<void> {
  const spec = wanted.queue;
  const state = await settleQueue(deps, spec.name);
  if (state === null) await deps.environments.createQueue(spec, creationTags(spec.tags, deps.version));
  else {
    if (changes.some(isTag)) await deps.environments.tag(state.arn, spec.tags);
    if (changes.some((change) => !isTag(change))) await deps.environments.updateQueue(spec);
  }
  await validQueue(deps, spec.name);
}
