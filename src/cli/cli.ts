import { Command, CommanderError, Option } from 'commander';
import { COMMANDS } from './command-table.ts';
import { GENERAL_OPTIONS, type Call, type CommandSpec } from './command-spec.ts';
import type { GivenConfig } from '../config.ts';
import { EXIT, type ExitCode } from '../errors.ts';
import type { Services } from '../services.ts';
import type { Style } from '../terminal/style.ts';
import type { RawOptions } from './setting-options.ts';

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
  /** @throws the file system's error */
  readFile(path: string): string;
  /** Variables of `--env-file`, which also reach the AWS SDK; those that are set already stay. */
  extendEnv(variables: Readonly<Record<string, string>>): void;
  /** Told before anything is printed: a reader that goes away must not change it. */
  willExit(code: ExitCode): void;
  readonly stdout: (text: string) => void;
  readonly stderr: (text: string) => void;
  /** For stdout; plain unless it is a terminal that wants colour. */
  readonly style: (color: boolean) => Promise<Style>;
  /** Columns that help is printed in. */
  readonly helpWidth: () => number;
  readonly openServices: (given: GivenConfig, flags: GeneralFlags, command: string) => Promise<Services>;
}

/** Parses, runs, renders; the exit code is the answer. Never throws. */
export async function runCli(io: CliIo): Promise<ExitCode> {
  const state: { exitCode: ExitCode } = { exitCode: EXIT.done };
  try {
    const program = await buildProgram(io, async (spec, call, raw) => {
      const { runCommand } = await import('./run-command.ts');
      state.exitCode = await runCommand(io, spec, call, raw);
    });
    await program.parseAsync([...io.argv], { from: 'user' });
    return state.exitCode;
  } catch (error) {
    if (error instanceof CommanderError && error.exitCode === 0) return EXIT.done;
    const { complain, errorDocument } = await import('./run-command.ts');
    if (!(error instanceof CommanderError)) return complain(io, 'cogconv', error, null);
    // commander has told of it on stderr
    if (io.argv.includes('--json'))
      io.stdout(errorDocument('cogconv', EXIT.usage, [error.message.replace(/^error: /, '')]));
    return EXIT.usage;
  }
}

type Action = (spec: CommandSpec, call: Call, raw: RawOptions) => Promise<void>;

/** A command that is not named is neither run nor explained: its name does, and flags are many. */
async function buildProgram(io: CliIo, action: Action): Promise<Command> {
  const program = new Command('cogconv')
    .description('Converts raw GeoTIFFs in S3 (or a directory) to verified Cloud-Optimized GeoTIFFs.')
    .version(io.version)
    .exitOverride()
    .configureOutput({
      writeOut: io.stdout,
      writeErr: io.stderr,
      getOutHelpWidth: io.helpWidth,
      // help has no colour; by itself commander would open the stream to ask
      getOutHasColors: () => false,
    })
    .configureHelp({ subcommandTerm: (command) => `${command.name()} ${command.usage()}` })
    .showSuggestionAfterError()
    .showHelpAfterError('(see cogconv --help)');
  const [first] = io.argv;
  const isOnly = COMMANDS.some(({ name }) => name === first);
  for (const spec of COMMANDS.filter(({ name }) => !isOnly || name === first)) {
    const command = program
      .command(spec.name)
      .description(spec.summary)
      .showHelpAfterError(`(see cogconv ${spec.name} --help)`);
    if (spec.args !== undefined) command.argument(spec.args);
    if (io.argv.includes(spec.name)) await explain(command, spec, action);
  }
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

async function explain(command: Command, spec: CommandSpec, action: Action): Promise<void> {
  for (const { flags, help } of [...(spec.options ?? []), ...GENERAL_OPTIONS]) {
    command.addOption(new Option(flags, help));
  }
  const { addSettings } = await import('./setting-options.ts');
  addSettings(command, spec.groups, spec.alsoUses ?? []);
  command.action(async (...args: unknown[]) => {
    const words = args
      .slice(0, -2)
      .flat()
      .filter((word): word is string => typeof word === 'string');
    await action(spec, { args: words, options: command.opts() }, command.opts());
  });
}
