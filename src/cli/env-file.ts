import { parseEnv } from 'node:util';
import { ConfigError } from '../errors.ts';

/** A quoted value may hold anything, line breaks too. */
const QUOTED_VALUE = /=[ \t]*(["'`])[^]*?\1/g;
const ASSIGNMENT = /^(?:export\s+)?[A-Za-z_]\w*\s*=/;

/**
 * The variables of an `--env-file`. Node's parser takes a line without `=` for a part of the next name, so that the setting behind it
 * would be lost in silence.
 * @throws ConfigError quoting a line that sets nothing
 */
export function parseEnvFile(path: string, content: string): Readonly<Record<string, string>> {
  // written by PowerShell, for one
  const text = content.replace(/^\uFEFF/, '');
  const lines = text.replace(QUOTED_VALUE, '=').split('\n');
  const strays = lines.map((line) => line.trim()).filter((line) => line !== '' && !line.startsWith('#'));
  const problems = strays
    .filter((line) => !ASSIGNMENT.test(line))
    .map((line) => `--env-file ${path}: ${JSON.stringify(line)} is no NAME=value`);
  if (problems.length > 0) throw new ConfigError(problems);
  return Object.fromEntries(
    Object.entries(parseEnv(text)).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
