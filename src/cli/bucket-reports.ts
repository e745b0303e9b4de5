import { failures, parseReason } from '../commands/failures.ts';
import { jobs, watchJobs } from '../commands/jobs.ts';
import { list } from '../commands/list.ts';
import { status } from '../commands/status.ts';
import { renderFailures } from '../terminal/failures.ts';
import { renderJobs } from '../terminal/jobs.ts';
import { renderList } from '../terminal/list.ts';
import { renderStatus } from '../terminal/status.ts';
import { textOf } from './call-options.ts';
import { rendered, type CommandSpec } from './command-spec.ts';
import { compileLate, keepHeapSmall } from './engine-flags.ts';

export const runList: CommandSpec['run'] = async (services) => {
  const { lists, stop } = services;
  const config = services.config();
  compileLate();
  return rendered(await list({ store: await services.store(), lists, stop }, config), renderList);
};

export const runStatus: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const check = call.options['check'] === true;
  return rendered(await status(await services.runDeps(), config, { check }), renderStatus);
};

export const runJobs: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const { active, failed, all } = call.options;
  const filter = {
    run: textOf(call, 'run'),
    active: active === true,
    failed: failed === true,
    all: all === true,
  };
  keepHeapSmall();
  const look = call.options['watch'] === true ? watchJobs : jobs;
  return rendered(await look(await services.runDeps(), config, filter), renderJobs);
};

export const runFailures: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const named = textOf(call, 'reason');
  const reason = named === null ? null : parseReason(named);
  return rendered(await failures(await services.runDeps(), config, { reason }), renderFailures);
};
