import { encodeJob } from '../contract/job-env.ts';
import { jobName, manifestKey } from '../contract/naming.ts';
import type { BrokenJob, RunRecord } from '../contract/run-record.ts';
import { RunEndedError } from '../errors.ts';
import { HEARTBEAT_EVERY_MS } from '../plan/liveness.ts';
import { judgeEnd, type WorkerEnd, type WorkerVerdict } from '../plan/worker-exit.ts';
import type { Clock, JobObservation, Reporter, StartHooks } from '../ports.ts';
import { superviseWorker } from './supervise-worker.ts';
import type { WorkerProgram } from './worker-process.ts';

const MAX_ATTEMPTS = 3;
const PAUSE_MS = 5_000;

/** Where a run runs. */
export interface LocalMachine {
  readonly bucket: string;
  readonly cogPrefix: string;
  /** What every worker gets beside its job. */
  readonly program: WorkerProgram;
  /** Workers at once. */
  readonly slots: number;
  readonly clock: Clock;
  readonly reporter: Reporter;
}

/** One run, from its first worker to its last. */
export class LocalRun {
  /** By job number. */
  readonly observations = new Map<number, JobObservation>();
  readonly #run: RunRecord;
  readonly #hooks: StartHooks;
  readonly #machine: LocalMachine;
  readonly #broken: BrokenJob[] = [];
  readonly #lost = new AbortController();
  readonly #stop: AbortSignal;
  #started = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(run: RunRecord, hooks: StartHooks, machine: LocalMachine) {
    this.#run = run;
    this.#hooks = hooks;
    this.#machine = machine;
    this.#stop = AbortSignal.any([hooks.stop, hooks.kill, this.#lost.signal]);
  }

  /** @throws RunEndedError when somebody else ended the run, once its workers have ended */
  async toEnd(): Promise<void> {
    await this.#save({ state: 'submitted' });
    const end = new AbortController();
    const beating = this.#beat(end.signal);
    try {
      await Promise.all(Array.from({ length: this.#machine.slots }, () => this.#workOff()));
    } finally {
      end.abort();
      await beating;
    }
    await this.#save({ state: 'ended', broken: this.#broken });
    if (this.#lost.signal.aborted) throw this.#lost.signal.reason;
  }

  async #workOff(): Promise<void> {
    while (!this.#stop.aborted && this.#started < this.#run.jobs) await this.#runJob(++this.#started);
  }

  async #runJob(n: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      this.#observe(n, { state: 'RUNNING', reason: null, attempts: attempt });
      const end = await this.#attempt(n, attempt);
      const verdict = judgeEnd(end);
      const mayTryAgain = verdict.kind === 'again' && attempt < MAX_ATTEMPTS && !this.#stop.aborted;
      if (!mayTryAgain) {
        await this.#conclude(n, attempt, verdict);
        return;
      }
      this.#machine.reporter.event('Worker:Retried', { job: this.#nameOf(n), attempt, ...end });
      this.#observe(n, { state: 'RUNNABLE', reason: verdict.reason, attempts: attempt });
      await this.#machine.clock.sleep(PAUSE_MS * attempt, this.#stop);
    }
  }

  async #attempt(n: number, attempt: number): Promise<WorkerEnd> {
    const { bucket, cogPrefix, program, clock } = this.#machine;
    const manifest = manifestKey(cogPrefix, this.#run.run, n);
    const job = { ...encodeJob({ bucket, manifest }), AWS_BATCH_JOB_ATTEMPT: String(attempt) };
    return await superviseWorker(
      { ...program, env: { ...program.env, ...job } },
      {
        clock,
        stop: this.#stop,
        kill: this.#hooks.kill,
        onMessage: (message) => {
          if (message.type === 'file') this.#hooks.onFile(n, message.file);
        },
      },
    );
  }

  async #conclude(n: number, attempts: number, { kind, reason }: WorkerVerdict): Promise<void> {
    const state = kind === 'succeeded' ? 'SUCCEEDED' : 'FAILED';
    this.#observe(n, {
      state,
      reason: this.#stop.aborted && kind === 'again' ? 'interrupted' : reason,
      attempts,
    });
    const isBroken = kind === 'broken' || (kind === 'again' && !this.#stop.aborted);
    if (!isBroken) return;
    this.#machine.reporter.event('Worker:Broken', { job: this.#nameOf(n), attempts, reason });
    this.#broken.push({ job: n, reason: reason ?? 'failed', attempts });
    await this.#save({ broken: [...this.#broken] });
  }

  #observe(n: number, seen: Pick<JobObservation, 'state' | 'reason' | 'attempts'>): void {
    const since = this.#machine.clock.now().toISOString();
    this.observations.set(n, { ...seen, jobId: `local:${this.#nameOf(n)}`, spotLosses: 0, since });
  }

  async #beat(end: AbortSignal): Promise<void> {
    const { clock } = this.#machine;
    for (;;) {
      await clock.sleep(HEARTBEAT_EVERY_MS, end);
      if (end.aborted) return;
      await this.#save({ heartbeatAt: clock.now().toISOString() });
    }
  }

  /** One after the other, so that an older change never follows a newer one. */
  #save(change: Parameters<StartHooks['save']>[0]): Promise<void> {
    this.#saving = this.#saving.then(() => this.#trySave(change));
    return this.#saving;
  }

  /** The work goes on when the record cannot be stored: results tell all that matters. */
  async #trySave(change: Parameters<StartHooks['save']>[0]): Promise<void> {
    try {
      await this.#hooks.save(change);
    } catch (error) {
      if (error instanceof RunEndedError) this.#lost.abort(error);
      else this.#machine.reporter.event('Run:NotSaved', { run: this.#run.run, change, error: String(error) });
    }
  }

  #nameOf(n: number): string {
    return jobName(this.#run.run, n);
  }
}
