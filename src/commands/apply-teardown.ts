import type { RemovableKind, TeardownStep } from '../plan/teardown.ts';
import { goneEnvironment, goneQueue, settleEnvironment, settleQueue } from './batch-waits.ts';
import type { TeardownDeps } from './teardown.ts';

type Remove = (deps: TeardownDeps, step: TeardownStep) => Promise<void>;

/** Deletes one resource and waits until it is gone; content when it already is. */
export async function removeResource(deps: TeardownDeps, step: TeardownStep): Promise<void> {
  await REMOVE[step.kind](deps, step);
}

const REMOVE: Readonly<Record<RemovableKind, Remove>> = {
  'job queue': removeQueue,
  'compute environment': removeEnvironment,
  'job definition': async ({ environments }, { id, name }) => {
    await environments.deregister(id ?? name);
  },
  'launch template': async ({ network }, { name }) => {
    await network.deleteTemplate(name);
  },
  'instance profile': async ({ roles }, { name }) => {
    await roles.deleteProfile(name);
  },
  'instance role': async ({ roles }, { name }) => {
    await roles.deleteRole(name);
  },
  'job role': async ({ roles }, { name }) => {
    await roles.deleteRole(name);
  },
  'ECR repository': async ({ repositories }, { name }) => {
    await repositories.delete(name);
  },
  'log group': async ({ logGroups }, { name }) => {
    await logGroups.delete(name);
  },
};

/** Closed first, so that nothing new comes while its jobs end. */
async function removeQueue(deps: TeardownDeps, { name }: TeardownStep): Promise<void> {
  const { environments, reporter } = deps;
  const state = await settleQueue(deps, name);
  if (state === null) return;
  if (state.state !== 'DISABLED') await environments.disableQueue(name);
  await settleQueue(deps, name);
  const jobs = await environments.activeJobs(name);
  if (jobs.length > 0) reporter.note(`ending ${String(jobs.length)} jobs`);
  for (const { jobId } of jobs) await environments.terminate(jobId, 'cogconv teardown');
  await environments.deleteQueue(name);
  await goneQueue(deps, name);
}

async function removeEnvironment(deps: TeardownDeps, { name }: TeardownStep): Promise<void> {
  const { environments } = deps;
  const state = await settleEnvironment(deps, name);
  if (state === null) return;
  if (state.state !== 'DISABLED') await environments.disableEnvironment(name);
  await settleEnvironment(deps, name);
  await environments.deleteEnvironment(name);
  // roles may only go when it is gone, else its deletion sticks and instances stay behind
  await goneEnvironment(deps, name);
}
