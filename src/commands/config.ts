import type { GivenConfig, Origin } from '../config.ts';
import { EXIT } from '../errors.ts';
import type { Outcome } from './outcome.ts';

/** Every setting with its value and where it came from. */
export interface ConfigReport {
  readonly settings: readonly {
    readonly variable: string;
    readonly value: string | null;
    readonly origin: Origin;
    readonly problem: string | null;
  }[];
  /** Also those that concern more than one setting. */
  readonly problems: readonly string[];
}

/** `cogconv config`: shows what the other commands would use, also when something is wrong with it. */
export function showConfig(given: GivenConfig): Outcome<ConfigReport> {
  const settings = given.settings.map(({ env, text, origin, problem }) => ({
    variable: env,
    value: text,
    origin,
    problem,
  }));
  const { problems } = given;
  return { report: { settings, problems }, exitCode: problems.length === 0 ? EXIT.done : EXIT.usage };
}
