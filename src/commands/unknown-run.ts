import { ConfigError } from '../errors.ts';

/** For a run that no record names. */
export function unknownRun(run: string): ConfigError {
  return new ConfigError([`there is no run ${JSON.stringify(run)}; cogconv jobs lists them`]);
}
