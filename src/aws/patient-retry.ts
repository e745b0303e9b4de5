import type { BatchClientConfig } from '@aws-sdk/client-batch';
import type { Clock } from '../ports.ts';

type Strategy = Extract<
  NonNullable<BatchClientConfig['retryStrategy']>,
  { refreshRetryTokenForRetry: unknown }
>;
type Token = Awaited<ReturnType<Strategy['acquireInitialRetryToken']>>;
type ErrorInfo = Parameters<Strategy['refreshRetryTokenForRetry']>[1];

/** Which failures a client sends again. */
export type RetryKind =
  /** Throttling and what looks like an outage. */
  | 'all'
  /** Throttling alone: the service surely did not do what it was asked. For calls that must not happen twice. */
  | 'throttling';

export interface Patience {
  readonly clock: Clock;
  /** Ends waiting early. */
  readonly stop?: AbortSignal | undefined;
  readonly kind: RetryKind;
}

const MAX_OUTAGE_RETRIES = 4;
const OUTAGE_BASE_MS = 200;
const THROTTLE_BASE_MS = 1_000;
const MAX_DELAY_MS = 20_000;
/** Batch allows an account 50 calls a second in all: others' calls may take them for a while. */
const THROTTLE_PATIENCE_MS = 120_000;

/**
 * Waits out throttling for two minutes (the SDK's own strategy gives up after 2 s) and an outage for some seconds. Waits on
 * the given clock, so that Ctrl-C and tests need not wait.
 */
export function patientRetry(patience: Patience): Strategy {
  const waits = new WeakMap<Token, Waits>();
  const token = (kept: Waits): Token => {
    const made: Token = { getRetryCount: () => kept.retries, getRetryDelay: () => 0 };
    waits.set(made, kept);
    return made;
  };
  return {
    acquireInitialRetryToken: () => Promise.resolve(token({ retries: 0, waitedMs: 0 })),
    refreshRetryTokenForRetry: async (old, info) =>
      token(await nextWait(waits.get(old) ?? { retries: 0, waitedMs: 0 }, info, patience)),
    recordSuccess: () => undefined,
  };
}

interface Waits {
  readonly retries: number;
  readonly waitedMs: number;
}

async function nextWait({ retries, waitedMs }: Waits, info: ErrorInfo, patience: Patience): Promise<Waits> {
  const delayMs = delayBefore(retries, waitedMs, info.errorType, patience.kind);
  if (delayMs === null) throw new Error('no more retries');
  await patience.clock.sleep(delayMs, patience.stop);
  if (patience.stop?.aborted === true) throw new Error('stopped');
  return { retries: retries + 1, waitedMs: waitedMs + delayMs };
}

/** null: give up. Half of each delay is random, so that competitors part. */
function delayBefore(
  retries: number,
  waitedMs: number,
  type: ErrorInfo['errorType'],
  kind: RetryKind,
): number | null {
  const throttled = type === 'THROTTLING';
  if (throttled ? waitedMs >= THROTTLE_PATIENCE_MS : kind === 'throttling' || retries >= MAX_OUTAGE_RETRIES)
    return null;
  if (type === 'CLIENT_ERROR') return null;
  const base = throttled ? THROTTLE_BASE_MS : OUTAGE_BASE_MS;
  return Math.min(base * 2 ** retries, MAX_DELAY_MS) * (0.5 + Math.random() / 2);
}
