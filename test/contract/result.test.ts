import { describe, expect, it } from 'vitest';
import { ContractError } from '../../src/contract/contract-error.ts';
import { parseResult, serialiseResult } from '../../src/contract/result.ts';
import { RESULT } from './documents.ts';

const [CONVERTED] = RESULT.files;

function withFields(change: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ ...RESULT, ...change });
}

function withRow(change: Readonly<Record<string, unknown>>): string {
  return withFields({ files: [{ ...CONVERTED, ...change }] });
}

describe('parseResult', () => {
  it('reads what serialiseResult wrote, under way and ended', () => {
    expect(parseResult(serialiseResult(RESULT))).toEqual(RESULT);
    const ended = {
      ...RESULT,
      state: 'succeeded',
      finishedAt: '2024-01-15T12:05:00.000Z',
      files: [],
    } as const;
    expect(parseResult(serialiseResult(ended))).toEqual(ended);
  });

  it('is not blinded by what a newer worker adds or an older one lacked', () => {
    const extra = withRow({ colour: 'blue', steps: { fetch: 1, polish: 2 }, decisions: undefined });
    expect(parseResult(extra).files).toEqual([{ ...CONVERTED, steps: { fetch: 1 }, decisions: [] }]);
    const bare = { source: 'a', target: 'b', outcome: 'converted', sourceBytes: 1, cogBytes: 1, seconds: 1 };
    expect(parseResult(withFields({ files: [bare] })).files).toEqual([
      { ...bare, sourceEtag: '', crs: null, decisions: [], warnings: [], sidecars: [], steps: {} },
    ]);
  });

  it('reads a failure whose message is empty: GDAL may die without a word', () => {
    const text = withRow({ outcome: 'failed', reason: { code: 'gdal-failed', message: '', hint: '' } });
    expect(parseResult(text).files[0]?.reason).toEqual({ code: 'gdal-failed', message: '', hint: '' });
  });

  it.each([
    ['7', 'result is not an object'],
    [withFields({ version: '1' }), 'result has version "1", this cogconv reads version 1'],
    [withFields({ attempt: 0 }), 'result: "attempt" must be a whole number >= 1; it is 0'],
    [
      withFields({ state: 'done' }),
      'result: "state" must be one of running, succeeded, failed, interrupted; it is "done"',
    ],
    [
      withFields({ startedAt: '' }),
      'result: "startedAt" must be a time such as 2024-01-15T12:00:00.000Z; it is ""',
    ],
    [
      withFields({ finishedAt: undefined }),
      'result: "finishedAt" must be a time such as 2024-01-15T12:00:00.000Z; it is missing',
    ],
    [withFields({ process: null }), 'process is not an object'],
    [
      withFields({ process: { host: 'h', pid: '1', started: 's' } }),
      'process: "pid" must be a whole number >= 0; it is "1"',
    ],
    [withFields({ files: null }), 'result "files" is not an array'],
    [withFields({ files: [CONVERTED, null] }), 'result, file 2 is not an object'],
    [
      withRow({ outcome: 'ok' }),
      'result, file 1: "outcome" must be one of converted, skipped, failed; it is "ok"',
    ],
    [withRow({ outcome: 'failed' }), 'result, file 1, "reason" is not an object'],
    [withRow({ cogBytes: 1.5 }), 'result, file 1: "cogBytes" must be a whole number >= 0; it is 1.5'],
    [withRow({ seconds: -1 }), 'result, file 1: "seconds" must be a number >= 0; it is -1'],
    [withRow({ decisions: [null] }), 'result, file 1, "decisions" is not an object'],
    [
      withRow({ warnings: [{ message: 'm' }] }),
      'result, file 1, "warnings": "code" must be a non-empty string; it is missing',
    ],
    [withRow({ sidecars: [3] }), 'result, file 1, "sidecars": "key" must be a non-empty string; it is 3'],
    [withRow({ steps: { fetch: 'long' } }), 'result, file 1: "fetch" must be a number >= 0; it is "long"'],
  ])('refuses %s', (text, message) => {
    expect(() => parseResult(text)).toThrow(new ContractError(message));
  });

  it('names the codes of failure when it meets another', () => {
    const text = withRow({ outcome: 'failed', reason: { code: 'bad-luck', message: 'm', hint: 'h' } });
    expect(() => parseResult(text)).toThrow(
      /^result, file 1: "code" must be one of no-crs, .*; it is "bad-luck"$/,
    );
  });
});
