import { describe, expect, it } from 'vitest';
import type { FailureGroup } from '../../src/plan/failures.ts';
import { renderFailures } from '../../src/terminal/failures.ts';
import { PLAIN } from '../../src/terminal/style.ts';
import { MARKED } from './marked-style.ts';

const GROUP: FailureGroup = {
  code: 'no-crs',
  count: 2,
  permanent: true,
  hint: 'assign the CRS',
  example: { source: 'rasters/a\nb.tif', message: 'no coordinate\u001b[1m reference system', job: 'run-1' },
};

describe('renderFailures', () => {
  it('says so when there are none', () => {
    expect(renderFailures({ total: 0, groups: [], files: null }, PLAIN)).toEqual(['No failures.']);
  });

  it('prints each cause with an example and what to do', () => {
    const lost: FailureGroup = { ...GROUP, code: 'storage', count: 1, permanent: false };
    expect(renderFailures({ total: 3, groups: [GROUP, lost], files: null }, PLAIN)).toEqual([
      '3 files failed:',
      '',
      'no-crs: 2 files (permanent)',
      '  example: rasters/a\\u000ab.tif (job run-1)',
      '  message: no coordinate\\u001b[1m reference system',
      '  to do:   assign the CRS',
      '',
      'storage: 1 file (temporary)',
      '  example: rasters/a\\u000ab.tif (job run-1)',
      '  message: no coordinate\\u001b[1m reference system',
      '  to do:   assign the CRS',
    ]);
  });

  it('prints the files of a reason and nothing else, so that another program can read them', () => {
    const files = ['rasters/a b.tif', 'rasters/a\nb.tif'];
    expect(renderFailures({ total: 2, groups: [GROUP], files }, MARKED)).toEqual([
      'rasters/a b.tif',
      '"rasters/a\\nb.tif"',
    ]);
    expect(renderFailures({ total: 0, groups: [], files: [] }, PLAIN)).toEqual([]);
  });

  it('colours the cause', () => {
    expect(renderFailures({ total: 2, groups: [GROUP], files: null }, MARKED)[2]).toBe(
      '<red>no-crs</red>: 2 files (permanent)',
    );
  });
});
