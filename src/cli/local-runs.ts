import { showConfig } from '../commands/config.ts';
import { validate } from '../commands/validate.ts';
import { renderConfig } from '../terminal/config.ts';
import { renderValidate } from '../terminal/validate.ts';
import { rendered, type CommandSpec } from './command-spec.ts';

export const runValidate: CommandSpec['run'] = async (_, { args }) =>
  rendered(await validate(args), renderValidate);

export const runConfig: CommandSpec['run'] = ({ given, reporter }) => {
  for (const problem of given.problems) reporter.warn(problem);
  return Promise.resolve(rendered(showConfig(given), renderConfig));
};
