import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { barsOf, NAMES } from '../../bench/worker/bars.ts';
import type { Measured } from '../../bench/worker/measure.ts';
import { findGdalPython } from '../python.ts';
import { hasMoto } from '../moto.ts';

const root = fileURLToPath(new URL('../..', import.meta.url));
const WHAT = 'the small benchmark of the worker';

function used(wallSeconds: number, peakMiB = 100): Measured {
  return { wallSeconds, cpuSeconds: 1, peakMiB };
}

describe('the bars of the worker', () => {
  it('hold by speed against (a), (b) and (c), and by memory per slot', () => {
    const seen = new Map([
      [NAMES.s3, used(1, 300)],
      [NAMES.directory, used(1)],
      [NAMES.python, used(2.9)],
      [NAMES.limit, used(0.8)],
      [NAMES.rio, used(5)],
    ]);
    const bars = barsOf('small', seen, 2);
    expect(bars.map(({ value, holds }) => [value, holds])).toEqual([
      [2.9, true],
      [0.8, false],
      [5, true],
      [100, true],
    ]);
  });

  it('says nothing of who was not there', () => {
    expect(barsOf('large', new Map([[NAMES.s3, used(1)]]), 2)).toEqual([]);
  });
});

describe('bench worker --small', () => {
  it.skipIf(findGdalPython(WHAT) === undefined || !hasMoto(WHAT))(
    'converts from S3 and from a directory, as the Python tool does and as gdal_translate alone',
    () => {
      const who = ['s3', 'directory', 'python', 'limit'] as const;
      const args = ['bench/main.ts', 'worker', '--small', '--rows', 'small', '--who', who.join()];
      const { status, stdout, stderr } = spawnSync(process.execPath, ['script/run.mjs', ...args], {
        cwd: root,
        encoding: 'utf8',
      });
      expect(status, stderr).toBe(0);
      for (const name of who) expect(stdout).toContain(NAMES[name]);
    },
    120_000,
  );
});
