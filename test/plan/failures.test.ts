import { describe, expect, it } from 'vitest';
import { FAILURES, failureReason, type FailureCode } from '../../src/contract/failures.ts';
import { DEFAULT_OPTIONS } from '../../src/contract/options.ts';
import { groupFailures } from '../../src/plan/failures.ts';

function failure(
  source: string,
  code: FailureCode,
): Parameters<typeof groupFailures>[0] extends Iterable<infer T> ? T : never {
  return {
    source,
    etag: 'e',
    reason: failureReason(code, `${source} ${code}`),
    job: 'run-1',
    options: DEFAULT_OPTIONS,
  };
}

describe('groupFailures', () => {
  it('counts by cause, most frequent first, with the first of each as example', () => {
    const groups = groupFailures([
      failure('src/a.tif', 'disk-full'),
      failure('src/b.tif', 'no-crs'),
      failure('src/c.tif', 'no-crs'),
    ]);
    expect(groups).toEqual([
      {
        code: 'no-crs',
        count: 2,
        permanent: true,
        hint: FAILURES['no-crs'].hint,
        example: { source: 'src/b.tif', message: 'src/b.tif no-crs', job: 'run-1' },
      },
      {
        code: 'disk-full',
        count: 1,
        permanent: false,
        hint: FAILURES['disk-full'].hint,
        example: { source: 'src/a.tif', message: 'src/a.tif disk-full', job: 'run-1' },
      },
    ]);
  });

  it('orders equal counts by the table of causes', () => {
    const groups = groupFailures([failure('src/a.tif', 'timeout'), failure('src/b.tif', 'unreadable')]);
    expect(groups.map(({ code }) => code)).toEqual(['unreadable', 'timeout']);
  });

  it('is empty when nothing failed', () => {
    expect(groupFailures([])).toEqual([]);
  });
});
