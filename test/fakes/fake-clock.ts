import type { Clock } from '../../src/ports.ts';

/** Time that goes on only where somebody sleeps: `sleep(5000)` ends at once, and it is five seconds later. */
export class FakeClock implements Clock {
  #ms: number;
  /** Every sleep's length. */
  readonly slept: number[] = [];
  /** Called in every sleep, before it ends. */
  onSleep: (ms: number) => Promise<void> | void = () => undefined;
  /** Sleeps that do not end at once, but with their signal or at `wake`. */
  holds: (ms: number) => boolean = () => false;
  #held: (() => void)[] = [];

  constructor(start = '2024-01-15T12:00:00.000Z') {
    this.#ms = Date.parse(start);
  }

  now(): Date {
    return new Date(this.#ms);
  }

  async sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return;
    this.slept.push(ms);
    if (this.holds(ms)) await this.#hold(signal);
    else this.#ms += ms;
    await this.onSleep(ms);
  }

  /** Ends the sleeps that are held. */
  wake(): void {
    for (const end of this.#held.splice(0)) end();
  }

  advance(ms: number): void {
    this.#ms += ms;
  }

  #hold(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#held.push(resolve);
      signal?.addEventListener('abort', () => {
        resolve();
      });
    });
  }
}
