import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { randomNumbers } from '../random.ts';

/** Which rasters are converted together. */
export const ROWS = ['small', 'medium', 'large'] as const;
export type Row = (typeof ROWS)[number];

/** The rasters of one row, as local files. */
export interface Rasters {
  readonly row: Row;
  readonly files: readonly string[];
  readonly bytes: number;
}

/** How many of which size (bytes when decoded); `few` is for a run that checks the benchmark itself. */
const SIZES: Readonly<
  Record<'all' | 'few', Readonly<Record<Row, readonly [count: number, from: number, to: number]>>>
> = {
  all: { small: [60, 0.2e6, 5e6], medium: [10, 50e6, 100e6], large: [1, 1.5e9, 1.5e9] },
  few: { small: [6, 0.2e6, 0.6e6], medium: [2, 1e6, 2e6], large: [1, 4e6, 4e6] },
};

/** What raw rasters are like: most are not compressed. */
const KINDS = [
  { kind: 'rgb', options: ['INTERLEAVE=PIXEL'] },
  { kind: 'dem', options: [] },
  { kind: 'reflectance', options: ['INTERLEAVE=BAND'] },
  { kind: 'heights', options: ['COMPRESS=LZW'] },
  { kind: 'classes', options: [] },
  { kind: 'landsat', options: ['COMPRESS=DEFLATE', 'TILED=YES'] },
] as const;
const LARGE_KIND = 2;

/**
 * Makes the rasters of a row once and keeps them in `cache`.
 * @throws Error where Python has no GDAL
 */
export function makeRasters(row: Row, amount: 'all' | 'few', root: string, python: string): Rasters {
  const script = join(root, 'bench/worker/make-rasters.py');
  const [count, from, to] = SIZES[amount][row];
  const random = randomNumbers(count);
  const plan = Array.from({ length: count }, (_, at) => {
    const { kind, options } = KINDS[(row === 'large' ? LARGE_KIND : at) % KINDS.length] ?? KINDS[0];
    return {
      name: `${kind}-${String(at)}.tif`,
      kind,
      options,
      bytes: Math.round(from + (to - from) * random()),
    };
  });
  const recipe = JSON.stringify(plan) + readFileSync(script, 'utf8');
  const id = createHash('sha256').update(recipe).digest('hex').slice(0, 12);
  const folder = join(root, '.scratch/bench', `${row}-${id}`);
  const made = `${folder}.${String(process.pid)}`;
  if (!existsSync(folder)) {
    mkdirSync(made, { recursive: true });
    const input = JSON.stringify(plan.map((one) => ({ ...one, path: join(made, one.name) })));
    execFileSync(python, [script, join(root, 'test/fixtures/rasters')], {
      input,
      stdio: ['pipe', 'inherit', 'inherit'],
    });
    renameSync(made, folder);
  }
  rmSync(made, { recursive: true, force: true });
  const files = plan.map(({ name }) => join(folder, name));
  return { row, files, bytes: files.reduce((sum, file) => sum + statSync(file).size, 0) };
}

/** `src/rgb-0.tif` */
export function sourceKey(file: string): string {
  return `src/${basename(file)}`;
}

/** `cogs/rgb-0_cog.tif` */
export function targetKey(file: string): string {
  return `cogs/${basename(file, '.tif')}_cog.tif`;
}
