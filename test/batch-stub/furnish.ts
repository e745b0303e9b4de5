import { createComputeEnvironment } from './compute-environments.ts';
import { registerJobDefinition } from './job-definitions.ts';
import { createJobQueue } from './job-queues.ts';
import { settleResources } from './settle-resources.ts';
import type { StubState } from './stub-state.ts';

/** Names of what `furnish` makes; cogconv's defaults. */
export const FURNITURE = {
  environment: 'cog-converter-env',
  queue: 'cog-converter-queue',
  definition: 'cog-converter-job',
} as const;

/** A VALID environment with its queue and one revision of a job definition, for tests of jobs. */
export function furnish(state: StubState, names: Partial<typeof FURNITURE> = {}): void {
  const { environment, queue, definition } = { ...FURNITURE, ...names };
  createComputeEnvironment(state, {
    computeEnvironmentName: environment,
    type: 'MANAGED',
    tags: { app: 'cogconv' },
    computeResources: {
      type: 'SPOT',
      allocationStrategy: 'SPOT_PRICE_CAPACITY_OPTIMIZED',
      maxvCpus: 16,
      subnets: ['subnet-0abc'],
      securityGroupIds: ['sg-0abc'],
      instanceTypes: ['default_x86_64'],
      instanceRole: 'cog-converter-instance-role',
    },
  });
  settleNow(state);
  createJobQueue(state, {
    jobQueueName: queue,
    priority: 1,
    tags: { app: 'cogconv' },
    computeEnvironmentOrder: [{ order: 1, computeEnvironment: environment }],
  });
  settleNow(state);
  registerJobDefinition(state, {
    jobDefinitionName: definition,
    type: 'container',
    containerProperties: {
      image: `${state.account}.dkr.ecr.${state.region}.amazonaws.com/cog-converter@sha256:${'0'.repeat(64)}`,
      resourceRequirements: [
        { type: 'VCPU', value: '2' },
        { type: 'MEMORY', value: '4096' },
      ],
    },
    retryStrategy: {
      attempts: 5,
      evaluateOnExit: [
        { onStatusReason: 'Host EC2*', action: 'RETRY' },
        { onReason: 'CannotPull*', action: 'RETRY' },
        { onStatusReason: 'Task failed to start*', action: 'RETRY' },
        { onExitCode: '75', action: 'RETRY' },
        { onReason: '*', action: 'EXIT' },
      ],
    },
  });
}

function settleNow(state: StubState): void {
  state.now += state.transitionMs;
  settleResources(state);
}
