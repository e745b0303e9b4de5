import { COG_DRIVER_COMMAND, gdalEnvironment, VERSION_COMMAND, type GdalCommand } from './gdal.ts';
import { ProcessError, runProcess, type ProcessOutput } from './run-process.ts';

/** What a single GDAL run may use. */
export interface GdalLimits {
  readonly folder: string;
  readonly threads: number;
  readonly cacheMiB: number;
  readonly sidecars: boolean;
  readonly timeoutMs: number;
  /** Takes what the program writes as it comes, however much that is; it is not kept then. */
  readonly onStdout?: (chunk: Buffer) => void;
}

/** Runs GDAL's programs until `signal` ends them. */
export interface GdalRunner {
  readonly version: string;
  run(command: GdalCommand, limits: GdalLimits): Promise<ProcessOutput>;
}

/** GDAL is missing, too old or has no COG driver: no file of the job can be converted. */
export class GdalMissing extends Error {
  override readonly name = 'GdalMissing';
}

/** The COG driver came with 3.1. */
const OLDEST = [3, 1] as const;
const PROBE_TIMEOUT_MS = 60_000;

/** Finds GDAL on the PATH. @throws GdalMissing saying what to install */
export async function findGdal(
  search: Readonly<Record<string, string>>,
  scratch: string,
  signal: AbortSignal,
): Promise<GdalRunner> {
  const run = runBy([], search, signal);
  const limits = { folder: scratch, threads: 1, cacheMiB: 16, sidecars: false, timeoutMs: PROBE_TIMEOUT_MS };
  const [said, driver] = await Promise.all([
    probe(run, VERSION_COMMAND, limits),
    probe(run, COG_DRIVER_COMMAND, limits),
  ]);
  const version = versionOf(said);
  if (!/Short Name: COG\b/.test(driver))
    throw new GdalMissing(`GDAL ${version} has no COG driver; install GDAL 3.1 or later`);
  const bound = runBy(WITH_WORKER, search, signal);
  const isBound = await bound({ command: 'true', args: [] }, limits).then(
    () => true,
    () => false,
  );
  return { version, run: isBound ? bound : run };
}

/**
 * Linux, util-linux 2.33: the kernel kills GDAL when the worker dies, however that happens; it would else go on for nobody.
 * @see https://man7.org/linux/man-pages/man1/setpriv.1.html
 */
const WITH_WORKER = ['setpriv', '--pdeathsig', 'KILL', '--'];

function runBy(
  launcher: readonly string[],
  search: Readonly<Record<string, string>>,
  signal: AbortSignal,
): GdalRunner['run'] {
  return (command, limits) =>
    runProcess({
      ...command,
      launcher,
      env: gdalEnvironment({ ...limits, scratch: limits.folder, search }),
      cwd: limits.folder,
      timeoutMs: limits.timeoutMs,
      signal,
      ...(limits.onStdout === undefined ? {} : { onStdout: limits.onStdout }),
    });
}

async function probe(run: GdalRunner['run'], command: GdalCommand, limits: GdalLimits): Promise<string> {
  try {
    return (await run(command, limits)).stdout.toString('utf8');
  } catch (cause) {
    if (!(cause instanceof ProcessError) || cause.kind === 'aborted') throw cause;
    const why =
      cause.kind === 'spawn-failed' ? 'was not found on the PATH' : `does not run (${cause.message})`;
    throw new GdalMissing(
      `${command.command} ${why}; install GDAL 3.1 or later (Debian and Ubuntu: apt install gdal-bin)`,
      { cause },
    );
  }
}

function versionOf(text: string): string {
  const [, version, major, minor] = /^GDAL ((\d+)\.(\d+)\S*?),/.exec(text) ?? [];
  if (version === undefined)
    throw new GdalMissing(`gdal_translate --version says ${JSON.stringify(text.slice(0, 80))}`);
  const isOld = Number(major) < OLDEST[0] || (Number(major) === OLDEST[0] && Number(minor) < OLDEST[1]);
  if (isOld) throw new GdalMissing(`GDAL ${version} is too old: the COG driver came with 3.1`);
  return version;
}
