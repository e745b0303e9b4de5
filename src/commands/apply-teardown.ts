import { AccessError } from '../errors.ts';
import type { RemovableKind, TeardownStep } from '../plan/teardown.ts';
import { goneEnvironment, goneQueue, settleEnvironment, settleQueue } from './batch-waits.ts';
import type { TeardownDeps, TeardownOptions } from './teardown.ts';

type Remove = (deps: TeardownDeps, step: TeardownStep) => Promise<void>;

/** Deletes one resource and waits until it is gone; content when it already is. The answer: why it stays, null when it does not. */
export async function removeResource(
  deps: TeardownDeps,
  step: TeardownStep,
  may: Pick<TeardownOptions, 'images'>,
): Promise<string | null> {
  if (step.kind === 'ECR repository') {
    return (await deps.repositories.delete(step.name, may)) === 'deleted' ? null : PUSHED_MEANWHILE;
  }
  await REMOVE[step.kind](deps, step);
  return null;
}

const PUSHED_MEANWHILE =
  'an image was pushed to it meanwhile; run teardown again with --images to delete it with its images';

const REMOVE: Readonly<Record<Exclude<RemovableKind, 'ECR repository'>, Remove>> = {
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
  for (const { jobId } of jobs) await endJob(deps, jobId);
  await environments.deleteQueue(name);
  await goneQueue(deps, name);
}

/** Anybody may have submitted to the queue, and the printed policy lets cogconv end jobs with its own tag alone. */
async function endJob({ environments, reporter }: TeardownDeps, jobId: string): Promise<void> {
  try {
    await environments.terminate(jobId, 'cogconv teardown');
  } catch (error) {
    if (!(error instanceof AccessError)) throw error;
    reporter.note(`could not end job ${jobId}: ${error.message}; the deletion of the queue ends it`);
  }
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
