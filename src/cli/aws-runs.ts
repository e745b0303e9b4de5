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
import { rendered, type CommandSpec } from './command-spec.ts';

export const runSetup: CommandSpec['run'] = async (services) => {
  const config = services.config();
  const { clock, stop, reporter, version, aws, store } = services;
  const deps = { ...(await aws.infrastructure()), clock, stop, reporter, version, openStore: store };
  return rendered(await setup(deps, config), renderSetup);
};

export const runDeploy: CommandSpec['run'] = async ({ config, aws }, call) => {
  const image = textOf(call, 'image');
  return rendered(await deploy(await aws.deployDeps(), config(), { image }), renderDeploy);
};

export const runLogs: CommandSpec['run'] = async (services, call) => {
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

export const runCancel: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const deps = { ...(await services.runDeps()), person: services.person };
  const options = { run: call.args[0] ?? null, yes: call.options['yes'] === true };
  return rendered(await cancel(deps, config, options), renderCancel);
};

export const runTeardown: CommandSpec['run'] = async (services, call) => {
  const config = services.account();
  const { clock, stop, reporter, person, aws } = services;
  const deps = { ...(await aws.infrastructure()), clock, stop, reporter, person };
  const options = { yes: call.options['yes'] === true, images: call.options['images'] === true };
  return rendered(await teardown(deps, config, options), renderTeardown);
};

export const runDoctor: CommandSpec['run'] = async (services) => {
  const config = services.config();
  const { clock, stop, store, tryWriting, machine, aws } = services;
  const deps = { ...(await aws.infrastructure()), clock, stop, openStore: store, tryWriting, machine };
  return rendered(await doctor(deps, config), renderDoctor);
};

export const runIamPolicy: CommandSpec['run'] = async ({ config, aws, reporter }, call) => {
  const { account } = await aws.infrastructure();
  const wanted = textOf(call, 'for') ?? 'all';
  return rendered(await iamPolicy({ account, reporter }, config(), wanted), renderIamPolicy);
};
