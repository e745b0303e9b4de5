import { leaves, settleParent, stop } from './job-life.ts';
import type { StubQueue, StubState } from './stub-state.ts';

/** Ends the transitions of environments and queues whose time has come. */
export function settleResources(state: StubState): void {
  for (const [name, queue] of state.queues) if (queue.readyAt <= state.now) settleQueue(state, name, queue);
  for (const [name, environment] of state.environments) {
    const { next, detail } = environment;
    if (next === null || environment.readyAt > state.now) continue;
    environment.next = null;
    if (next.status === 'DELETED') state.environments.delete(name);
    else Object.assign(detail, { status: next.status, statusReason: next.statusReason });
  }
}

function settleQueue(state: StubState, name: string, queue: StubQueue): void {
  const { next } = queue;
  if (next === null) return;
  queue.next = null;
  queue.detail.status = next.status;
  if (next.status !== 'DELETED') return;
  for (const { computeEnvironment = '' } of queue.detail.computeEnvironmentOrder ?? []) {
    state.heldUntil.set(computeEnvironment, state.now + state.relationshipLagMs);
  }
  const ofQueue = leaves(state).filter((job) => job.queue === queue.detail.jobQueueArn);
  for (const job of ofQueue) {
    stop(state, job, 'Job queue was deleted');
    if (job.parent !== null) settleParent(state, job.parent);
  }
  state.queues.delete(name);
}
