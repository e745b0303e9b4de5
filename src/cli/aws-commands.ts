import type * as Runs from './aws-runs.ts';
import type { CommandSpec, OptionSpec } from './command-spec.ts';

/** Help needs the table alone; what a command does is loaded when it is run. */
const load = async (): Promise<typeof Runs> => await import('./aws-runs.ts');

const YES: OptionSpec = { flags: '--yes', help: 'do not ask' };

/** Commands that make, use and remove what lies on AWS. */
export const AWS_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'setup',
    summary: 'make or update what Batch needs, after showing the plan',
    groups: ['storage', 'aws', 'output'],
    alsoUses: ['batchJobName', 'dryRun'],
    run: async (...given) => (await load()).runSetup(...given),
  },
  {
    name: 'deploy',
    summary: 'build and push the worker image, register the job definition',
    groups: ['storage', 'jobs', 'aws', 'output'],
    options: [{ flags: '--image <uri>', help: 'use this image; nothing is built' }],
    run: async (...given) => (await load()).runDeploy(...given),
  },
  {
    name: 'logs',
    summary: "show a job's log, or its result where no log is left",
    args: '<job>',
    groups: ['storage', 'output'],
    options: [
      { flags: '--follow', help: 'go on until the job ends' },
      { flags: '--attempt <n>', help: 'this attempt (default: the last)' },
    ],
    run: async (...given) => (await load()).runLogs(...given),
  },
  {
    name: 'cancel',
    summary: 'end the jobs of a run (default: the newest under way)',
    args: '[run]',
    groups: ['storage', 'output'],
    alsoUses: ['dryRun'],
    options: [YES],
    run: async (...given) => (await load()).runCancel(...given),
  },
  {
    name: 'doctor',
    summary: 'why nothing runs: one line per check, and what mends it (exit 1)',
    groups: ['storage', 'jobs', 'aws', 'output'],
    run: async (...given) => (await load()).runDoctor(...given),
  },
  {
    name: 'iam-policy',
    summary: 'the least IAM policy that commands need',
    groups: ['storage', 'jobs', 'aws'],
    options: [
      {
        flags: '--for <commands>',
        help: 'such as setup,deploy (default: all)',
      },
    ],
    run: async (...given) => (await load()).runIamPolicy(...given),
  },
  {
    name: 'teardown',
    summary: 'delete what setup and deploy made; never a bucket, never a COG',
    groups: ['aws', 'output'],
    alsoUses: ['region', 'profile', 'batchJobName', 'dryRun'],
    needsBucket: false,
    options: [YES, { flags: '--images', help: 'also the ECR repository with its images' }],
    run: async (...given) => (await load()).runTeardown(...given),
  },
];
