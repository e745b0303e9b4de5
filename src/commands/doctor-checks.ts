import {
  DEPLOY,
  judgeEnvironment,
  judgeQueue,
  judgeSize,
  judgeSubnets,
  judgeWaiting,
  ok,
  problem,
  quotaHint,
  SETUP,
  unknown,
  type Finding,
} from '../plan/diagnosis.ts';
import { ownTags } from '../plan/aws-names.ts';
import { profileFields, roleFields } from '../plan/infrastructure-fields.ts';
import { instanceRole, JOB_POLICY, jobRole, type RoleSpec } from '../plan/roles.ts';
import { StorageError } from '../storage/object-store.ts';
import { firstPage } from './first-page.ts';
import type { CheckContext, DoctorDeps, DoctorSettings } from './doctor.ts';

/** One question about the account. */
export interface Check {
  readonly name: string;
  readonly run: (context: CheckContext) => Promise<Finding>;
}

/** Of what only credentials can show. */
export const NO_CREDENTIALS = unknown('not checked: there are no credentials that work');

/** The head of a queue tells why it does not move. */
const ARRAYS_LOOKED_INTO = 5;

/** In the order in which things depend on each other; credentials come before. */
export const CHECKS: readonly Check[] = [
  { name: 'bucket', run: async ({ deps, settings }) => judgeBucket(await listBucket(deps, settings)) },
  { name: 'job role', run: checkJobRole },
  { name: 'instance role', run: checkInstanceRole },
  { name: 'compute environment', run: checkEnvironment },
  { name: 'subnets', run: checkSubnets },
  { name: 'job queue', run: checkQueue },
  { name: 'job definition', run: checkDefinition },
  { name: 'image', run: checkImage },
  { name: 'job size', run: checkSize },
  { name: 'waiting jobs', run: checkWaiting },
  {
    name: 'quota',
    run: ({ settings }) => Promise.resolve(quotaHint(settings.useSpot, settings.jobVcpus)),
  },
];

/** Lists sources and COGs: the bucket's name, or why that cannot be. @throws StorageError when it was interrupted */
export async function listBucket(
  { openStore, stop }: Pick<DoctorDeps, 'openStore' | 'stop'>,
  { sourcePrefix, cogPrefix }: DoctorSettings,
): Promise<string | StorageError> {
  try {
    const store = await openStore();
    for (const prefix of [sourcePrefix, cogPrefix]) await firstPage(store, prefix, stop);
    return store.bucket;
  } catch (error) {
    if (error instanceof StorageError && error.fault !== 'aborted') return error;
    throw error;
  }
}

/** Of what `listBucket` answered. */
export function judgeBucket(listed: string | StorageError): Finding {
  if (!(listed instanceof StorageError)) return ok(`${listed} can be listed`);
  const { fault, message, hint } = listed;
  return problem(message, fault === 'denied' ? 'cogconv iam-policy --for list' : (hint ?? 'check S3_BUCKET'));
}

async function checkJobRole({ deps, settings, names, account }: CheckContext): Promise<Finding> {
  const spec = jobRole(names, account, settings, ownTags(null));
  return judgeRole(spec, await deps.roles.findRole(names.jobRole, [JOB_POLICY]));
}

async function checkInstanceRole({ deps, names, account }: CheckContext): Promise<Finding> {
  const spec = instanceRole(names, account, ownTags(null));
  const role = judgeRole(spec, await deps.roles.findRole(names.instanceRole, []));
  if (role.state !== 'ok') return role;
  const profile = await deps.roles.findProfile(names.instanceProfile);
  const tags = ownTags(null);
  const { wanted, found } = profileFields(
    { name: names.instanceProfile, role: names.instanceRole, tags },
    profile,
  );
  if (found === null) return problem(`there is no instance profile ${names.instanceProfile}`, SETUP);
  return found['role'] === wanted['role']
    ? ok(`${names.instanceRole} in ${names.instanceProfile}`)
    : problem(`${names.instanceProfile} holds ${String(found['role'])}`, SETUP);
}

function judgeRole(spec: RoleSpec, state: Parameters<typeof roleFields>[1]): Finding {
  const { wanted, found } = roleFields(spec, state);
  if (found === null) return problem(`there is no role ${spec.name}`, SETUP);
  const different = Object.keys(wanted).filter((field) => wanted[field] !== found[field]);
  return different.length === 0
    ? ok(spec.name)
    : problem(`${spec.name} is not as wanted: ${different.join(', ')}`, SETUP);
}

async function checkEnvironment({ deps, names }: CheckContext): Promise<Finding> {
  return judgeEnvironment(await deps.environments.findEnvironment(names.environment), names.environment);
}

async function checkSubnets({ deps, names }: CheckContext): Promise<Finding> {
  const subnetIds = (await deps.environments.findEnvironment(names.environment))?.subnetIds ?? [];
  const [subnetId] = subnetIds;
  if (subnetId === undefined) return unknown('not checked: there is no compute environment', SETUP);
  return judgeSubnets(await deps.network.findVpc({ vpcId: null, subnetId }), subnetIds);
}

async function checkQueue({ deps, names }: CheckContext): Promise<Finding> {
  return judgeQueue(await deps.environments.findQueue(names.queue), names.queue, names.environment);
}

async function checkDefinition({ deps, names }: CheckContext): Promise<Finding> {
  const [latest] = await deps.environments.activeDefinitions(names.jobDefinition);
  return latest === undefined
    ? problem(`there is no active job definition ${names.jobDefinition}`, DEPLOY)
    : ok(`${names.jobDefinition}:${String(latest.revision)} of ${latest.image}`);
}

async function checkImage({ deps, names }: CheckContext): Promise<Finding> {
  const [latest] = await deps.environments.activeDefinitions(names.jobDefinition);
  if (latest === undefined) return unknown('not checked: there is no job definition', DEPLOY);
  const parts = /\.dkr\.ecr\.[^/]+\/([^@:]+)[@:](.+)$/.exec(latest.image);
  if (parts === null) return unknown(`${latest.image} lies outside ECR`);
  const [, repository = '', reference = ''] = parts;
  const image = await deps.repositories.image(repository, reference);
  if (image === null) return problem(`${latest.image} is not in ECR any more`, DEPLOY);
  if (image.architecture === null) return unknown('the image exists; its architecture cannot be told');
  return image.architecture === 'amd64'
    ? ok('the image exists and is amd64')
    : problem(`the image is ${image.architecture}, the instances are amd64`, DEPLOY);
}

async function checkSize({ deps, settings, names }: CheckContext): Promise<Finding> {
  const state = await deps.environments.findEnvironment(names.environment);
  const types = await deps.network.instanceTypes(state?.instanceTypes ?? settings.instanceTypes);
  const job = { vcpus: settings.jobVcpus, memoryMiB: settings.jobMemory };
  return judgeSize(types, job, state?.maxVcpus ?? settings.maxVcpus);
}

async function checkWaiting({ deps, names }: CheckContext): Promise<Finding> {
  const { environments, clock } = deps;
  const jobs = await environments.activeJobs(names.queue);
  const arrays = jobs.filter(({ status }) => status === 'PENDING').slice(0, ARRAYS_LOOKED_INTO);
  const children = [];
  for (const { jobId } of arrays) children.push(...(await environments.activeChildren(jobId)));
  return judgeWaiting([...jobs, ...children], clock.now().getTime());
}
