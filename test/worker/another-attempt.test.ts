import { describe, expect, it } from 'vitest';
import { failureReason, type FailureCode } from '../../src/contract/failures.ts';
import type { FileResult } from '../../src/contract/result.ts';
import { mayEndBetter } from '../../worker/another-attempt.ts';

const PLANNED = { source: 'src/a.tif', target: 'cogs/a_cog.tif', size: 1, etag: 'then' };
/** A row of a list of bare keys. */
const UNSEEN = { ...PLANNED, size: 0, etag: '' };

const DONE: FileResult = {
  source: PLANNED.source,
  target: PLANNED.target,
  outcome: 'converted',
  sourceBytes: 1,
  sourceEtag: 'now',
  cogBytes: 1,
  crs: null,
  decisions: [],
  warnings: [],
  sidecars: [],
  seconds: 1,
  steps: {},
};

function failed(code: FailureCode): FileResult {
  return { ...DONE, outcome: 'failed', reason: failureReason(code, 'words') };
}

describe('mayEndBetter', () => {
  it.each([
    ['storage', true],
    ['disk-full', true],
    ['unreadable', false],
    ['source-missing', false],
    ['source-changed', false],
  ] as const)('says of a planned source that failed as %s: %s', (code, expected) => {
    expect(mayEndBetter(PLANNED, failed(code))).toBe(expected);
  });

  it('is true of a source that was replaced amid its conversion when no plan names its version', () => {
    expect(mayEndBetter(UNSEEN, failed('source-changed'))).toBe(true);
    expect(mayEndBetter(UNSEEN, failed('source-missing'))).toBe(false);
  });

  it('is false of what is done or was not begun', () => {
    expect(mayEndBetter(PLANNED, DONE)).toBe(false);
    expect(mayEndBetter(PLANNED, undefined)).toBe(false);
  });
});
