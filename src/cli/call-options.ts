import { ConfigError } from '../errors.ts';
import type { Call } from './command-spec.ts';

/** The text of an option that takes one; null when it was not given. */
export function textOf({ options }: Call, name: string): string | null {
  const value = options[name];
  return typeof value === 'string' ? value : null;
}

/** A whole number from 1; null when it was not given. @throws ConfigError */
export function positive(call: Call, name: string): number | null {
  const text = textOf(call, name);
  if (text === null) return null;
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text);
  throw new ConfigError([`--${name} is ${JSON.stringify(text)}: must be a whole number from 1`]);
}
