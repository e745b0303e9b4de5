import { cancel } from '../commands/cancel.ts';
import { deploy } from '../commands/deploy.ts';
import { doctor } from '../commands/doctor.ts';
import { iamPolicy } from '../commands/iam-policy.ts';
import { logs } from '../commands/logs.ts';
import { setup } from '../commands/setup.ts';
import { teardown } from '../commands/teardown.ts';
import { renderCancel } from '../terminal/cancel.ts';
import { renderDeploy } from '../terminal/deploy.ts';
import { renderDoctor } from '../terminal/doctor.ts';
import { renderIamPolicy } from '../terminal/iam-policy.ts';
import { renderLogLines, renderLogs } from '../terminal/logs.ts';
import { renderSetup } from '../terminal/setup.ts';
import { PLAIN } from '../terminal/style.ts';
import { renderTeardown } from '../terminal/teardown.ts';
import { positive, textOf } from './call-options.ts';
import { rendered, type CommandSpec, type OptionSpec } from './command-spec.ts';

const YES: OptionSpec = { flags: '--yes', help: 'do not ask' };

const runSetup: CommandSpec['run'] = async (services) => {
  const config = services.config();
  const { clock, stop, reporter, version, aws } = services;
  const deps = { ...(await aws.infrastructure()), clock, stop, reporter, version };
  return rendered(await setup(deps, config), renderSetup);
};

const runDeploy: CommandSpec['run'] = async ({ config, aws }, call) => {
  const image = textOf(call, 'image');
  return rendered(await deploy(await aws.deployDeps(), config(), { image }), renderDeploy);
};

const runLogs: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const { stop, reporter, clock, aws, print } = services;
  const deps = {
    store: await services.store(),
    jobLogs: () => aws.jobLogs(),
    stop,
    reporter,
    clock,
    print: (lines: Parameters<typeof renderLogLines>[0]) => {
      print(renderLogLines(lines, PLAIN));
    },
  };
  const options = {
    job: call.args[0] ?? '',
    follow: call.options['follow'] === true,
    attempt: positive(call, 'attempt'),
  };
  return rendered(await logs(deps, config, options), renderLogs);
};

const runCancel: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const deps = { ...(await services.runDeps()), person: services.person };
  const options = { run: call.args[0] ?? null, yes: call.options['yes'] === true };
  return rendered(await cancel(deps, config, options), renderCancel);
};

const runTeardown: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const { clock, stop, reporter, person, aws } = services;
  const deps = { ...(await aws.infrastructure()), clock, stop, reporter, person };
  const options = { yes: call.options['yes'] === true, images: call.options['images'] === true };
  return rendered(await teardown(deps, config, options), renderTeardown);
};

const runDoctor: CommandSpec['run'] = async (services) => {
  const config = services.config();
  const { clock, stop, store, aws } = services;
  const deps = { ...(await aws.infrastructure()), clock, stop, openStore: store };
  return rendered(await doctor(deps, config), renderDoctor);
};

const runIamPolicy: CommandSpec['run'] = async ({ config, aws, reporter }, call) => {
  const { account } = await aws.infrastructure();
  const wanted = textOf(call, 'for') ?? 'all';
  return rendered(await iamPolicy({ account, reporter }, config(), wanted), renderIamPolicy);
};

/** Commands that make, use and remove what lies on AWS. */
export const AWS_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'setup',
    summary: 'make or update what Batch needs, after showing the plan',
    groups: ['storage', 'aws', 'output'],
    run: runSetup,
  },
  {
    name: 'deploy',
    summary: 'build and push the worker image, register the job definition',
    groups: ['storage', 'jobs', 'aws', 'output'],
    options: [{ flags: '--image <uri>', help: 'use this image; nothing is built' }],
    run: runDeploy,
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
    run: runLogs,
  },
  {
    name: 'cancel',
    summary: 'end the jobs of a run (default: the newest under way)',
    args: '[run]',
    groups: ['storage', 'output'],
    options: [YES],
    run: runCancel,
  },
  {
    name: 'doctor',
    summary: 'why nothing runs: one line per check, and what mends it (exit 1)',
    groups: ['storage', 'jobs', 'aws', 'output'],
    run: runDoctor,
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
    run: runIamPolicy,
  },
  {
    name: 'teardown',
    summary: 'delete what setup and deploy made; never a bucket, never a COG',
    groups: ['aws', 'output'],
    options: [YES, { flags: '--images', help: 'also the ECR repository with its images' }],
    run: runTeardown,
  },
];
