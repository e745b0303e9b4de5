import { isOurs, type AwsNames, type Tags } from './aws-names.ts';
import type { FoundInfrastructure } from './infrastructure.ts';
import { regionOfTrust } from './role-region.ts';

/** What `teardown` may delete, in its order: users before what they use, and roles last, or deletions stick for ever. */
export const REMOVABLE_KINDS = [
  'job queue',
  'compute environment',
  'job definition',
  'launch template',
  'instance profile',
  'instance role',
  'job role',
  'ECR repository',
  'log group',
] as const;
export type RemovableKind = (typeof REMOVABLE_KINDS)[number];

/** `-` delete, `=` leave alone, `!` was to be deleted and stays. */
export interface TeardownStep {
  readonly sign: '-' | '=' | '!';
  readonly kind: RemovableKind;
  readonly name: string;
  /** ARN, where the deletion needs it. */
  readonly id: string | null;
  /** Why it stays, or what goes with it. */
  readonly why: string | null;
}

/** Where `teardown` is at work, and what is found there besides the infrastructure of `setup`. */
export interface Deployment {
  readonly region: string;
  /** ACTIVE revisions. */
  readonly definitions: readonly { readonly arn: string; readonly revision: number; readonly tags: Tags }[];
  /** In the repository. */
  readonly images: number;
  /** They may go. */
  readonly withImages: boolean;
}

const FOREIGN = 'was not made by cogconv (no tag app=cogconv)';

/** Steps for all that exists under our names, in order. */
export function planTeardown(
  names: AwsNames,
  found: FoundInfrastructure,
  deployment: Deployment,
): readonly TeardownStep[] {
  const judge = (kind: RemovableKind, name: string, state: { readonly tags: Tags } | null): TeardownStep[] =>
    state === null ? [] : [step(kind, name, isOurs(state.tags) ? null : FOREIGN)];
  const environment = judge('compute environment', names.environment, found.environment);
  // what a foreign environment may run on stays with it
  const needed = environment.some(({ sign }) => sign === '=')
    ? `compute environment ${names.environment} uses it`
    : null;
  const elsewhere = whyElsewhere(found.jobRole, deployment.region);
  return [
    ...judge('job queue', names.queue, found.queue),
    ...environment,
    ...definitionSteps(names.jobDefinition, deployment),
    ...keep(needed, judge('launch template', names.launchTemplate, found.launchTemplate)),
    ...keep(elsewhere ?? needed, judge('instance profile', names.instanceProfile, found.instanceProfile)),
    ...keep(elsewhere ?? needed, judge('instance role', names.instanceRole, found.instanceRole)),
    ...keep(elsewhere, judge('job role', names.jobRole, found.jobRole)),
    ...judge('ECR repository', names.repository, found.repository).map((one) => withImages(one, deployment)),
    ...judge('log group', names.logGroup, found.logGroup),
  ];
}

/** Of the roles and the profile, which the deployment in the other region goes on using. */
function whyElsewhere(jobRole: FoundInfrastructure['jobRole'], here: string): string | null {
  const region = jobRole === null ? null : regionOfTrust(jobRole.trust);
  if (region === null || region === here) return null;
  return `made for ${region}: teardown with AWS_REGION=${region} deletes it`;
}

function keep(reason: string | null, steps: readonly TeardownStep[]): readonly TeardownStep[] {
  return reason === null ? steps : steps.map(({ kind, name, why }) => step(kind, name, why ?? reason));
}

function definitionSteps(name: string, { definitions }: Deployment): TeardownStep[] {
  return definitions.map(({ arn, revision, tags }) => ({
    ...step('job definition', `${name}:${String(revision)}`, isOurs(tags) ? null : FOREIGN),
    id: arn,
  }));
}

function withImages(one: TeardownStep, { images, withImages: mayGo }: Deployment): TeardownStep {
  if (one.sign === '=' || images === 0) return one;
  const count = images === 1 ? '1 image' : `${String(images)} images`;
  return mayGo
    ? { ...one, why: `with ${count}` }
    : { ...one, sign: '=', why: `holds ${count}: --images deletes them` };
}

function step(kind: RemovableKind, name: string, why: string | null): TeardownStep {
  return { sign: why === null ? '-' : '=', kind, name, id: null, why };
}
