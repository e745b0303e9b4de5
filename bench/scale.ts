import { parseArgs } from 'node:util';
import type { Figure, Scale, ScaleRow } from './scale-row.ts';
import { LISTING_ROWS } from './scale-listing.ts';
import { MAKESPAN_ROWS } from './scale-makespan.ts';
import { RUN_ROWS } from './scale-runs.ts';
import { STARTUP_ROWS } from './scale-startup.ts';

const RUNS = 5;

/** Everything that is measured at scale, in the table's order. */
export const SCALE_ROWS: readonly ScaleRow[] = [
  ...LISTING_ROWS,
  ...RUN_ROWS,
  ...STARTUP_ROWS,
  ...MAKESPAN_ROWS,
];

/**
 * `npm run bench -- scale [--small] [--rows NAME,...] [--runs N]`: prints a Markdown table of medians, each ratio beside its
 * bar. Exit code 1 when a bar is missed, but not with `--small`, which proves the answers and not the time.
 */
export async function run({
  small,
  args,
}: {
  readonly small: boolean;
  readonly args: readonly string[];
}): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: { rows: { type: 'string' }, runs: { type: 'string' } },
  });
  const scale = {
    small,
    runs: Number(values.runs ?? (small ? 1 : RUNS)),
  };
  process.stdout.write(
    `medians of ${String(scale.runs)}\n\n| what | figure | value | bar |\n| --- | --- | --- | --- |\n`,
  );
  for (const row of rowsNamed(values.rows)) await print(row, scale);
}

/** @throws Error for a name that no row has */
function rowsNamed(names: string | undefined): readonly ScaleRow[] {
  if (names === undefined) return SCALE_ROWS;
  return names.split(',').map((name) => {
    const row = SCALE_ROWS.find((one) => one.name === name);
    if (row !== undefined) return row;
    throw new Error(`no row ${name}: there are ${SCALE_ROWS.map((one) => one.name).join(', ')}`);
  });
}

async function print(row: ScaleRow, scale: Scale): Promise<void> {
  for (const figure of await row.run(scale)) {
    const isMissed = !scale.small && misses(figure);
    if (isMissed) process.exitCode = 1;
    const cells = [
      row.what,
      figure.what,
      amount(figure.value, figure.unit),
      `${barText(figure)}${isMissed ? ' MISSED' : ''}`,
    ];
    process.stdout.write(`| ${cells.join(' | ')} |\n`);
  }
}

/** True when a figure is beyond its bar; NaN is. */
export function misses({ value, most = Infinity, least = -Infinity }: Figure): boolean {
  return !(value <= most && value >= least);
}

/** `at most 7.47 s`; empty for a figure that is only told. */
export function barText({ most, least, unit }: Pick<Figure, 'most' | 'least' | 'unit'>): string {
  if (most !== undefined) return `at most ${amount(most, unit)}`;
  return least === undefined ? '' : `at least ${amount(least, unit)}`;
}

function amount(value: number, unit: Figure['unit']): string {
  const digits = unit === 's' || unit === 'x' ? 2 : 0;
  return `${value.toFixed(digits)} ${unit}`;
}
