import { describe, expect, it } from 'vitest';
import { ContractError } from '../../src/contract/contract-error.ts';
import { parseRunRecord, serialiseRunRecord } from '../../src/contract/run-record.ts';
import { RUN_RECORD } from './documents.ts';

function withFields(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...RUN_RECORD, ...change });
}

describe('parseRunRecord', () => {
  it('reads what serialiseRunRecord wrote, with and without a queue', () => {
    expect(parseRunRecord(serialiseRunRecord(RUN_RECORD))).toEqual(RUN_RECORD);
    const local = { ...RUN_RECORD, runner: 'local', state: 'ended', queue: undefined, submissions: [] };
    const read = parseRunRecord(JSON.stringify(local));
    expect(read).toEqual(local);
    expect(read).not.toHaveProperty('queue');
  });

  it.each([
    ['"x"', 'run record is not an object'],
    [withFields({ version: 9 }), 'run record has version 9, this cogconv reads version 1'],
    [withFields({ sequence: 0 }), 'run record: "sequence" must be a whole number >= 1; it is 0'],
    [withFields({ runner: 'cloud' }), 'run record: "runner" must be one of local, batch; it is "cloud"'],
    [withFields({ state: '' }), 'run record: "state" must be one of published, submitted, ended; it is ""'],
    [
      withFields({ heartbeatAt: 'never' }),
      'run record: "heartbeatAt" must be a time such as 2024-01-15T12:00:00.000Z; it is "never"',
    ],
    [
      withFields({ owner: { host: '', pid: 1, started: 's' } }),
      'process: "host" must be a non-empty string; it is ""',
    ],
    [withFields({ files: -2 }), 'run record: "files" must be a whole number >= 0; it is -2'],
    [withFields({ options: [] }), 'options is not an object'],
    [withFields({ queue: 5 }), 'run record: "queue" must be a non-empty string; it is 5'],
    [withFields({ jobSizes: {} }), 'run record "jobSizes" is not an array'],
    [withFields({ jobSizes: [50] }), 'run record, job size is not an array'],
    [
      withFields({ jobSizes: [[50]] }),
      'run record, job size: "bytes" must be a whole number >= 0; it is missing',
    ],
    [withFields({ broken: [{ job: 0 }] }), 'broken job: "job" must be a whole number >= 1; it is 0'],
    [withFields({ submissions: null }), 'run record "submissions" is not an array'],
    [
      withFields({ submissions: [{ jobId: 'j' }] }),
      'submission: "jobName" must be a non-empty string; it is missing',
    ],
    [
      withFields({ submissions: [{ jobId: 'j', jobName: 'n', firstJob: 0, jobs: 1 }] }),
      'submission: "firstJob" must be a whole number >= 1; it is 0',
    ],
  ])('refuses %s', (text, message) => {
    expect(() => parseRunRecord(text)).toThrow(new ContractError(message));
  });
});
