import { Option, type Command } from 'commander';
import type { Setting, SettingGroup } from '../setting.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from '../settings.ts';

/** What commander makes of the flags that were typed, by its camel-case names. */
export type RawOptions = Readonly<Record<string, string | boolean | undefined>>;

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

/** Gives a command all settings as flags; its help shows those that it uses. */
export function addSettings(
  command: Command,
  shown: readonly SettingGroup[],
  alsoShown: readonly SettingName[],
): void {
  for (const name of SETTING_NAMES) {
    const isShown = shown.includes(SETTINGS[name].group) || alsoShown.includes(name);
    addSetting(command, SETTINGS[name], isShown);
  }
  if (shown.length > 0) command.addHelpText('after', COMMAND_NOTES);
}

function addSetting(command: Command, spec: Setting<unknown>, isShown: boolean): void {
  const value = spec.isBoolean === true ? '' : ` <${placeholder(spec)}>`;
  const fallback = spec.default === null ? '' : `, default ${spec.default}`;
  const option = new Option(`--${spec.flag}${value}`, `${spec.help} [${spec.env}${fallback}]`);
  command.addOption(option.hideHelp(!isShown).helpGroup(HEADINGS[spec.group]));
  if (spec.isBoolean === true) command.addOption(new Option(`--no-${spec.flag}`).hideHelp());
}

/** `--files-per-job <n>`, `--source-prefix <prefix>`. */
function placeholder({ flag, default: fallback }: Setting<unknown>): string {
  return /^\d+$/.test(fallback ?? '') ? 'n' : flag.slice(flag.lastIndexOf('-') + 1);
}

/** Commander's camel-case names back to settings; flags have no defaults, so what is here was typed. */
export function settingFlags(raw: RawOptions): Partial<Record<SettingName, string>> {
  const typed: Partial<Record<SettingName, string>> = {};
  for (const name of SETTING_NAMES) {
    const attribute = SETTINGS[name].flag.replace(/-(\w)/g, (_, letter: string) => letter.toUpperCase());
    const value = raw[attribute];
    if (value !== undefined) typed[name] = String(value);
  }
  return typed;
}
