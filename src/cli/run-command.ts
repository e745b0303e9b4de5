import { readConfig } from '../config.ts';
import { ConfigError, describeError, exitCodeOf, type ExitCode } from '../errors.ts';
import type { Services } from '../services.ts';
import { printable } from '../terminal/layout.ts';
import type { CliIo, GeneralFlags } from './cli.ts';
import type { Call, CommandSpec, Rendered } from './command-spec.ts';
import { parseEnvFile } from './env-file.ts';
import { settingFlags, type RawOptions } from './setting-options.ts';

/** Version of the JSON documents on stdout. */
export const SCHEMA_VERSION = 1;

/** Runs one command and prints what became of it; the exit code is the answer. Never throws. */
export async function runCommand(
  io: CliIo,
  spec: CommandSpec,
  call: Call,
  raw: RawOptions,
): Promise<ExitCode> {
  const flags = generalFlags(raw);
  let services: Services | null = null;
  try {
    const sources = { flags: settingFlags(raw), env: io.env, envFile: envFile(io, raw['envFile']) };
    const given = readConfig(sources, { needsBucket: spec.needsBucket ?? true });
    services = await io.openServices(given, flags, spec.name);
    for (const warning of given.warnings) services.reporter.warn(warning);
    return await print(io, spec.name, flags, await spec.run(services, call));
  } catch (error) {
    services?.failed(error);
    return complain(io, spec.name, error, flags);
  } finally {
    await services?.close();
  }
}

async function print(io: CliIo, command: string, flags: GeneralFlags, done: Rendered): Promise<ExitCode> {
  io.willExit(done.exitCode);
  if (flags.json) {
    io.stdout(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, command, data: done.data })}\n`);
  } else {
    const lines = done.lines(await io.style(flags.color));
    if (lines.length > 0) io.stdout(`${lines.join('\n')}\n`);
  }
  return done.exitCode;
}

/** Tells of a failure. With `--json` stdout holds a document also when the command failed: `{schemaVersion, command, error}`. */
export function complain(io: CliIo, command: string, error: unknown, flags: GeneralFlags | null): ExitCode {
  const exitCode = exitCodeOf(error);
  io.willExit(exitCode);
  const lines = describeError(error);
  const prefixed =
    error instanceof ConfigError
      ? lines.map((line) => `error: ${line}`)
      : [`error: ${lines[0] ?? ''}`, ...lines.slice(1)];
  io.stderr(`${prefixed.map(printable).join('\n')}\n`);
  if (flags?.json === true) io.stdout(errorDocument(command, exitCode, lines));
  return exitCode;
}

/** What stands on stdout for a command that failed: `{"schemaVersion": 1, "command": "status", "error": {...}}`. */
export function errorDocument(command: string, exitCode: ExitCode, messages: readonly string[]): string {
  return `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, command, error: { exitCode, messages } })}\n`;
}

function generalFlags(raw: RawOptions): GeneralFlags {
  return {
    json: raw['json'] === true,
    quiet: raw['quiet'] === true,
    verbose: raw['verbose'] === true,
    color: raw['color'] !== false,
  };
}

function envFile(io: CliIo, path: string | boolean | undefined): Record<string, string | undefined> {
  if (typeof path !== 'string') return {};
  const variables = parseEnvFile(path, textOf(io, path));
  io.extendEnv(variables);
  return variables;
}

function textOf(io: CliIo, path: string): string {
  try {
    return io.readFile(path);
  } catch (cause) {
    throw new ConfigError([`--env-file is ${JSON.stringify(path)}: ${(cause as Error).message}`]);
  }
}
