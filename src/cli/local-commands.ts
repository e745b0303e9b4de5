import type * as Runs from './local-runs.ts';
import type { CommandSpec } from './command-spec.ts';

/** Help needs the table alone; what a command does is loaded when it is run. */
const load = async (): Promise<typeof Runs> => await import('./local-runs.ts');

/** Commands that need neither bucket nor AWS. */
export const LOCAL_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'validate',
    summary: 'check that files are COGs, strictly; tell why not (exit 3)',
    args: '<files...>',
    groups: [],
    run: async (...given) => (await load()).runValidate(...given),
  },
  {
    name: 'config',
    summary: 'show every setting, its value and where it came from',
    groups: ['storage', 'selection', 'conversion', 'jobs', 'aws', 'output'],
    run: async (...given) => (await load()).runConfig(...given),
  },
];
