import { AWS_COMMANDS } from './aws-commands.ts';
import { BUCKET_COMMANDS } from './bucket-commands.ts';
import type { CommandSpec } from './command-spec.ts';
import { completionCommand } from './completion.ts';
import { LOCAL_COMMANDS } from './local-commands.ts';

const WORKING: readonly CommandSpec[] = [...BUCKET_COMMANDS, ...AWS_COMMANDS, ...LOCAL_COMMANDS];

/** All subcommands, in the order of `--help`. */
export const COMMANDS: readonly CommandSpec[] = [...WORKING, completionCommand(WORKING)];
