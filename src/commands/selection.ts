import { prefixes, type Config } from '../config.ts';
import type { Selection } from '../plan/select.ts';

/** Which sources the settings (and `--keys-from`) mean. */
export function selectionOf(config: Config, keys: ReadonlySet<string> | null = null): Selection {
  return {
    ...prefixes(config),
    rasterType: config.rasterType,
    filenameFilter: config.filenameFilter,
    keys,
  };
}
