import { etaSeconds, type ProgressSample } from '../plan/progress.ts';
import type { Clock, Reporter, RunProgress } from '../ports.ts';

/** Files and bytes that were done, told to the reporter as they come, with the time that is left. */
export class RunProgressTracker {
  readonly #deps: { readonly reporter: Reporter; readonly clock: Clock };
  readonly #samples: ProgressSample[] = [];

  constructor(deps: { readonly reporter: Reporter; readonly clock: Clock }) {
    this.#deps = deps;
  }

  /** How much is done by now. */
  set(now: Omit<RunProgress, 'etaSeconds'>): void {
    this.#samples.push({ atMs: this.#deps.clock.now().getTime(), bytes: now.bytesDone });
    const run = { ...now, etaSeconds: etaSeconds(this.#samples, now.bytes) };
    this.#deps.reporter.progress({ kind: 'run', run });
  }
}
