import type { RunRecord } from '../contract/run-record.ts';
import { AccessError, CogconvError } from '../errors.ts';
import { processLives } from '../plan/liveness.ts';
import type { Clock, JobObservation, Processes, Reporter, Runner, StartHooks } from '../ports.ts';
import { LocalRun } from './local-run.ts';

/** What of the CLI's own environment would tell a worker another job than its own. */
const JOB_VARIABLES = [
  'MANIFEST_KEY',
  'MANIFEST_RUN',
  'MANIFEST_FIRST',
  'COG_PREFIX',
  'TIFF_KEYS',
  'VERIFY_REQUEST',
  'PROBE_MACHINE',
  'AWS_BATCH_JOB_ID',
  'AWS_BATCH_JOB_ARRAY_INDEX',
  'AWS_BATCH_JOB_ATTEMPT',
];

export interface LocalRunnerOptions {
  /** Bucket name or absolute directory. */
  readonly bucket: string;
  readonly cogPrefix: string;
  /** The bundled worker, `dist/worker.mjs`. */
  readonly workerFile: string;
  /** The CLI's own environment, and settings that came as flags: AWS_REGION, AWS_PROFILE, SCRATCH_DIR. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Of this machine. */
  readonly cpus: number;
  readonly clock: Clock;
  readonly processes: Processes;
  readonly reporter: Reporter;
}

/** Runs jobs as worker processes on this machine, as many at once as their vCPUs fit. */
export class LocalRunner implements Runner {
  readonly name = 'local';
  readonly #options: LocalRunnerOptions;
  readonly #runs = new Map<string, LocalRun>();

  constructor(options: LocalRunnerOptions) {
    this.#options = options;
  }

  async start(run: RunRecord, hooks: StartHooks): Promise<void> {
    const { bucket, cogPrefix, workerFile, cpus, clock, reporter } = this.#options;
    const slots = Math.max(1, Math.floor(cpus / run.options.vcpus));
    const program = { workerFile, env: withoutJob(this.#options.env) };
    const under = new LocalRun(run, hooks, { bucket, cogPrefix, program, slots, clock, reporter });
    this.#runs.set(run.run, under);
    await under.toEnd();
  }

  /** Knows the runs of this process only; of the others, results and the process table tell. */
  observe(run: RunRecord): Promise<ReadonlyMap<number, JobObservation>> {
    return Promise.resolve(this.#runs.get(run.run)?.observations ?? new Map<number, JobObservation>());
  }

  /**
   * Interrupts the `convert` that runs it, as Ctrl-C would. Workers whose `convert` is gone end by themselves.
   * @throws CogconvError when it runs on another machine, AccessError when it is another user's
   */
  async cancel(run: RunRecord): Promise<number> {
    const { processes, clock } = this.#options;
    const { owner, heartbeatAt } = run;
    const isAlive = processes.isAlive(owner);
    if (isAlive === null && owner.host !== processes.own.host) throw elsewhere(run);
    const lives = processLives(heartbeatAt, isAlive, clock.now());
    return await Promise.resolve(lives && interrupt(run) ? run.jobs : 0);
  }
}

function elsewhere({ run, owner }: RunRecord): CogconvError {
  const host = owner.host.split(' ')[0] ?? owner.host;
  return new CogconvError(`run ${run} runs on another machine (${host})`, {
    hint: 'press Ctrl-C in its terminal, or run cogconv cancel there',
  });
}

/** False when it has ended by itself meanwhile. */
function interrupt({ run, owner }: RunRecord): boolean {
  try {
    return process.kill(owner.pid, 'SIGTERM');
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === 'ESRCH') return false;
    if (code !== 'EPERM') throw cause;
    throw new AccessError(
      `run ${run} is another user's: process ${String(owner.pid)} may not be interrupted`,
      { cause, hint: 'run cogconv cancel as that user, or press Ctrl-C in the terminal of its convert' },
    );
  }
}

function withoutJob(env: Readonly<Record<string, string | undefined>>): Record<string, string | undefined> {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !JOB_VARIABLES.includes(name)));
}
