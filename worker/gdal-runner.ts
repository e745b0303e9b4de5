import type { Lack } from '../src/contract/machine.ts';
import { GdalServer, ServerLost, type Surroundings } from './gdal-server.ts';
import {
  COG_DRIVER_COMMAND,
  gdalEnvironment,
  OTHER_PROGRAMS,
  translateCommand,
  VERSION_COMMAND,
  type GdalCommand,
  type TranslateRequest,
} from './gdal.ts';
import { isOnPath } from './on-path.ts';
import { ProcessError, runProcess, untilEnd, type ProcessOutput } from './run-process.ts';

/** What a single GDAL run may use. */
export interface GdalLimits {
  readonly folder: string;
  readonly threads: number;
  readonly cacheMiB: number;
  readonly sidecars: boolean;
  /** See `GdalEnvironment`. */
  readonly plainOverviews?: boolean;
  readonly timeoutMs: number;
  /** Takes what the program writes as it comes, however much that is; it is not kept then. */
  readonly onStdout?: (chunk: Buffer) => void;
}

/** Runs GDAL's programs until `signal` ends them. */
export interface GdalRunner {
  readonly version: string;
  run(command: GdalCommand, limits: GdalLimits): Promise<ProcessOutput>;
  /** Makes a COG. */
  translate(request: TranslateRequest, limits: GdalLimits): Promise<ProcessOutput>;
  close(): Promise<void>;
}

const INSTALL = 'install GDAL 3.1 or later (Debian and Ubuntu: apt install gdal-bin)';

/** GDAL is missing, too old or has no COG driver: no file of the job can be converted. `cause` is set when a program did not run. */
export class GdalMissing extends Error {
  override readonly name = 'GdalMissing';
  readonly lack: Lack;
  constructor(problem: string, options: { readonly cause?: unknown } = {}) {
    super(`${problem}; ${INSTALL}`, options);
    this.lack = { problem, mend: INSTALL };
  }
}

/** The COG driver came with 3.1. */
const OLDEST = [3, 1] as const;
const NOT_FOUND = 'was not found on the PATH';
const PROBE_TIMEOUT_MS = 60_000;

/** What all GDAL runs of a worker share. */
export interface GdalContext {
  /** PATH and where else its libraries and data are looked for. */
  readonly search: Readonly<Record<string, string>>;
  /** For what belongs to no raster. */
  readonly scratch: string;
  readonly signal: AbortSignal;
  /** Whether there will be conversions, which are worth some preparation. */
  readonly converts: boolean;
}

/** Finds GDAL on the PATH. @throws GdalMissing saying what to install */
export async function findGdal(context: GdalContext): Promise<GdalRunner> {
  const limits = {
    folder: context.scratch,
    threads: 1,
    cacheMiB: 16,
    sidecars: true,
    timeoutMs: PROBE_TIMEOUT_MS,
  };
  const server = context.converts
    ? GdalServer.start(surroundingsOf(limits, context), PROBE_TIMEOUT_MS)
    : Promise.resolve(null);
  try {
    return runnerOf(await probeAll(context, limits), server, context);
  } catch (error) {
    await (await server)?.close();
    throw error;
  }
}

/** The programs that were found. */
type Programs = Pick<GdalRunner, 'version' | 'run'>;

async function probeAll(context: GdalContext, limits: GdalLimits): Promise<Programs> {
  const alone = runBy([], context);
  const bound = runBy(WITH_WORKER, context);
  const [said, driver, isBound] = await Promise.all([
    probe(alone, VERSION_COMMAND, limits),
    probe(alone, COG_DRIVER_COMMAND, limits),
    succeeds(bound({ command: 'true', args: [] }, limits)),
  ]);
  const version = versionOf(said);
  await refuseIncomplete(context);
  if (!/Short Name: COG\b/.test(driver)) throw new GdalMissing(`GDAL ${version} has no COG driver`);
  return { version, run: isBound ? bound : alone };
}

function runnerOf(programs: Programs, server: Promise<GdalServer | null>, context: GdalContext): GdalRunner {
  const { signal } = context;
  const translate: GdalRunner['translate'] = async (request, limits) => {
    const own = await server;
    const byProgram = (): Promise<ProcessOutput> => programs.run(translateCommand(request), limits);
    // Python's bindings may be of another GDAL than the programs: what is said of one must be true of all
    if (own?.version !== programs.version || !own.isUp) return byProgram();
    const running = own.translate(request, surroundingsOf(limits, context));
    try {
      return await untilEnd(running, { command: 'gdal_translate', timeoutMs: limits.timeoutMs, signal });
    } catch (error) {
      if (error instanceof ServerLost) return byProgram();
      throw error;
    }
  };
  return { ...programs, translate, close: async () => (await server)?.close() };
}

/**
 * Linux, util-linux 2.33: the kernel kills GDAL when the worker dies, however that happens; it would else go on for nobody.
 * @see https://man7.org/linux/man-pages/man1/setpriv.1.html
 */
const WITH_WORKER = ['setpriv', '--pdeathsig', 'KILL', '--'];

function surroundingsOf(limits: GdalLimits, { search }: GdalContext): Surroundings {
  return { env: gdalEnvironment({ ...limits, scratch: limits.folder, search }), cwd: limits.folder };
}

function runBy(launcher: readonly string[], context: GdalContext): GdalRunner['run'] {
  return (command, limits) =>
    runProcess({
      ...command,
      launcher,
      ...surroundingsOf(limits, context),
      timeoutMs: limits.timeoutMs,
      signal: context.signal,
      ...(limits.onStdout === undefined ? {} : { onStdout: limits.onStdout }),
    });
}

async function succeeds(run: Promise<unknown>): Promise<boolean> {
  return run.then(
    () => true,
    () => false,
  );
}

async function probe(run: GdalRunner['run'], command: GdalCommand, limits: GdalLimits): Promise<string> {
  try {
    return (await run(command, limits)).stdout.toString('utf8');
  } catch (cause) {
    if (!(cause instanceof ProcessError) || cause.kind === 'aborted') throw cause;
    const why = cause.kind === 'spawn-failed' ? NOT_FOUND : `does not run (${cause.message})`;
    throw new GdalMissing(`${command.command} ${why}`, { cause });
  }
}

/** Each raster that needs them would fail, and its owner would be told to mend it. */
async function refuseIncomplete({ search }: GdalContext): Promise<void> {
  const path = search['PATH'];
  // without one, programs are found in a list that only the system knows
  if (path === undefined) return;
  for (const program of OTHER_PROGRAMS)
    if (!(await isOnPath(program, path))) throw new GdalMissing(`${program} ${NOT_FOUND}`);
}

function versionOf(text: string): string {
  const [, version, major, minor] = /^GDAL ((\d+)\.(\d+)\S*?),/.exec(text) ?? [];
  if (version === undefined)
    throw new GdalMissing(`gdal_translate --version says ${JSON.stringify(text.slice(0, 80))}`);
  const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  if (isOld) throw new GdalMissing(`GDAL ${version} is too old: the COG driver came with 3.1`);
  return version;
}
