/** A job that waits is only asked about after this long: instances take minutes to start. */
export const LONG_WAIT_MS = 10 * 60_000;

/** A compute environment or queue as Batch describes it. */
export interface PlaceState {
  readonly name: string;
  /** ENABLED or DISABLED. */
  readonly state: string;
  /** VALID, INVALID, UPDATING ... */
  readonly status: string;
  readonly statusReason: string | null;
}

/** What holds a RUNNABLE job. */
export interface Waiting {
  /** Batch's own reason; mostly it gives none. */
  readonly statusReason: string | null;
  readonly waitedMs: number;
  /** Queue and its environments; empty when they were not asked for. */
  readonly places: readonly PlaceState[];
}

/** Batch's reasons and what mends them. @see https://docs.aws.amazon.com/batch/latest/userguide/job_stuck_in_runnable.html */
const HINTS: readonly (readonly [RegExp, string])[] = [
  [
    /^CAPACITY:INSUFFICIENT_INSTANCE_CAPACITY/,
    'EC2 has no such instance free now: it goes on by itself, sooner with more INSTANCE_TYPES or USE_SPOT=false (then cogconv setup)',
  ],
  [
    /^MISCONFIGURATION:COMPUTE_ENVIRONMENT_MAX_RESOURCE/,
    'JOB_VCPUS is more than the environment may have: raise MAX_VCPUS and run cogconv setup',
  ],
  [
    /^MISCONFIGURATION:JOB_RESOURCE_REQUIREMENT/,
    'no instance type holds JOB_VCPUS and JOB_MEMORY: lower them, or change INSTANCE_TYPES and run cogconv setup',
  ],
  [
    /^MISCONFIGURATION:SERVICE_ROLE_PERMISSIONS/,
    "Batch's service role lacks a permission: see cogconv doctor",
  ],
  [/^ACTION_REQUIRED/, 'the compute environment is not usable: see cogconv doctor'],
];

/** Why a job is still RUNNABLE and what to do; null when it has only just begun to wait. */
export function explainWaiting({ statusReason, waitedMs, places }: Waiting): string | null {
  if (statusReason !== null && statusReason !== '') {
    const hint = HINTS.find(([pattern]) => pattern.test(statusReason))?.[1];
    return hint === undefined ? statusReason : `${hint} (${statusReason})`;
  }
  if (waitedMs < LONG_WAIT_MS) return null;
  const broken = places.find(({ state, status }) => state !== 'ENABLED' || status !== 'VALID');
  return broken === undefined ? waitsWithoutReason(waitedMs) : explainPlace(broken);
}

function explainPlace({ name, state, status, statusReason }: PlaceState): string {
  const why = statusReason === null || statusReason === '' ? '' : `: ${statusReason}`;
  return `${name} is ${state} and ${status}${why}; see cogconv doctor`;
}

function waitsWithoutReason(waitedMs: number): string {
  const minutes = String(Math.floor(waitedMs / 60_000));
  return `waits for ${minutes} min and Batch gives no reason: mostly the account's EC2 vCPU quota, or instances that cannot reach the internet; see cogconv doctor`;
}
