import type { EnvironmentState, QueueState } from './compute.ts';
import { invalidEnvironmentHint } from './environment-hints.ts';
import { smallestFit, type InstanceType, type JobSize } from './instance-fit.ts';
import { missingWayOut, type VpcFacts } from './network.ts';

export type CheckState = 'ok' | 'problem' | 'unknown';

/** What a check found. */
export interface Finding {
  readonly state: CheckState;
  readonly detail: string;
  /** The one thing to do; null: nothing. */
  readonly mend: string | null;
}

export const SETUP = 'cogconv setup';
export const DEPLOY = 'cogconv deploy';

export function ok(detail: string): Finding {
  return { state: 'ok', detail, mend: null };
}

export function problem(detail: string, mend: string): Finding {
  return { state: 'problem', detail, mend };
}

export function unknown(detail: string, mend: string | null = null): Finding {
  return { state: 'unknown', detail, mend };
}

/** VALID and ENABLED, with the size of MAX_VCPUS. */
export function judgeEnvironment(state: EnvironmentState | null, name: string): Finding {
  if (state === null) return problem(`there is no compute environment ${name}`, SETUP);
  if (state.status === 'INVALID') {
    return problem(`${name} is INVALID: ${state.statusReason}`, invalidEnvironmentHint(state.statusReason));
  }
  if (state.state !== 'ENABLED') return problem(`${name} is ${state.state}`, SETUP);
  if (state.status !== 'VALID') return unknown(`${name} is ${state.status}: wait a minute`);
  return ok(`${name} is VALID, up to ${String(state.maxVcpus)} vCPUs (${state.type ?? 'EC2'})`);
}

/** VALID and ENABLED, and leads to our environment. */
export function judgeQueue(state: QueueState | null, name: string, environment: string): Finding {
  if (state === null) return problem(`there is no job queue ${name}`, SETUP);
  if (state.status === 'INVALID') return problem(`${name} is INVALID: ${state.statusReason}`, SETUP);
  if (state.state !== 'ENABLED') return problem(`${name} is ${state.state}`, SETUP);
  if (!state.environments.includes(environment)) {
    return problem(`${name} does not use the compute environment ${environment}`, SETUP);
  }
  return state.status === 'VALID'
    ? ok(`${name} is VALID`)
    : unknown(`${name} is ${state.status}: wait a minute`);
}

/** Whether a job can ever start: some instance type holds it, and the environment may have so many vCPUs. */
export function judgeSize(types: readonly InstanceType[], job: JobSize, maxVcpus: number): Finding {
  const size = `${String(job.vcpus)} vCPUs and ${String(job.memoryMiB)} MiB`;
  if (job.vcpus > maxVcpus) {
    return problem(
      `a job of ${size} exceeds the environment's ${String(maxVcpus)} vCPUs`,
      'raise MAX_VCPUS, then cogconv setup',
    );
  }
  if (types.length === 0)
    return problem(
      'no instance type of INSTANCE_TYPES is offered here',
      'change INSTANCE_TYPES, then cogconv setup',
    );
  const fit = smallestFit(types, job);
  if (fit === null) {
    return problem(
      `no instance type holds a job of ${size} (instances keep some of their memory)`,
      'lower JOB_MEMORY or JOB_VCPUS, or change INSTANCE_TYPES and run cogconv setup',
    );
  }
  return ok(`a job of ${size} fits ${fit.name}`);
}

/** Whether instances in these subnets can reach AWS. */
export function judgeSubnets(vpc: VpcFacts | null, subnetIds: readonly string[]): Finding {
  if (vpc === null)
    return problem(`${subnetIds.join(', ')}: no such subnet`, 'check SUBNET_IDS, then cogconv setup');
  const reasons = subnetIds.flatMap((id) => {
    const subnet = vpc.subnets.find((one) => one.id === id);
    const why = subnet === undefined ? 'it is gone' : missingWayOut(subnet, vpc.routeTables);
    return why === null ? [] : [`${id}: ${why}`];
  });
  if (reasons.length === 0) return ok(`${String(subnetIds.length)} subnets reach the internet`);
  return problem(
    `instances may not reach AWS: ${reasons.join('; ')}`,
    'set SUBNET_IDS to subnets with a NAT gateway, an internet gateway and public addresses, or VPC endpoints; then cogconv setup',
  );
}

/** A job as far as waiting goes. */
export interface QueuedJob {
  readonly status: string;
  readonly statusReason: string | null;
  readonly createdAt: number;
}

/** Long enough for an instance to start. */
const LONG_WAIT_MINUTES = 10;

/** Whether jobs wait in vain: those that wait while others run have only to wait for MAX_VCPUS. */
export function judgeWaiting(jobs: readonly QueuedJob[], nowMs: number): Finding {
  const waiting = jobs.filter(({ status }) => status === 'RUNNABLE');
  const running = jobs.filter(({ status }) => status === 'STARTING' || status === 'RUNNING').length;
  if (waiting.length === 0)
    return ok(running === 0 ? 'no job waits or runs' : `${counted(running, 'runs', 'run')}, none waits`);
  const minutes = Math.floor((nowMs - Math.min(...waiting.map(({ createdAt }) => createdAt))) / 60_000);
  const since = `${counted(waiting.length, 'waits', 'wait')} for a machine, the oldest for ${String(minutes)} min`;
  if (running > 0) return ok(`${since}, while ${counted(running, 'runs', 'run')}`);
  const reason = waiting.flatMap(({ statusReason }) => statusReason ?? [])[0];
  if (reason !== undefined) return problem(`${since}: ${reason}`, 'cogconv jobs --active');
  return minutes < LONG_WAIT_MINUTES
    ? ok(since)
    : problem(`${since}; AWS Batch gives no reason`, QUOTA_COMMAND);
}

function counted(count: number, one: string, many: string): string {
  return count === 1 ? `1 job ${one}` : `${String(count)} jobs ${many}`;
}

const QUOTA_COMMAND =
  'aws service-quotas get-service-quota --service-code ec2 --quota-code L-34B43A08 (spot vCPUs; on demand: L-1216C47A)';

/** Quotas are not read; new accounts often have tiny ones, and jobs then wait without a reason. */
export function quotaHint(isSpot: boolean, vcpus: number): Finding {
  const kind = isSpot ? 'spot' : 'on-demand';
  return unknown(
    `the account's EC2 quota for ${kind} vCPUs is not checked: it must be ${String(vcpus)} at least`,
    QUOTA_COMMAND,
  );
}
