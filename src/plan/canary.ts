import { fileName } from '../contract/naming.ts';
import type { PlannedFile } from './planned-rows.ts';
import type { Rows } from './rows.ts';

/**
 * A sample that stands for all files: taken at even steps through the files ordered by kind of name (folder, first word) and
 * size, so that every big group and both ends of the sizes are in it. Deterministic; the source keys of at most `wanted` files.
 */
export function chooseCanaries(files: Rows<PlannedFile>, wanted: number): ReadonlySet<string> {
  const ordered = [...files].sort(
    (a, b) => byText(groupOf(a), groupOf(b)) || a.size - b.size || byText(a.source, b.source),
  );
  const n = Math.min(wanted, ordered.length);
  const last = ordered.length - 1;
  const picked = Array.from(
    { length: n },
    (_, at) => ordered[n === 1 ? last : Math.round((at * last) / (n - 1))],
  );
  return new Set(picked.flatMap((file) => (file === undefined ? [] : [file.source])));
}

/** `src/africa/public_rain_2020.tif` -> `src/africa/public`: files of one export mostly share folder and first word. */
function groupOf({ source }: PlannedFile): string {
  const name = fileName(source);
  return source.slice(0, source.length - name.length) + (/^[^_.-]*/.exec(name)?.[0] ?? '');
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
