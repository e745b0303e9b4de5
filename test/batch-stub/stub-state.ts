import type {
  AttemptDetail,
  ComputeEnvironmentDetail,
  JobDefinition,
  JobQueueDetail,
  JobStatus,
  SubmitJobRequest,
} from '@aws-sdk/client-batch';

/** What happens to one attempt of a job; everything left out is the good case. */
export interface Outcome {
  /** null: the container never ran, or its host died. Default 0. */
  readonly exitCode?: number | null;
  /** The container's reason: `OutOfMemoryError: Container killed due to memory usage`. */
  readonly reason?: string;
  /** The attempt's statusReason; default `Essential container in task exited`. */
  readonly statusReason?: string;
  /** Ends before RUNNING: image pull, host trouble. */
  readonly failsToStart?: boolean;
  /** Virtual seconds in RUNNING; default 1. */
  readonly runSeconds?: number;
  /** Stays RUNNABLE, with this statusReason (null: without one). */
  readonly stuck?: string | null;
}

/** What the outcome may depend on. */
export interface AttemptStart {
  readonly jobId: string;
  readonly jobName: string;
  /** null: no array child. */
  readonly index: number | null;
  /** From 1. */
  readonly attempt: number;
  /** The container's environment, Batch's own variables included. */
  readonly environment: Readonly<Record<string, string>>;
}

export interface StubJob {
  readonly jobId: string;
  readonly parent: StubJob | null;
  readonly index: number | null;
  readonly children: readonly StubJob[];
  readonly request: SubmitJobRequest;
  readonly definition: JobDefinition;
  readonly queue: string;
  readonly createdAt: number;
  status: JobStatus;
  statusReason: string | undefined;
  startedAt: number | undefined;
  stoppedAt: number | undefined;
  /** Virtual time of the last change of status. */
  since: number;
  attempts: AttemptDetail[];
  outcome: Outcome | null;
  stopReason: string | undefined;
  isCancelled: boolean;
  isTerminated: boolean;
}

export interface StubEnvironment {
  readonly detail: ComputeEnvironmentDetail;
  /** Virtual time at which the transition under way ends. */
  readyAt: number;
  /** What it becomes then. */
  next: { readonly status: 'VALID' | 'INVALID' | 'DELETED'; readonly statusReason: string } | null;
}

export interface StubQueue {
  readonly detail: JobQueueDetail;
  readyAt: number;
  next: { readonly status: 'VALID' | 'DELETED' } | null;
}

export interface StubState {
  /** Virtual time, ms since 1970. */
  now: number;
  /** Virtual ms that creating, changing and deleting environments and queues take. */
  transitionMs: number;
  /** Virtual ms for which a deleted queue still counts as the environment's. */
  relationshipLagMs: number;
  /** Virtual ms after which an array's children can be seen. */
  spawnLagMs: number;
  readonly account: string;
  readonly region: string;
  readonly environments: Map<string, StubEnvironment>;
  readonly queues: Map<string, StubQueue>;
  /** Environments' ARNs -> virtual time until which a deleted queue holds them. */
  readonly heldUntil: Map<string, number>;
  definitions: JobDefinition[];
  /** Without array children; in the order of submission. */
  readonly jobs: Map<string, StubJob>;
  /** Why the next created or changed environment of this name ends INVALID; taken once. */
  readonly invalid: Map<string, string>;
  outcome: (start: AttemptStart) => Outcome;
  serial: number;
}

/** An error as Batch answers it: ClientException 400, ServerException 500, TooManyRequestsException 429. */
export class StubFault extends Error {
  readonly status: number;
  readonly type: string;
  constructor(message: string, status = 400, type = 'ClientException') {
    super(message);
    this.status = status;
    this.type = type;
  }
}

/** Answers ClientException unless the condition holds. */
export function demand(condition: boolean, message: string): asserts condition {
  if (!condition) throw new StubFault(message);
}

/** A fresh account with nothing in it. */
export function emptyState(): StubState {
  return {
    now: Date.UTC(2024, 0, 15, 12),
    transitionMs: 5_000,
    relationshipLagMs: 10_000,
    spawnLagMs: 0,
    account: '123456789012',
    region: 'us-east-1',
    environments: new Map(),
    queues: new Map(),
    heldUntil: new Map(),
    definitions: [],
    jobs: new Map(),
    invalid: new Map(),
    outcome: () => ({}),
    serial: 0,
  };
}

/** `arn:aws:batch:us-east-1:123456789012:job-queue/name`. */
export function stubArn(state: StubState, kind: string, name: string): string {
  return `arn:aws:batch:${state.region}:${state.account}:${kind}/${name}`;
}

/** An id in the shape of Batch's, the same in every run. */
export function nextId(state: StubState): string {
  state.serial += 1;
  return `0c0c0000-0000-4000-8000-${String(state.serial).padStart(12, '0')}`;
}

const NAME = /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/;

/** Batch's rule for names of jobs, queues, environments and definitions. */
export function demandName(name: string | undefined, field: string): string {
  demand(
    name !== undefined && NAME.test(name),
    `Error executing request, Exception : ${field} should match valid pattern: ${String(NAME)}, RequestId: stub`,
  );
  return name;
}
