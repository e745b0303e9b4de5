import { ConfigError, EXIT } from '../errors.ts';
import type { Setting } from '../setting.ts';
import { SETTING_NAMES, SETTINGS } from '../settings.ts';
import { GENERAL_OPTIONS, type CommandSpec, type OptionSpec, type Rendered } from './command-spec.ts';
import {
  bashScript,
  fishScript,
  zshScript,
  type CompletedCommand,
  type CompletedFlag,
} from './completion-scripts.ts';

const SCRIPTS = { bash: bashScript, zsh: zshScript, fish: fishScript } as const;
const SHELLS = Object.keys(SCRIPTS) as readonly (keyof typeof SCRIPTS)[];

/** `cogconv completion SHELL`: a script made from the commands, so that it never lags behind them. */
export function renderCompletion(shell: string, commands: readonly CommandSpec[]): Rendered {
  const known = shellNamed(shell);
  const script = SCRIPTS[known](commands.map(completed));
  return { data: { shell: known, script }, lines: () => script, exitCode: EXIT.done };
}

function shellNamed(name: string): keyof typeof SCRIPTS {
  const shell = SHELLS.find((one) => one === name);
  if (shell !== undefined) return shell;
  throw new ConfigError([`no completion for ${JSON.stringify(name)}: must be one of ${SHELLS.join(', ')}`]);
}

function completed(spec: CommandSpec): CompletedCommand {
  const own = [...(spec.options ?? []), ...GENERAL_OPTIONS].map(optionFlag);
  const settings = SETTING_NAMES.map((name) => SETTINGS[name]).filter(({ group }) =>
    spec.groups.includes(group),
  );
  const flags = [...own, ...settings.map(settingFlag)];
  return { name: spec.name, help: spec.summary, flags, words: wordsOf(spec) };
}

function wordsOf({ name, args }: CommandSpec): CompletedCommand['words'] {
  if (name === 'completion') return SHELLS;
  return args === '<files...>' ? 'file' : 'any';
}

function optionFlag({ flags, help }: OptionSpec): CompletedFlag {
  const [name = '', placeholder = ''] = flags.split(' ');
  if (placeholder === '') return { name, help, value: 'none' };
  return { name, help, value: placeholder === '<file>' ? 'file' : 'any' };
}

function settingFlag({ flag, help, isBoolean, parse }: Setting<unknown>): CompletedFlag {
  const name = `--${flag}`;
  if (isBoolean === true) return { name, help, value: 'none' };
  const isPath = flag === 'bucket' || flag.endsWith('-dir');
  return { name, help, value: parse.choices ?? (isPath ? 'file' : 'any') };
}
