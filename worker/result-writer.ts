import { setTimeout as sleep } from 'node:timers/promises';

/** Writes the newest state of a document: one write at a time, at most about one a second, the last one always. */
export class ResultWriter {
  readonly #write: () => Promise<void>;
  readonly #onFault: (error: unknown) => void;
  readonly #pauseMs: number;
  #isDirty = false;
  #running: Promise<void> | undefined;
  #hurry = new AbortController();

  /** `write` stores the state as it is when called; `onFault` is told of failures between first and last write. */
  constructor(
    write: () => Promise<void>,
    options: { readonly pauseMs: number; readonly onFault: (error: unknown) => void },
  ) {
    this.#write = write;
    this.#onFault = options.onFault;
    this.#pauseMs = options.pauseMs;
  }

  /** The state has changed: it is written soon. */
  changed(): void {
    this.#isDirty = true;
    this.#running ??= this.#loop().finally(() => {
      this.#running = undefined;
    });
  }

  /** Ends the pauses and writes the state for good. @throws what `write` throws */
  async finish(): Promise<void> {
    this.#isDirty = false;
    this.#hurry.abort();
    await this.#running;
    await this.#write();
  }

  async #loop(): Promise<void> {
    while (this.#isDirty) {
      this.#isDirty = false;
      // a state that could not be written now is written with the next change, at the latest at the end
      await this.#write().catch(this.#onFault);
      await sleep(this.#pauseMs, undefined, { signal: this.#hurry.signal }).catch(() => undefined);
    }
  }
}
