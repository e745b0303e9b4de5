import { DEFAULT_OPTIONS } from '../../src/contract/options.ts';
import type { RunRecord } from '../../src/contract/run-record.ts';
import { createClients, type AwsClients } from '../../src/aws/clients.ts';
import type { Clock, StartHooks } from '../../src/ports.ts';
import { FURNITURE } from '../batch-stub/furnish.ts';

export const RUN = 'cog-converter-20240115120000';

export const SUBMIT_SETTINGS = {
  queue: FURNITURE.queue,
  definition: FURNITURE.definition,
  bucket: 'rasters',
  cogPrefix: 'cogs/',
  jobTimeout: null,
  tags: { app: 'cogconv' },
};

/** A published run of so many jobs. */
export function runOf(jobs: number, change: Partial<RunRecord> = {}): RunRecord {
  return {
    version: 1,
    sequence: 1,
    run: RUN,
    runner: 'batch',
    state: 'published',
    createdAt: '2024-01-15T12:00:00.000Z',
    owner: { host: 'h', pid: 1, started: '1' },
    heartbeatAt: '2024-01-15T12:00:00.000Z',
    jobs,
    files: jobs * 50,
    bytes: jobs * 1_000_000,
    jobSizes: Array.from({ length: jobs }, () => [50, 1_000_000] as const),
    broken: [],
    options: { ...DEFAULT_OPTIONS, vcpus: 4, memoryMiB: 7168 },
    submissions: [],
    ...change,
  };
}

/** Clients for an endpoint that needs no credentials; the caller sets AWS_ENDPOINT_URL and the keys. */
export function labClients(clock: Clock): AwsClients {
  return createClients({ region: 'us-east-1', profile: null }, { clock, command: 'convert' });
}

/** Hooks that keep the record as the ledger would. */
export function recordHooks(
  run: RunRecord,
  stop = new AbortController(),
): { readonly kept: { run: RunRecord; saves: number }; readonly hooks: StartHooks } {
  const kept = { run, saves: 0 };
  const hooks: StartHooks = {
    save: async (change) => {
      kept.run = { ...kept.run, ...change };
      kept.saves += 1;
    },
    onFile: () => {},
    stop: stop.signal,
    kill: stop.signal,
  };
  return { kept, hooks };
}
