import { showConfig } from '../commands/config.ts';
import { validate } from '../commands/validate.ts';
import { renderConfig } from '../terminal/config.ts';
import { renderValidate } from '../terminal/validate.ts';
import { rendered, type CommandSpec } from './command-spec.ts';

const runValidate: CommandSpec['run'] = async (_, { args }) => rendered(await validate(args), renderValidate);

const runConfig: CommandSpec['run'] = ({ given, reporter }) => {
  for (const problem of given.problems) reporter.warn(problem);
  return Promise.resolve(rendered(showConfig(given), renderConfig));
};

/** Commands that need neither bucket nor AWS. */
export const LOCAL_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'validate',
    summary: 'check that files are COGs, strictly; tell why not (exit 3)',
    args: '<files...>',
    groups: [],
    run: runValidate,
  },
  {
    name: 'config',
    summary: 'show every setting, its value and where it came from',
    groups: ['storage', 'selection', 'conversion', 'jobs', 'aws', 'output'],
    run: runConfig,
  },
];
