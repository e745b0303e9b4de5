import { readFile } from 'node:fs/promises';
import { availableParallelism } from 'node:os';
import { setTimeout as delay } from 'node:timers/promises';
import { text } from 'node:stream/consumers';
import type { GeneralFlags } from './cli/cli.ts';
import type { DriveDeps } from './commands/drive-run.ts';
import type { StatusDeps } from './commands/status.ts';
import { requireConfig, type Config, type GivenConfig } from './config.ts';
import { consoleReporter, personAt, type Redraw, type Streams } from './console.ts';
import { CogconvError, ConfigError, EXIT, exitCodeOf } from './errors.ts';
import type { Log } from './log.ts';
import type { Clock, Interrupts, Person, Processes, Reporter, Runner, StatusLists } from './ports.ts';
import type { ObjectStore } from './storage/object-store.ts';

/** What commands get: settings and adapters, each made when first asked for, so that no command loads what it does not use. */
export interface Services extends Interrupts {
  readonly given: GivenConfig;
  /** @throws ConfigError with all problems */
  config(): Config;
  store(): Promise<ObjectStore>;
  /** All that commands on the bucket and its runs need. */
  runDeps(): Promise<DriveDeps & StatusDeps>;
  readonly lists: StatusLists;
  readonly reporter: Reporter;
  readonly person: Person;
  readonly clock: Clock;
  /** A text file, or stdin for `-`. @throws ConfigError */
  readInput(path: string): Promise<string>;
  /** Writes the error into the log, with its stack when it is a bug. */
  failed(error: unknown): void;
  close(): void;
}

/** What `main.ts` knows of the process. */
export interface Edge extends Interrupts, Streams {
  readonly version: string;
  /** The bundled worker, `dist/worker.mjs`. */
  readonly workerFile: string;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Wires the real adapters. */
export async function openServices(edge: Edge, given: GivenConfig, flags: GeneralFlags): Promise<Services> {
  const log = await openedLog(given, edge);
  const reporter = consoleReporter(edge.stderr, flags, log, await terminalRedraw(edge));
  const clock = systemClock();
  const config = (): Config => requireConfig(given);
  const store = once(() => connectStore(config(), reporter));
  const lists = statusLists(() => config().outputDir);
  return {
    given,
    config,
    store,
    lists,
    runDeps: async () => ({
      ...(await connectRuns(edge, config(), await store(), { reporter, clock })),
      lists,
      reporter,
      clock,
      stop: edge.stop,
      kill: edge.kill,
    }),
    reporter,
    person: personAt(edge),
    clock,
    stop: edge.stop,
    kill: edge.kill,
    readInput: (path) => readInput(path, edge.stdin),
    failed: (error) => {
      reporter.progress(null);
      logFailure(log, error);
    },
    close: () => {
      reporter.progress(null);
      store.opened()?.then(
        (opened) => {
          opened.close();
        },
        () => undefined,
      );
    },
  };
}

interface Once<T> {
  (): Promise<T>;
  opened(): Promise<T> | null;
}

function once<T>(open: () => Promise<T>): Once<T> {
  let opened: Promise<T> | null = null;
  return Object.assign(() => (opened ??= open()), { opened: () => opened });
}

/** A log that cannot be written is no reason not to answer; settings that are wrong have no folder to log to. */
async function openedLog(given: GivenConfig, { version, stderr }: Edge): Promise<Log> {
  const nowhere: Log = { write: () => undefined };
  if (given.config === null) return nowhere;
  try {
    const { openLog } = await import('./log.ts');
    return openLog(given.config.outputDir, version);
  } catch (error) {
    stderr.write(`warning: no log in ${given.config.outputDir}: ${(error as Error).message}\n`);
    return nowhere;
  }
}

async function terminalRedraw({ stderr, env }: Edge): Promise<Redraw | null> {
  if (!stderr.isTTY || env['TERM'] === 'dumb') return null;
  const { createLogUpdate } = await import('log-update');
  return createLogUpdate(stderr);
}

async function connectStore(config: Config, reporter: Reporter): Promise<ObjectStore> {
  const { openStore } = await import('./storage/open-store.ts');
  return openStore(config.bucket, {
    region: config.region,
    ...(config.profile === null ? {} : { profile: config.profile }),
    onSkipped: (path, why) => {
      reporter.warn(`${path} is left out: ${why}`);
    },
  });
}

async function connectRuns(
  edge: Edge,
  config: Config,
  store: ObjectStore,
  told: { readonly reporter: Reporter; readonly clock: Clock },
): Promise<Pick<DriveDeps, 'store' | 'processes' | 'memory' | 'submitted' | 'runner'>> {
  const { ownIdentity, isAlive } = await import('./storage/process-identity.ts');
  const { SubmittedJobsFile } = await import('./files/submitted-jobs.ts');
  const processes = { own: ownIdentity(), isAlive };
  const local = once(() => localRunner(edge, config, { ...told, store, processes }));
  return {
    store,
    processes,
    memory: { get: () => null, set: () => undefined },
    submitted: new SubmittedJobsFile(config.outputDir, told.reporter),
    runner: (name) =>
      name === 'local' ? local() : Promise.reject(new CogconvError('runner batch is not there')),
  };
}

interface LocalParts {
  readonly store: ObjectStore;
  readonly processes: Processes;
  readonly clock: Clock;
  readonly reporter: Reporter;
}

async function localRunner(edge: Edge, config: Config, parts: LocalParts): Promise<Runner> {
  const { LocalRunner } = await import('./local/local-runner.ts');
  const { bucket } = parts.store;
  const { cogPrefix, region, profile, scratchDir } = config;
  return new LocalRunner({
    ...parts,
    bucket,
    cogPrefix,
    workerFile: edge.workerFile,
    cpus: availableParallelism(),
    env: {
      ...edge.env,
      AWS_REGION: region,
      ...(profile === null ? {} : { AWS_PROFILE: profile }),
      ...(scratchDir === null ? {} : { SCRATCH_DIR: scratchDir }),
    },
  });
}

function statusLists(folder: () => string): StatusLists {
  const lists = once(() => import('./files/status-lists.ts'));
  return {
    sources: async (rows) => (await lists()).writeSourceList(folder(), rows),
    cogs: async (keys) => (await lists()).writeCogList(folder(), keys),
    pending: async (files) => (await lists()).writePendingList(folder(), files),
  };
}

function systemClock(): Clock {
  return {
    now: () => new Date(),
    sleep: (ms, signal) =>
      delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
  };
}

async function readInput(path: string, stdin: NodeJS.ReadStream): Promise<string> {
  try {
    return path === '-' ? await text(stdin) : await readFile(path, 'utf8');
  } catch (cause) {
    throw new ConfigError([`cannot read ${path}: ${(cause as Error).message}`]);
  }
}

function logFailure(log: Log, error: unknown): void {
  const facts =
    error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) };
  log.write('error', exitCodeOf(error) === EXIT.bug ? 'Command:Bug' : 'Command:Failed', facts);
}
