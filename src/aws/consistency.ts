import { InterruptedError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { awsCode, awsMessage } from './aws-error.ts';

/** Time for an adapter: waits go through the clock and end with the signal. */
export interface Waiting {
  readonly clock: Clock;
  readonly stop?: AbortSignal | undefined;
}

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 8_000;
const PATIENCE_MS = 120_000;

/** What a service says of something that IAM or EC2 made a moment ago and that it cannot see yet. */
const NOT_YET = [
  /instance ?(?:profile|role)/i,
  /sts:AssumeRole/i,
  /service ?role/i,
  /launch ?template/i,
  /valid before attaching/i,
  /is being modified/i,
];

/** True for refusals that pass by themselves: IAM is eventually consistent, and Batch changes one thing at a time. */
export function isNotYet(error: unknown): boolean {
  const code = awsCode(error);
  if (code === 'NoSuchEntityException' || code === 'NoSuchEntity') return true;
  return code === 'ClientException' && NOT_YET.some((pattern) => pattern.test(awsMessage(error)));
}

/** Repeats a call while it is refused for a reason that passes (two minutes at most, then the refusal is thrown). */
export async function whenReady<T>(
  { clock, stop }: Waiting,
  call: () => Promise<T>,
  passes: (error: unknown) => boolean = isNotYet,
): Promise<T> {
  const deadline = clock.now().getTime() + PATIENCE_MS;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 2, MAX_DELAY_MS)) {
    try {
      return await call();
    } catch (error) {
      if (!passes(error) || clock.now().getTime() >= deadline) throw error;
      await clock.sleep(delayMs, stop);
      if (stop?.aborted === true) throw new InterruptedError('interrupted', { cause: error });
    }
  }
}

/** The call's answer, or null when the service answers one of these codes: "there is none" as a value. */
export async function orNull<T>(codes: readonly string[], call: Promise<T>): Promise<T | null> {
  try {
    return await call;
  } catch (error) {
    if (codes.includes(awsCode(error) ?? '')) return null;
    throw error;
  }
}
