import { convertWithCanary } from '../commands/canary.ts';
import { convert, type ConvertWishes } from '../commands/convert.ts';
import { failures } from '../commands/failures.ts';
import { jobs, watchJobs } from '../commands/jobs.ts';
import { parseKeyList } from '../commands/key-list.ts';
import { list } from '../commands/list.ts';
import { parseReason, retry } from '../commands/retry.ts';
import { status } from '../commands/status.ts';
import { verify } from '../commands/verify.ts';
import { ConfigError } from '../errors.ts';
import type { Services } from '../services.ts';
import { renderConvert } from '../terminal/convert.ts';
import { renderFailures } from '../terminal/failures.ts';
import { renderJobs } from '../terminal/jobs.ts';
import { renderList } from '../terminal/list.ts';
import { renderStatus } from '../terminal/status.ts';
import { renderVerify } from '../terminal/verify.ts';
import { positive, textOf } from './call-options.ts';
import { rendered, type Call, type CommandSpec, type OptionSpec } from './command-spec.ts';

const WAIT: OptionSpec = { flags: '--wait', help: 'on Batch: watch to the end (exit 0 or 3)' };

const KEYS_FROM: OptionSpec = {
  flags: '--keys-from <file>',
  help: 'only the source keys in this file (- = stdin): one per line, or a JSON array',
};

const runList: CommandSpec['run'] = async (services) => {
  const { lists, stop } = services;
  const config = services.config();
  return rendered(await list({ store: await services.store(), lists, stop }, config), renderList);
};

const runStatus: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const check = call.options['check'] === true;
  return rendered(await status(await services.runDeps(), config, { check }), renderStatus);
};

const runConvert: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const wishes = await wishesOf(services, call);
  const canaries = positive(call, 'canary');
  const deps = await services.runDeps();
  const outcome =
    canaries === null
      ? await convert(deps, config, wishes)
      : await convertWithCanary(deps, config, wishes, canaries);
  return rendered(outcome, renderConvert);
};

const runRetry: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const reason = textOf(call, 'reason');
  const wishes = {
    reason: reason === null ? null : parseReason(reason),
    run: textOf(call, 'run'),
    wait: call.options['wait'] === true,
  };
  return rendered(await retry(await services.runDeps(), config, wishes), renderConvert);
};

/** Few enough for a minute; when one COG in five is bad, 99 of 100 such samples hold one. */
const DEFAULT_SAMPLE = 20;

const runVerify: CommandSpec['run'] = async (services, call) => {
  const { reporter, stop, kill } = services;
  const config = services.config();
  const keys = await keysOf(services, call);
  const sample = positive(call, 'sample');
  if (call.options['all'] === true && sample !== null)
    throw new ConfigError(['--all and --sample exclude each other']);
  const isAll = call.options['all'] === true || (keys !== null && sample === null);
  const wishes = {
    pixels: call.options['pixels'] === true || config.verify === 'pixels',
    sample: isAll ? null : (sample ?? DEFAULT_SAMPLE),
    seed: textOf(call, 'seed') ?? '',
    keys,
  };
  const deps = { store: await services.store(), verifier: await services.verifier(), reporter, stop, kill };
  return rendered(await verify(deps, config, wishes), renderVerify);
};

const runJobs: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const { active, failed, all } = call.options;
  const filter = {
    run: textOf(call, 'run'),
    active: active === true,
    failed: failed === true,
    all: all === true,
  };
  const look = call.options['watch'] === true ? watchJobs : jobs;
  return rendered(await look(await services.runDeps(), config, filter), renderJobs);
};

const runFailures: CommandSpec['run'] = async (services) => {
  const config = services.config();
  return rendered(await failures(await services.runDeps(), config), renderFailures);
};

/** Commands on the bucket and its runs. */
export const BUCKET_COMMANDS: readonly CommandSpec[] = [
  {
    name: 'list',
    summary: 'list the raw GeoTIFFs',
    groups: ['storage', 'selection', 'output'],
    run: runList,
  },
  {
    name: 'status',
    summary: 'show what is converted, pending, under way, failed, stale',
    groups: ['storage', 'selection', 'output'],
    options: [{ flags: '--check', help: 'exit 3 while anything is pending or stale' }],
    run: runStatus,
  },
  {
    name: 'convert',
    summary: 'convert all pending GeoTIFFs',
    groups: ['storage', 'selection', 'conversion', 'jobs', 'output'],
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
    run: runConvert,
  },
  {
    name: 'retry',
    summary: 'convert again what failed; permanent failures only when named',
    groups: ['storage', 'selection', 'conversion', 'jobs', 'output'],
    options: [
      { flags: '--reason <code>', help: 'only failures with this code (see cogconv failures)' },
      { flags: '--run <run>', help: 'only failures of this run' },
      WAIT,
    ],
    run: runRetry,
  },
  {
    name: 'verify',
    summary: 'prove COGs in the bucket against their sources (exit 3 names what differs)',
    groups: ['storage', 'selection', 'output'],
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
    run: runVerify,
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
    run: runJobs,
  },
  {
    name: 'failures',
    summary: 'show what failed, by cause, and what to do',
    groups: ['storage', 'selection', 'output'],
    run: runFailures,
  },
];

async function wishesOf(services: Services, call: Call): Promise<ConvertWishes> {
  return {
    stale: call.options['stale'] === true,
    retryFailed: call.options['retryFailed'] === true,
    limit: positive(call, 'limit'),
    keys: await keysOf(services, call),
    wait: call.options['wait'] === true,
  };
}

async function keysOf(services: Services, call: Call): Promise<ReadonlySet<string> | null> {
  const from = textOf(call, 'keysFrom');
  return from === null ? null : parseKeyList(await services.readInput(from), from);
}
