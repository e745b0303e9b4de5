import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { GeneralFlags } from './cli/cli.ts';
import type { DriveDeps } from './commands/drive-run.ts';
import type { StatusDeps } from './commands/status.ts';
import {
  requireAccount,
  requireConfig,
  type AccountConfig,
  type Config,
  type GivenConfig,
} from './config.ts';
import { consoleReporter, personAt, type Redraw, type Streams } from './console.ts';
import type { MachineFacts } from './contract/machine.ts';
import { isDirectoryBucket } from './contract/naming.ts';
import { AccessError, ConfigError, EXIT, exitCodeOf } from './errors.ts';
import { lazyLog, type LazyLog } from './lazy-log.ts';
import type { Log } from './log.ts';
import { once, type Once } from './once.ts';
import type { Clock, Interrupts, Person, Reporter, StatusLists, Verifier } from './ports.ts';
import { openAws, type AwsServices } from './services-aws.ts';
import { localMachine, localRunner, localVerifier } from './services-local.ts';
import { StorageError, type ObjectStore } from './storage/object-store.ts';
import { isAlive, ownIdentity } from './storage/process-identity.ts';

/** What commands get: settings and adapters, each made when first asked for, so that no command loads what it does not use. */
export interface Services extends Interrupts {
  readonly given: GivenConfig;
  /** @throws ConfigError with all problems */
  readonly config: () => Config;
  /** For a command that touches no bucket. @throws ConfigError with all problems */
  readonly account: () => AccountConfig;
  readonly store: () => Promise<ObjectStore>;
  /** Of a directory that stands for the bucket: whether a folder takes files. @throws StorageError */
  readonly tryWriting: (folder: string) => Promise<void>;
  /** Needs GDAL on this machine when it is used. */
  readonly verifier: () => Promise<Verifier>;
  /** What this machine has for local jobs. */
  readonly machine: () => Promise<MachineFacts>;
  /** All that commands on the bucket and its runs need. */
  readonly runDeps: () => Promise<DriveDeps & StatusDeps>;
  readonly aws: AwsServices;
  /** cogconv's own. */
  readonly version: string;
  /** Writes to stdout at once, for output that has no end. */
  readonly print: (lines: readonly string[]) => void;
  readonly lists: StatusLists;
  readonly reporter: Reporter;
  readonly person: Person;
  readonly clock: Clock;
  /** A text file, or stdin for `-`. @throws ConfigError */
  readonly readInput: (path: string) => Promise<string>;
  /** Writes the error into the log, with its stack when it is a bug. */
  readonly failed: (error: unknown) => void;
  readonly close: () => Promise<void>;
}

/** What `main.ts` knows of the process. */
export interface Edge extends Interrupts, Streams {
  readonly version: string;
  /** The bundled worker, `dist/worker.mjs`. */
  readonly workerFile: string;
  /** Where Dockerfile and dist/ are. */
  readonly packageDir: string;
  readonly stdout: (text: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
}

/** Wires the real adapters. */
export async function openServices(
  edge: Edge,
  given: GivenConfig,
  flags: GeneralFlags,
  command: string,
): Promise<Services> {
  const log = openedLog(given, edge);
  const reporter = consoleReporter(edge.stderr, flags, log, await terminalRedraw(edge));
  const clock = systemClock();
  const config = (): Config => requireConfig(given);
  const account = (): AccountConfig => requireAccount(given);
  const store = once(() => connectStore(config(), reporter, edge));
  const lists = statusLists(() => config().outputDir);
  const aws = openAws(config, account, { ...edge, clock, reporter, command });
  const { stop, kill, version } = edge;
  const common = { lists, reporter, clock, stop, kill };
  return {
    ...common,
    given,
    config,
    account,
    store,
    tryWriting: async (folder) => tryWriting((await store()).bucket, folder),
    aws,
    version,
    verifier: async () => localVerifier(edge, config(), (await store()).bucket, clock),
    machine: () => localMachine(edge, config(), clock),
    runDeps: async () => ({
      ...(await connectRuns(edge, config(), await store(), { reporter, clock, aws })),
      ...common,
    }),
    print: (lines) => {
      for (const line of lines) edge.stdout(`${line}\n`);
    },
    person: personAt(edge),
    readInput: (path) => readInput(path, edge),
    failed: (error) => {
      reporter.progress(null);
      logFailure(log, error);
      warnOfDirectory(reporter, given.config?.bucket ?? '', error);
    },
    close: async () => {
      reporter.progress(null);
      aws.close();
      closeOpened(store);
      await log.settled();
    },
  };
}

async function tryWriting(directory: string, folder: string): Promise<void> {
  const writing = await import('./storage/try-writing.ts');
  await writing.tryWriting(directory, folder);
}

function closeOpened(store: Once<ObjectStore>): void {
  store.opened()?.then(
    (opened) => {
      opened.close();
    },
    () => undefined,
  );
}

/** A log that cannot be written is no reason not to answer; settings that are wrong have no folder to log to. */
function openedLog(given: GivenConfig, { version, stderr }: Edge): LazyLog {
  const outputDir = given.account?.outputDir;
  return lazyLog(
    async () =>
      outputDir === undefined
        ? { write: () => undefined }
        : (await import('./log.ts')).openLog(outputDir, version),
    (error) => {
      stderr.write(`warning: no log in ${String(outputDir)}: ${(error as Error).message}\n`);
    },
  );
}

async function terminalRedraw({ stderr, env }: Edge): Promise<Redraw | null> {
  if (env['TERM'] === 'dumb' || !stderr.isTerminal()) return null;
  const { createLogUpdate } = await import('log-update');
  return createLogUpdate(stderr.stream());
}

async function connectStore(
  config: Config,
  reporter: Reporter,
  { stop, kill }: Interrupts,
): Promise<ObjectStore> {
  const { openStore } = await import('./storage/open-store.ts');
  return openStore(config.bucket, {
    region: config.region,
    ...(config.profile === null ? {} : { profile: config.profile }),
    stop,
    kill,
    onSkipped: (path, why) => {
      reporter.warn(`${path} is left out: ${why}`);
    },
  });
}

async function connectRuns(
  edge: Edge,
  config: Config,
  store: ObjectStore,
  { aws, ...told }: { readonly reporter: Reporter; readonly clock: Clock; readonly aws: AwsServices },
): Promise<Pick<DriveDeps, 'store' | 'processes' | 'cache' | 'submitted' | 'runner' | 'checkReady'>> {
  const { DocumentFiles } = await import('./files/document-files.ts');
  const { SubmittedJobsFile } = await import('./files/submitted-jobs.ts');
  const processes = { own: ownIdentity(), isAlive };
  const local = once(() => localRunner(edge, config, { ...told, store, processes }));
  const batch = once(() => aws.batchRunner(store.bucket));
  return {
    store,
    processes,
    cache: new DocumentFiles(config.outputDir, store.bucket, config.cogPrefix),
    submitted: new SubmittedJobsFile(config.outputDir, told.reporter),
    runner: (name) => (name === 'local' ? local() : batch()),
    checkReady: async (runner) => {
      if (runner === 'local') return;
      const { checkDeployment } = await import('./commands/check-deployment.ts');
      await checkDeployment(await aws.deployDeps(), config);
    },
  };
}

function statusLists(folder: () => string): StatusLists {
  const lists = once(() => import('./files/status-lists.ts'));
  return {
    sources: async (rows) => (await lists()).writeSourceList(folder(), rows),
    cogs: async (keys) => (await lists()).writeCogList(folder(), keys),
    pending: async (files) => (await lists()).writePendingList(folder(), files),
    failed: async (failures) => (await lists()).writeFailedList(folder(), failures),
  };
}

function systemClock(): Clock {
  return {
    now: () => new Date(),
    sleep: (ms, signal) =>
      delay(ms, undefined, signal === undefined ? {} : { signal }).catch(() => undefined),
  };
}

async function readInput(path: string, { stdin }: Edge): Promise<string> {
  try {
    if (path !== '-') return await readFile(path, 'utf8');
    const { text } = await import('node:stream/consumers');
    return await text(stdin());
  } catch (cause) {
    throw new ConfigError([`cannot read ${path}: ${(cause as Error).message}`]);
  }
}

/** Only a slash tells a directory from a bucket, and it is easily forgotten. */
function warnOfDirectory(reporter: Reporter, bucket: string, error: unknown): void {
  const isOfBucket = error instanceof StorageError || error instanceof AccessError;
  if (!isOfBucket || isDirectoryBucket(bucket) || !existsSync(bucket)) return;
  reporter.warn(`S3_BUCKET=${bucket} means a bucket; the directory of that name is S3_BUCKET=./${bucket}`);
}

function logFailure(log: Log, error: unknown): void {
  const facts =
    error instanceof Error ? { message: error.message, stack: error.stack } : { message: String(error) };
  log.write('error', exitCodeOf(error) === EXIT.bug ? 'Command:Bug' : 'Command:Failed', facts);
}
