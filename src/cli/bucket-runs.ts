import { convertWithCanary, type CanaryWishes } from '../commands/canary.ts';
import { convert, type ConvertWishes } from '../commands/convert.ts';
import { parseReason } from '../commands/failures.ts';
import { parseKeyList } from '../commands/key-list.ts';
import { retry } from '../commands/retry.ts';
import { verify } from '../commands/verify.ts';
import { ConfigError } from '../errors.ts';
import type { Services } from '../services.ts';
import { renderCanary, renderConvert } from '../terminal/convert.ts';
import { PLAIN } from '../terminal/style.ts';
import { renderVerify } from '../terminal/verify.ts';
import { positive, textOf } from './call-options.ts';
import { rendered, type Call, type CommandSpec } from './command-spec.ts';

export const runConvert: CommandSpec['run'] = async (services, call) => {
  const config = services.config();
  const wishes = await wishesOf(services, call);
  const canaries = positive(call, 'canary');
  const deps = await services.runDeps();
  const outcome =
    canaries === null
      ? await convert(deps, config, wishes)
      : await convertWithCanary(deps, config, wishes, { files: canaries, onSample: teller(services) });
  return rendered(outcome, renderConvert);
};

/** Talk: what stands on stdout is the report of the whole. */
function teller({ reporter }: Services): CanaryWishes['onSample'] {
  return (canary) => {
    for (const line of renderCanary(canary, PLAIN)) reporter.note(line);
  };
}

export const runRetry: CommandSpec['run'] = async (services, call) => {
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

export const runVerify: CommandSpec['run'] = async (services, call) => {
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
