import { Command, CommanderError, Option } from 'commander';
import { parseEnv } from 'node:util';
import { COMMANDS } from './command-table.ts';
import { GENERAL_OPTIONS, type Call, type CommandSpec, type Rendered } from './command-spec.ts';
import { readConfig, type GivenConfig } from '../config.ts';
import { ConfigError, describeError, EXIT, exitCodeOf, type ExitCode } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Setting, SettingGroup } from '../setting.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from '../settings.ts';
import { printable } from '../terminal/layout.ts';
import type { Style } from '../terminal/style.ts';

/** Version of the JSON documents on stdout. */
export const SCHEMA_VERSION = 1;

/** Flags that every command takes and that are no settings. */
export interface GeneralFlags {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
  readonly color: boolean;
}

/** The edge of the process, as the CLI sees it. */
export interface CliIo {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly version: string;
  /** Reads `--env-file`; its variables also reach the AWS SDK. @throws the file system's error */
  loadEnvFile(path: string): string;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** For stdout; plain unless it is a terminal that wants colour. */
  readonly style: (color: boolean) => Style;
  readonly openServices: (given: GivenConfig, flags: GeneralFlags, command: string) => Promise<Services>;
}

/** Parses, runs, renders; the exit code is the answer. Never throws. */
export async function runCli(io: CliIo): Promise<ExitCode> {
  const state: { exitCode: ExitCode } = { exitCode: EXIT.done };
  const program = buildProgram(io, async (spec, call, parsed) => {
    state.exitCode = await runCommand(io, spec, call, parsed);
  });
  try {
    await program.parseAsync([...io.argv], { from: 'user' });
    return state.exitCode;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.usage;
    return complain(io, 'cogconv', error, null);
  }
}

type RawOptions = Readonly<Record<string, string | boolean | undefined>>;
type Action = (spec: CommandSpec, call: Call, raw: RawOptions) => Promise<void>;

function buildProgram(io: CliIo, action: Action): Command {
  const program = new Command('cogconv')
    .description('Converts raw GeoTIFFs in S3 (or a directory) to verified Cloud-Optimized GeoTIFFs.')
    .version(io.version)
    .exitOverride()
    .configureOutput({ writeOut: io.stdout, writeErr: io.stderr })
    .showSuggestionAfterError()
    .showHelpAfterError('(see cogconv --help)');
  // a command that is not named is neither run nor explained: its name does, and settings are many
  for (const spec of COMMANDS) addCommand(program, spec, io.argv.includes(spec.name) ? action : null);
  return program.addHelpText('after', PROGRAM_NOTES);
}

const PROGRAM_NOTES = `
First steps:
  cogconv status --bucket ./data   a directory as the bucket: no AWS needed
  cogconv convert --dry-run        the plan; nothing is changed
  cogconv convert                  converts what has no COG yet; again at any time
  cogconv convert --help           the settings of a command

Every setting is a flag and an environment variable: see cogconv config.
Exit codes: 0 done, 1 failed, 2 usage or settings, 3 some files or jobs failed,
4 not set up yet, 5 credentials or permission, 70 a bug, 130 interrupted.`;

const COMMAND_NOTES = `
In brackets: the environment variable of the same meaning; the flag wins over it.
Settings without a value have an opposite: --no-overwrite.`;

/** Headings in the help of a command. */
const HEADINGS = {
  storage: 'Where:',
  selection: 'Which rasters:',
  conversion: 'Conversion:',
  jobs: 'Jobs:',
  aws: 'AWS:',
  output: 'Files:',
} as const satisfies Record<SettingGroup, string>;

function addCommand(program: Command, spec: CommandSpec, action: Action | null): void {
  const command = program.command(spec.name).description(spec.summary);
  if (spec.args !== undefined) command.argument(spec.args);
  for (const { flags, help } of [...(spec.options ?? []), ...GENERAL_OPTIONS]) {
    command.addOption(new Option(flags, help));
  }
  if (action === null) return;
  command.action(async (...args: unknown[]) => {
    const words = args
      .slice(0, -2)
      .flat()
      .filter((word): word is string => typeof word === 'string');
    await action(spec, { args: words, options: command.opts() }, command.opts());
  });
  for (const name of SETTING_NAMES) addSetting(command, SETTINGS[name], spec.groups);
  if (spec.groups.length > 0) command.addHelpText('after', COMMAND_NOTES);
}

function addSetting(command: Command, spec: Setting<unknown>, shown: readonly SettingGroup[]): void {
  const value = spec.isBoolean === true ? '' : ` <${placeholder(spec)}>`;
  const fallback = spec.default === null ? '' : `, default ${spec.default}`;
  const hidden = !shown.includes(spec.group);
  const option = new Option(`--${spec.flag}${value}`, `${spec.help} [${spec.env}${fallback}]`);
  command.addOption(option.hideHelp(hidden).helpGroup(HEADINGS[spec.group]));
  if (spec.isBoolean === true) command.addOption(new Option(`--no-${spec.flag}`).hideHelp());
}

/** `--files-per-job <n>`, `--source-prefix <prefix>`. */
function placeholder({ flag, default: fallback }: Setting<unknown>): string {
  return /^\d+$/.test(fallback ?? '') ? 'n' : flag.slice(flag.lastIndexOf('-') + 1);
}

async function runCommand(io: CliIo, spec: CommandSpec, call: Call, raw: RawOptions): Promise<ExitCode> {
  const flags = generalFlags(raw);
  let services: Services | null = null;
  try {
    const given = readConfig({ flags: settingFlags(raw), env: io.env, envFile: envFile(io, raw['envFile']) });
    services = await io.openServices(given, flags, spec.name);
    for (const warning of given.warnings) services.reporter.warn(warning);
    return print(io, spec.name, flags, await spec.run(services, call));
  } catch (error) {
    services?.failed(error);
    return complain(io, spec.name, error, flags);
  } finally {
    services?.close();
  }
}

function print(io: CliIo, command: string, flags: GeneralFlags, done: Rendered): ExitCode {
  if (flags.json) {
    io.stdout(`${JSON.stringify({ schemaVersion: SCHEMA_VERSION, command, data: done.data })}\n`);
  } else {
    const lines = done.lines(io.style(flags.color));
    if (lines.length > 0) io.stdout(`${lines.join('\n')}\n`);
  }
  return done.exitCode;
}

/** With `--json` stdout holds a document also when the command failed: `{schemaVersion, command, error}`. */
function complain(io: CliIo, command: string, error: unknown, flags: GeneralFlags | null): ExitCode {
  const exitCode = exitCodeOf(error);
  const lines = describeError(error);
  const prefixed =
    error instanceof ConfigError
      ? lines.map((line) => `error: ${line}`)
      : [`error: ${lines[0] ?? ''}`, ...lines.slice(1)];
  io.stderr(`${prefixed.map(printable).join('\n')}\n`);
  if (flags?.json === true) {
    io.stdout(
      `${JSON.stringify({ schemaVersion: SCHEMA_VERSION, command, error: { exitCode, messages: lines } })}\n`,
    );
  }
  return exitCode;
}

function generalFlags(raw: RawOptions): GeneralFlags {
  return {
    json: raw['json'] === true,
    quiet: raw['quiet'] === true,
    verbose: raw['verbose'] === true,
    color: raw['color'] !== false,
  };
}

/** Commander's camel-case names back to settings; flags have no defaults, so what is here was typed. */
function settingFlags(raw: RawOptions): Partial<Record<SettingName, string>> {
  const typed: Partial<Record<SettingName, string>> = {};
  for (const name of SETTING_NAMES) {
    const attribute = SETTINGS[name].flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value = raw[attribute];
    if (value !== undefined) typed[name] = String(value);
  }
  return typed;
}

function envFile(io: CliIo, path: string | boolean | undefined): Record<string, string | undefined> {
  if (typeof path !== 'string') return {};
  try {
    return parseEnv(io.loadEnvFile(path));
  } catch (cause) {
    throw new ConfigError([`--env-file is ${JSON.stringify(path)}: ${(cause as Error).message}`]);
  }
}
