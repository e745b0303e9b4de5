import type * as Reports from './bucket-reports.ts';
import type * as Runs from './bucket-runs.ts';
import type { CommandSpec, OptionSpec } from './command-spec.ts';

/** Help needs the table alone; what a command does is loaded when it is run. */
const reports = async (): Promise<typeof Reports> => await import('./bucket-reports.ts');
const load = async (): Promise<typeof Runs> => await import('./bucket-runs.ts');

const WAIT: OptionSpec = { flags: '--wait', help: 'on Batch: watch to the end (exit 0 or 3)' };

const KEYS_FROM: OptionSpec = {
  flags: '--keys-from <file>',
  help: 'only the source keys in this file (- = stdin): one per line, or a JSON array',
};

/** Commands on the bucket and its runs. */
export const BUCKET_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'list',
    summary: 'list the raw GeoTIFFs',
    groups: ['storage', 'selection', 'output'],
    run: async (...given) => (await reports()).runList(...given),
  },
  {
    name: 'status',
    summary: 'show what is converted, pending, under way, failed, stale',
    groups: ['storage', 'selection', 'output'],
    alsoUses: ['filesPerJob'],
    options: [{ flags: '--check', help: 'exit 3 while anything is pending or stale' }],
    run: async (...given) => (await reports()).runStatus(...given),
  },
  {
    name: 'convert',
    summary: 'convert all pending GeoTIFFs',
    groups: ['storage', 'selection', 'conversion', 'jobs', 'output'],
    alsoUses: ['jobQueueName', 'jobDefinitionName', 'tags'],
    options: [
      { flags: '--stale', help: 'renew COGs that are older than their source' },
      { flags: '--retry-failed', help: 'try files again that failed for good' },
      { flags: '--limit <n>', help: 'only the first n files' },
      KEYS_FROM,
      {
        flags: '--canary <n>',
        help: 'n files over kinds and sizes first; the rest only if all of them verify',
      },
      WAIT,
    ],
    run: async (...given) => (await load()).runConvert(...given),
  },
  {
    name: 'retry',
    summary: 'convert again what failed; permanent failures only when named',
    groups: ['storage', 'selection', 'conversion', 'jobs', 'output'],
    alsoUses: ['jobQueueName', 'jobDefinitionName', 'tags'],
    options: [
      { flags: '--reason <code>', help: 'only failures with this code (see cogconv failures)' },
      { flags: '--run <run>', help: 'only failures of this run' },
      WAIT,
    ],
    run: async (...given) => (await load()).runRetry(...given),
  },
  {
    name: 'verify',
    summary: 'prove COGs in the bucket against their sources (exit 3 names what differs)',
    groups: ['storage', 'selection', 'output'],
    alsoUses: ['verify', 'fileTimeout', 'jobVcpus', 'jobMemory'],
    options: [
      { flags: '--sample <n>', help: 'so many, chosen by their names: the same ones every time (20)' },
      { flags: '--seed <text>', help: 'another sample' },
      { flags: '--all', help: 'every one' },
      {
        flags: '--pixels',
        help: 'every pixel too, as with VERIFY=pixels; else headers and layout, by range reads',
      },
      KEYS_FROM,
    ],
    run: async (...given) => (await load()).runVerify(...given),
  },
  {
    name: 'jobs',
    summary: 'show the jobs of all runs',
    groups: ['storage', 'output'],
    options: [
      { flags: '--run <run>', help: 'only this run' },
      { flags: '--active', help: 'only jobs that wait or run' },
      { flags: '--failed', help: 'only failed jobs' },
      { flags: '--all', help: 'every job, however many' },
      { flags: '--watch', help: 'until nothing is under way; Ctrl-C ends only the watching' },
    ],
    run: async (...given) => (await reports()).runJobs(...given),
  },
  {
    name: 'failures',
    summary: 'show what failed, by cause, and what to do',
    groups: ['storage', 'selection', 'output'],
    options: [{ flags: '--reason <code>', help: 'every file with this code instead, one key a line' }],
    run: async (...given) => (await reports()).runFailures(...given),
  },
];
