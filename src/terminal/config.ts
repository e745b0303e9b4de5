import type { ConfigReport } from '../commands/config.ts';
import { printable, table } from './layout.ts';

/** One line per setting: variable, value, origin; what is wrong goes to stderr with the exit code. */
export function renderConfig({ settings }: ConfigReport): string[] {
  return table(
    settings.map(({ variable, value, origin, problem }) => [
      variable,
      value === null ? '-' : printable(value),
      problem === null ? origin : `${origin} (invalid)`,
    ]),
  );
}
