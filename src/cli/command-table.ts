import { AWS_COMMANDS } from './aws-commands.ts';
import { BUCKET_COMMANDS } from './bucket-commands.ts';
import type { CommandSpec } from './command-spec.ts';
import { LOCAL_COMMANDS } from './local-commands.ts';

const COMPLETION: CommandSpec = {
  name: 'completion',
  summary: 'print a script that completes commands and flags in bash, zsh, fish',
  args: '<shell>',
  groups: [],
  run: async (_, { args }) => (await import('./completion.ts')).renderCompletion(args[0] ?? '', COMMANDS),
};

/** All subcommands, in the order of `--help`. */
export const COMMANDS: readonly CommandSpec[] = [
  ...BUCKET_COMMANDS,
  ...AWS_COMMANDS,
  ...LOCAL_COMMANDS,
  COMPLETION,
];
