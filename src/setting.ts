import { boolean, matching, type Parser } from './setting-values.ts';

/** Which part of the tool a setting belongs to; a command's help shows the groups that it uses. */
export type SettingGroup = 'storage' | 'selection' | 'conversion' | 'jobs' | 'aws' | 'output';

/** One setting: an environment variable, its flag and what it may hold. */
export interface Setting<T> {
  readonly env: string;
  /** Without dashes: `source-prefix`. */
  readonly flag: string;
  readonly group: SettingGroup;
  /** As a user would write it; null = none (see `help`). */
  readonly default: string | null;
  readonly parse: Parser<T>;
  readonly help: string;
  /** A flag without a value (`--overwrite`, `--no-overwrite`). */
  readonly isBoolean?: boolean;
}

/** A setting with a value. */
export function setting<T>(
  group: SettingGroup,
  env: string,
  flag: string,
  fallback: string | null,
  parse: Parser<T>,
  help: string,
): Setting<T> {
  return { env, flag, group, default: fallback, parse, help };
}

/** A setting that is on or off: `--overwrite`, `--no-overwrite`. */
export function toggle(
  group: SettingGroup,
  env: string,
  flag: string,
  fallback: boolean,
  help: string,
): Setting<boolean> {
  return { ...setting(group, env, flag, String(fallback), boolean, help), isBoolean: true };
}

/** Anything but blanks. */
export const TEXT = matching(/\S/, 'some text');
