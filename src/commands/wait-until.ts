import { CogconvError, InterruptedError } from '../errors.ts';
import type { Clock } from '../ports.ts';

/** Time of a command. */
export interface CommandTime {
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

const FIRST_DELAY_MS = 1_000;
const MAX_DELAY_MS = 10_000;

/** How long and for what to wait. */
export interface Wait<T> {
  /** For the error: `job queue cog-converter-queue`. */
  readonly what: string;
  readonly deadlineMs: number;
  find(): Promise<T>;
  isDone(state: T): boolean;
}

/**
 * Asks again and again, ever more slowly, until it is done.
 * @throws CogconvError after the deadline, InterruptedError on Ctrl-C
 */
export async function waitUntil<T>({ clock, stop }: CommandTime, wait: Wait<T>): Promise<T> {
  const end = clock.now().getTime() + wait.deadlineMs;
  for (let delayMs = FIRST_DELAY_MS; ; delayMs = Math.min(delayMs * 1.5, MAX_DELAY_MS)) {
    const state = await wait.find();
    if (wait.isDone(state)) return state;
    if (clock.now().getTime() >= end) {
      const minutes = String(Math.round(wait.deadlineMs / 60_000));
      throw new CogconvError(`${wait.what} is not ready after ${minutes} minutes`, {
        hint: 'run the command again: it goes on where it stopped',
      });
    }
    await clock.sleep(delayMs, stop);
    throwIfStopped(stop);
  }
}

/** @throws InterruptedError when the user has pressed Ctrl-C */
export function throwIfStopped(stop: AbortSignal): void {
  if (!stop.aborted) return;
  throw new InterruptedError('interrupted', { hint: 'run the command again: it goes on where it stopped' });
}
