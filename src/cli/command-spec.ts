import type { Outcome } from '../commands/outcome.ts';
import type { ExitCode } from '../errors.ts';
import type { Services } from '../services.ts';
import type { SettingGroup } from '../setting.ts';
import type { SettingName } from '../settings.ts';
import type { Style } from '../terminal/style.ts';

/** A flag of one command that is no setting: `{flags: '--limit <n>', help: '...'}`. */
export interface OptionSpec {
  readonly flags: string;
  readonly help: string;
}

/** Flags that every command takes. */
export const GENERAL_OPTIONS: readonly OptionSpec[] = [
  { flags: '--env-file <file>', help: 'settings as NAME=value lines; the environment wins over them' },
  { flags: '--json', help: 'one JSON document on stdout' },
  { flags: '--quiet', help: 'only warnings and errors on stderr' },
  { flags: '--verbose', help: 'details on stderr' },
  { flags: '--no-color', help: 'no colours' },
];

/** What the user typed behind the command's name. */
export interface Call {
  readonly args: readonly string[];
  /** By commander's camel-case name; absent when not given. */
  readonly options: Readonly<Record<string, string | boolean | undefined>>;
}

/** A finished command: its data, how it looks as text, and its exit code. */
export interface Rendered {
  readonly data: unknown;
  readonly lines: (style: Style) => readonly string[];
  readonly exitCode: ExitCode;
}

/** One subcommand: everything that `--help`, parsing and running need. */
export interface CommandSpec {
  readonly name: string;
  readonly summary: string;
  /** Commander's syntax: `<files...>`, `[run]`. */
  readonly args?: string;
  readonly options?: readonly OptionSpec[];
  /** Groups of settings that the command uses; the others are accepted but not shown in its help. */
  readonly groups: readonly SettingGroup[];
  /** Single settings of other groups that it uses, too. */
  readonly alsoUses?: readonly SettingName[];
  /** False: it touches no bucket, so that none need be set. */
  readonly needsBucket?: boolean;
  readonly run: (services: Services, call: Call) => Promise<Rendered>;
}

/** Joins a command's outcome with its renderer. */
export function rendered<Report>(
  { report, exitCode }: Outcome<Report>,
  render: (report: Report, style: Style) => readonly string[],
): Rendered {
  return { data: report, lines: (style) => render(report, style), exitCode };
}
