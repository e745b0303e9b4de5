import { settleResources } from './settle-resources.ts';
import { applyTimeLimits, forgetOldJobs, tickJobs } from './job-life.ts';
import { startServer, type Call, type Fault, type Script } from './stub-server.ts';
import { emptyState, type AttemptStart, type Outcome, type StubState } from './stub-state.ts';

const TICK_MS = 1_000;

/** Outcomes in the words of AWS, to script jobs with. */
export const OUTCOMES = {
  good: {},
  spotLoss: { exitCode: null, statusReason: 'Host EC2 (instance i-0abc0123456789def) terminated.' },
  outOfMemory: { exitCode: 137, reason: 'OutOfMemoryError: Container killed due to memory usage' },
  cannotPull: {
    exitCode: null,
    failsToStart: true,
    reason: 'CannotPullContainerError: Error response from daemon: manifest unknown',
    statusReason: 'Task failed to start',
  },
  stuckCapacity: {
    stuck:
      'CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY - Service cannot fulfill the capacity requested for instance type [c6i.large]',
  },
  stuckResources: {
    stuck:
      'MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT - The job resource requirement (vCPU/memory/GPU) is higher than that can be met by the CE(s) attached to the job queue.',
  },
  stuckSilently: { stuck: null },
} as const satisfies Record<string, Outcome>;

/** An exit code of the program. */
export function exits(exitCode: number): Outcome {
  return { exitCode };
}

/**
 * AWS Batch over HTTP with its true rules, in virtual time: nothing moves until `advance`. Point a client at `endpoint`.
 * What it holds is in `state`, what it was asked in `calls`.
 */
export interface BatchStub {
  readonly endpoint: string;
  readonly state: StubState;
  readonly calls: readonly Call[];
  /** Calls of one operation: `submits = stub.callsOf('SubmitJob')`. */
  callsOf(operation: string): readonly Call[];
  /** Lets virtual time pass; jobs move one state a second. */
  advance(ms?: number): void;
  /** Advances until no job moves any more (at most `maxSeconds`). */
  settle(maxSeconds?: number): void;
  /** Every call lets this much virtual time pass (default 0): for programs that wait in real time. */
  advancePerCall(ms: number): void;
  /** The next `times` calls of an operation (`*`: any) are answered with this error. */
  failNext(operation: string, fault: Fault, times?: number): void;
  /** 429 for every call until so much virtual time has passed. */
  throttleFor(ms: number): void;
  /** What becomes of attempts that start from now on. */
  onAttempt(outcome: (start: AttemptStart) => Outcome): void;
  /** The next environment that is created or changed under this name ends INVALID for this reason. */
  makeInvalid(name: string, statusReason: string): void;
  /** All finished jobs are gone, as after 7 days. */
  forgetFinishedJobs(): void;
  close(): Promise<void>;
}

/** Starts it on a free port of this machine. */
export async function startBatchStub(): Promise<BatchStub> {
  const state = emptyState();
  const script: Script = {
    faults: [],
    throttledUntil: 0,
    msPerCall: 0,
    onTime: (ms) => {
      advance(state, ms);
    },
  };
  const server = await startServer(state, script);
  return {
    endpoint: server.endpoint,
    state,
    calls: server.calls,
    callsOf: (operation) => server.calls.filter((call) => call.operation === operation),
    advance: (ms = TICK_MS) => {
      advance(state, ms);
    },
    settle: (maxSeconds = 600) => {
      for (let i = 0; i < maxSeconds && advance(state, TICK_MS); i++);
    },
    advancePerCall: (ms) => {
      script.msPerCall = ms;
    },
    failNext: (operation, fault, times = 1) => {
      for (let i = 0; i < times; i++) script.faults.push({ operation, fault });
    },
    throttleFor: (ms) => {
      script.throttledUntil = state.now + ms;
    },
    onAttempt: (outcome) => {
      state.outcome = outcome;
    },
    makeInvalid: (name, statusReason) => {
      state.invalid.set(name, statusReason);
    },
    forgetFinishedJobs: () => {
      for (const [id, job] of state.jobs) if (job.stoppedAt !== undefined) state.jobs.delete(id);
    },
    close: server.close,
  };
}

/** Second by second while jobs move, then in one leap; returns whether jobs moved to the end. */
function advance(state: StubState, ms: number): boolean {
  const end = state.now + ms;
  let moves = true;
  while (state.now < end) {
    state.now = moves ? Math.min(state.now + TICK_MS, end) : end;
    settleResources(state);
    moves = tickJobs(state);
    applyTimeLimits(state);
  }
  forgetOldJobs(state);
  return moves;
}
