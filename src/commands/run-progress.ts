import { etaSeconds, type ProgressSample } from '../plan/progress.ts';
import type { Clock, Reporter, RunProgress } from '../ports.ts';

/** Files and bytes of a run that were done, told to the reporter as they come. */
export class RunProgressTracker {
  readonly #reporter: Reporter;
  readonly #clock: Clock;
  readonly #samples: ProgressSample[];
  #state: RunProgress;

  constructor(
    total: { readonly files: number; readonly bytes: number },
    deps: { reporter: Reporter; clock: Clock },
  ) {
    this.#reporter = deps.reporter;
    this.#clock = deps.clock;
    this.#samples = [{ atMs: deps.clock.now().getTime(), bytes: 0 }];
    this.#state = { ...total, filesDone: 0, filesFailed: 0, bytesDone: 0, etaSeconds: null };
    this.#tell();
  }

  /** One more file has an outcome. */
  add(bytes: number, isFailed: boolean): void {
    const { filesDone, filesFailed, bytesDone } = this.#state;
    this.set({
      filesDone: filesDone + 1,
      filesFailed: filesFailed + (isFailed ? 1 : 0),
      bytesDone: bytesDone + bytes,
    });
  }

  /** How much is done by now. */
  set(now: Pick<RunProgress, 'filesDone' | 'filesFailed' | 'bytesDone'>): void {
    this.#samples.push({ atMs: this.#clock.now().getTime(), bytes: now.bytesDone });
    this.#state = { ...this.#state, ...now, etaSeconds: etaSeconds(this.#samples, this.#state.bytes) };
    this.#tell();
  }

  #tell(): void {
    this.#reporter.progress({ kind: 'run', run: this.#state });
  }
}
