import { median } from './random.ts';

/** How a scale bench was called. */
export interface Scale {
  /** Few keys, for correctness alone: no time is judged. */
  readonly small: boolean;
  /** Figures are medians of so many. */
  readonly runs: number;
}

/** One line of the table: `{what: 'CPU', value: 2.31, unit: 's'}`, `{what: 'CPU / receiving', value: 3.4, unit: 'x', most: 6}`. */
export interface Figure {
  readonly what: string;
  readonly value: number;
  /** `x` is a ratio. */
  readonly unit: 's' | 'MiB' | 'x' | 'calls' | 'files';
  /** The bar: at most, or at least, this; without one the figure is only told. */
  readonly most?: number;
  readonly least?: number;
}

/** Something that is measured at scale. A module `scale-<topic>.ts` exports a list of these; `scale.ts` runs and prints them. */
export interface ScaleRow {
  /** For `--rows`: `status-delayed-flat`. */
  readonly name: string;
  /** For the table: `status, 1,000,000 + 500,000 keys, 60 ms a page, flat`. */
  readonly what: string;
  /** @throws Error when an answer is wrong: a row proves what it measures, also with `small` */
  run(scale: Scale): Promise<readonly Figure[]>;
}

/** Runs `once` as often as asked and gives the median of each of its numbers. */
export async function medians<Name extends string>(
  { runs }: Scale,
  once: () => Promise<Readonly<Record<Name, number>>>,
): Promise<Record<Name, number>> {
  const all: Readonly<Record<Name, number>>[] = [];
  for (let run = 0; run < runs; run += 1) all.push(await once());
  const names = Object.keys(all[0] ?? {}) as Name[];
  return Object.fromEntries(names.map((name) => [name, median(all.map((one) => one[name]))])) as Record<
    Name,
    number
  >;
}
