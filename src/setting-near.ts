import { SETTING_NAMES, SETTINGS } from './settings.ts';

const VARIABLES = SETTING_NAMES.map((name) => SETTINGS[name].env);

/** From this length on two slips of the pen are forgiven, below it one: `TAG` is not meant to be `VPC`. */
const LONG = 8;

/** `COMPRESION` or `compression` -> `COMPRESSION`: the setting that an unknown variable was probably meant for; null = none. */
export function nearSetting(variable: string): string | null {
  const name = variable.toUpperCase().replaceAll('-', '_');
  const allowed = name.length < LONG ? 1 : 2;
  const isKnown = VARIABLES.some((known) => known === variable);
  return (isKnown ? undefined : VARIABLES.find((known) => distance(name, known) <= allowed)) ?? null;
}

/** Letters to insert, delete or replace (Levenshtein). */
function distance(from: string, to: string): number {
  let row = Array.from({ length: to.length + 1 }, (_, at) => at);
  for (let i = 1; i <= from.length; i++) {
    const next = [i];
    for (let j = 1; j <= to.length; j++) {
      const replace = (row[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      next.push(Math.min(replace, (row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1));
    }
    row = next;
  }
  return row[to.length] ?? 0;
}
