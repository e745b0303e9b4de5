import { describe, expect, it } from 'vitest';
import { renderCancel } from '../../src/terminal/cancel.ts';
import { MARKED } from './marked-style.ts';

const REPORT = { run: 'run-1', jobs: 2, filesLeft: 81, declined: false, dryRun: false };

describe('renderCancel', () => {
  it.each([
    [
      {},
      [
        '<yellow>Cancelled</yellow> run-1: 2 jobs told to end',
        '81 files left to do; cogconv convert takes them up again',
      ],
    ],
    [{ dryRun: true }, ['Would end 2 jobs of run-1 with 81 files left to do', 'Nothing was changed.']],
    [{ declined: true }, ['Nothing was cancelled: run-1 goes on']],
    [{ jobs: 0 }, ['No job of run-1 is under way: nothing to cancel']],
    [{ jobs: 0, run: null }, ['No run is under way: nothing to cancel']],
  ])('%j', (change, lines) => {
    expect(renderCancel({ ...REPORT, ...change }, MARKED)).toEqual(lines);
  });
});
