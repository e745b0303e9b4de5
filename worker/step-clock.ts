import type { StepSeconds } from '../src/contract/result.ts';

type Step = keyof StepSeconds;

/** Runs a step and books its seconds. */
export type Timed = <T>(step: Step, work: () => Promise<T>) => Promise<T>;

/**
 * Books the time of a file's steps, every second once: what a step within another takes (a wait within an inspection) is not the
 * outer one's. Steps of one file follow each other.
 */
export class StepClock {
  readonly #now: () => number;
  readonly #milliseconds = new Map<Step, number>();
  readonly #start: number;
  /** What steps within the one under way have taken. */
  #within = 0;

  /** `now`: milliseconds of a monotonic clock. */
  constructor(now: () => number) {
    this.#now = now;
    this.#start = now();
  }

  readonly timed: Timed = async (step, work) => {
    const [before, from] = [this.#within, this.#now()];
    this.#within = 0;
    return work().finally(() => {
      const took = this.#now() - from;
      this.#milliseconds.set(step, (this.#milliseconds.get(step) ?? 0) + took - this.#within);
      this.#within = before + took;
    });
  };

  /** Since the clock was made. */
  get seconds(): number {
    return inSeconds(this.#now() - this.#start);
  }

  get steps(): StepSeconds {
    return Object.fromEntries([...this.#milliseconds].map(([step, taken]) => [step, inSeconds(taken)]));
  }
}

function inSeconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000;
}
