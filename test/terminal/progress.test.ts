import { describe, expect, it } from 'vitest';
import type { RunProgress } from '../../src/ports.ts';
import { renderProgress } from '../../src/terminal/progress.ts';

const RUN: RunProgress = {
  files: 50,
  filesDone: 12,
  filesFailed: 0,
  bytes: 4096,
  bytesDone: 1024,
  etaSeconds: 185,
  states: [],
};

describe('renderProgress', () => {
  it.each([
    [{}, '[######..................] 12 of 50 files, 1.0 KB of 4.0 KB, about 3 min 5 s left'],
    [
      { filesFailed: 2, etaSeconds: null },
      '[######..................] 12 of 50 files, 1.0 KB of 4.0 KB, 2 failed',
    ],
    [
      { filesDone: 50, bytesDone: 5000, etaSeconds: 0 },
      '[########################] 50 of 50 files, 4.9 KB of 4.0 KB, about 0 s left',
    ],
    [
      { files: 1, filesDone: 0, bytes: 0, bytesDone: 0, etaSeconds: null },
      '[########################] 0 of 1 file, 0 B of 0 B',
    ],
  ])('draws a run: %j', (change, line) => {
    expect(renderProgress({ kind: 'run', run: { ...RUN, ...change } })).toEqual([line]);
  });

  it.each([
    [null, 'listing s3://b/ ... 3000'],
    [9000, 'listing s3://b/ ... 3000 of 9000'],
  ])('counts what else is done, of %j', (total, line) => {
    expect(renderProgress({ kind: 'count', what: 'listing s3://b/', done: 3000, total })).toEqual([line]);
  });

  it('tells the states of jobs above the bar', () => {
    const states = [
      { state: 'RUNNING', count: 8 },
      { state: 'SUCCEEDED', count: 35 },
    ] as const;
    expect(renderProgress({ kind: 'run', run: { ...RUN, states } })[0]).toBe('RUNNING 8, SUCCEEDED 35');
  });
});
