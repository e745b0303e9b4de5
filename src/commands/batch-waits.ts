import { CogconvError } from '../errors.ts';
import type { EnvironmentSpec, EnvironmentState, QueueState } from '../plan/compute.ts';
import { invalidEnvironmentHint, mayPass } from '../plan/environment-hints.ts';
import type { Environments } from '../ports-aws.ts';
import { waitUntil, type CommandTime } from './wait-until.ts';

/** What waiting for Batch needs. */
export interface BatchWaiter extends CommandTime {
  readonly environments: Environments;
}

const QUEUE_MS = 10 * 60_000;
/** An update that replaces instances lets jobs go on for half an hour. */
const ENVIRONMENT_MS = 45 * 60_000;
/** Time for IAM to spread new roles, during which an INVALID environment is mended again and again. */
const REPAIR_MS = 3 * 60_000;
const REPAIR_DELAY_MS = 10_000;

const MOVING = ['CREATING', 'UPDATING', 'DELETING'];

/** The environment when nothing moves any more; null: there is none (any more). */
export async function settleEnvironment(deps: BatchWaiter, name: string): Promise<EnvironmentState | null> {
  return await waitUntil(deps, {
    what: `compute environment ${name}`,
    deadlineMs: ENVIRONMENT_MS,
    find: async () => await deps.environments.findEnvironment(name),
    isDone: (state) => state === null || !MOVING.includes(state.status),
  });
}

/** The queue when nothing moves any more; null: there is none (any more). */
export async function settleQueue(deps: BatchWaiter, name: string): Promise<QueueState | null> {
  return await waitUntil(deps, {
    what: `job queue ${name}`,
    deadlineMs: QUEUE_MS,
    find: async () => await deps.environments.findQueue(name),
    isDone: (state) => state === null || !MOVING.includes(state.status),
  });
}

/**
 * Waits until the environment is VALID; one that is INVALID because IAM does not show its new roles yet is updated again.
 * @throws CogconvError with Batch's reason and a hint
 */
export async function validEnvironment(deps: BatchWaiter, spec: EnvironmentSpec): Promise<void> {
  const { clock, stop, environments } = deps;
  const repairUntil = clock.now().getTime() + REPAIR_MS;
  for (;;) {
    const state = await settleEnvironment(deps, spec.name);
    if (state?.status === 'VALID') return;
    const reason = state?.statusReason ?? 'it is gone';
    if (state === null || !mayPass(reason) || clock.now().getTime() >= repairUntil || stop.aborted) {
      throw new CogconvError(`compute environment ${spec.name} is INVALID: ${reason}`, {
        hint: invalidEnvironmentHint(reason),
      });
    }
    await clock.sleep(REPAIR_DELAY_MS, stop);
    await environments.updateEnvironment(spec, 'all');
  }
}

/** Waits until the queue is VALID. @throws CogconvError with Batch's reason */
export async function validQueue(deps: BatchWaiter, name: string): Promise<void> {
  const state = await settleQueue(deps, name);
  if (state?.status === 'VALID') return;
  throw new CogconvError(`job queue ${name} is ${state?.status ?? 'gone'}: ${state?.statusReason ?? ''}`, {
    hint: 'run `cogconv setup` again, then `cogconv doctor`',
  });
}

/**
 * Waits until a deleted environment is gone.
 * @throws CogconvError when Batch cannot delete it: mostly its roles went first
 */
export async function goneEnvironment(deps: BatchWaiter, name: string): Promise<void> {
  const state = await waitUntil(deps, {
    what: `the deletion of compute environment ${name}`,
    deadlineMs: ENVIRONMENT_MS,
    find: async () => await deps.environments.findEnvironment(name),
    isDone: (found) => found === null || found.status === 'INVALID',
  });
  if (state === null) return;
  throw new CogconvError(`compute environment ${name} cannot be deleted: ${state.statusReason}`, {
    hint: 'run `cogconv setup` to bring its roles back, then `cogconv teardown` again',
  });
}

/** Waits until a deleted queue is gone. */
export async function goneQueue(deps: BatchWaiter, name: string): Promise<void> {
  await waitUntil(deps, {
    what: `the deletion of job queue ${name}`,
    deadlineMs: QUEUE_MS,
    find: async () => await deps.environments.findQueue(name),
    isDone: (found) => found === null,
  });
}
