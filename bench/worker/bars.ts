import type { Measured } from './measure.ts';
import type { Row } from './rasters.ts';

/** Names of the contenders, as the table shows them. */
export const NAMES = {
  s3: 'worker, S3',
  directory: 'worker, directory',
  python: '(a) one after the other, S3',
  limit: '(b) gdal_translate alone, local files',
  rio: '(c) rio cogeo create, local files',
  rioParallel: '(c) the same, one per core',
} as const;

/** Something that must hold, and whether it does. */
export interface Bar {
  readonly what: string;
  readonly value: number;
  readonly bar: number;
  readonly holds: boolean;
}

/** How many times as fast as (a) the worker must be on S3, and what share of (b)'s speed it must reach on a directory. */
const SPEED: Readonly<Record<Row, { readonly s3: number; readonly directory: number | null }>> = {
  small: { s3: 2.8, directory: 0.85 },
  medium: { s3: 1.7, directory: 0.93 },
  large: { s3: 1, directory: null },
};
const MIB_PER_SLOT = 150;

/** All bars of one row whose contenders were there. */
export function barsOf(row: Row, seen: ReadonlyMap<string, Measured>, vcpus: number): readonly Bar[] {
  const speed = SPEED[row];
  return [
    ...faster(seen, NAMES.s3, NAMES.python, speed.s3),
    ...(speed.directory === null ? [] : faster(seen, NAMES.directory, NAMES.limit, speed.directory)),
    // like with like: both from local files to local files
    ...faster(seen, NAMES.directory, NAMES.rio, 1),
    ...faster(seen, NAMES.directory, NAMES.rioParallel, 1),
    ...lighter(seen, vcpus),
  ];
}

function faster(
  seen: ReadonlyMap<string, Measured>,
  own: string,
  other: string,
  bar: number,
): readonly Bar[] {
  const [mine, theirs] = [seen.get(own), seen.get(other)];
  if (mine === undefined || theirs === undefined) return [];
  const value = theirs.wallSeconds / mine.wallSeconds;
  return [{ what: `${own}: speed against ${other}`, value, bar, holds: value >= bar }];
}

function lighter(seen: ReadonlyMap<string, Measured>, vcpus: number): readonly Bar[] {
  const [mine, theirs] = [seen.get(NAMES.s3), seen.get(NAMES.python)];
  if (mine === undefined || theirs === undefined || Number.isNaN(mine.peakMiB)) return [];
  const value = (mine.peakMiB - theirs.peakMiB) / vcpus;
  const what = `${NAMES.s3}: MiB per slot above the peak of ${NAMES.python}`;
  return [{ what, value, bar: MIB_PER_SLOT, holds: value <= MIB_PER_SLOT }];
}

/** The table of one row: seconds and MiB as they are, and as shares of the worker's on S3. */
export function tableOf(title: string, seen: ReadonlyMap<string, Measured>): readonly string[] {
  const own = seen.get(NAMES.s3) ?? [...seen.values()][0];
  const cell = (value: number, base: number | undefined, digits: number): string =>
    `${value.toFixed(digits).padStart(8)} (${(value / (base ?? NaN)).toFixed(2)})`.padEnd(18);
  return [
    title,
    `  ${''.padEnd(40)}${'wall s'.padStart(8).padEnd(18)}${'CPU s'.padStart(8).padEnd(18)}${'peak MiB'.padStart(8)}`,
    ...[...seen].map(
      ([name, one]) =>
        `  ${name.padEnd(40)}${cell(one.wallSeconds, own?.wallSeconds, 2)}${cell(one.cpuSeconds, own?.cpuSeconds, 2)}${cell(one.peakMiB, own?.peakMiB, 0)}`,
    ),
  ];
}

/** `ok      2.91 (bar 2.80) worker, S3: speed against ...` */
export function lineOf({ what, value, bar, holds }: Bar): string {
  return `  ${holds ? 'ok    ' : 'MISSED'} ${value.toFixed(2).padStart(7)} (bar ${bar.toFixed(2)})  ${what}`;
}
