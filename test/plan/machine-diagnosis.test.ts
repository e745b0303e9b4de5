import { describe, expect, it } from 'vitest';
import { judgeGdal, judgeScratch } from '../../src/plan/machine-diagnosis.ts';

const GB = 1024 ** 3;

describe('judgeScratch', () => {
  it('tells the room that there is', () => {
    expect(judgeScratch({ folder: '/tmp', freeBytes: 12 * GB, largestSourceBytes: 5 * GB })).toEqual({
      state: 'ok',
      detail: '/tmp has 12.00 GB free, enough for a raster of 5.00 GB',
      mend: null,
    });
  });

  it('finds a disk that is full', () => {
    expect(judgeScratch({ folder: '/tmp', freeBytes: 4096, largestSourceBytes: 0 })).toMatchObject({
      state: 'problem',
      detail: '/tmp has 0.00 GB free: no raster fits',
    });
  });

  it('hands on what is wrong with the folder', () => {
    const lack = { problem: '/x cannot be used: EACCES', mend: 'set SCRATCH_DIR' };
    expect(judgeScratch(lack)).toEqual({ state: 'problem', detail: lack.problem, mend: lack.mend });
  });
});

describe('judgeGdal', () => {
  it('does not know of a GDAL that could not be run', () => {
    expect(judgeGdal(null)).toMatchObject({ state: 'unknown', mend: null });
  });

  it('hands on what is wrong with it', () => {
    const lack = { problem: 'GDAL 3.0.4 is too old', mend: 'install another' };
    expect(judgeGdal(lack)).toEqual({ state: 'problem', detail: lack.problem, mend: lack.mend });
    expect(judgeGdal({ version: '3.9.3' })).toMatchObject({ state: 'ok' });
  });
});
