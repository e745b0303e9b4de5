import { fileName } from '../contract/naming.ts';
import type { PlannedFile } from './planned-rows.ts';
import { sampleOf } from './verify-sample.ts';

/** So many files are ordered at least, whatever is wanted: they stand for the others with an error of about 1 in 100. */
const LEAST_HELD = 10_000;
const HELD_PER_WANTED = 10;
/** The same files give the same sample. */
const SEED = 'canary';

/**
 * A sample that stands for all files: taken at even steps through the files ordered by kind of name (folder, first word) and
 * size, so that every big group and both ends of the sizes are in it. Of more files than are held, a random part is ordered,
 * with the first and the last of all. Deterministic; the source keys of at most `wanted` files, which are gone through once.
 */
export function chooseCanaries(files: Iterable<PlannedFile>, wanted: number): ReadonlySet<string> {
  const ends = new Ends();
  const held = sampleOf(ends.watch(files), {
    wanted: Math.max(LEAST_HELD, HELD_PER_WANTED * wanted),
    seed: SEED,
    keyOf: ({ file }) => file.source,
  });
  const ordered = [...new Set([...held, ...ends.both])].sort(inOrder);
  const n = Math.min(wanted, ordered.length);
  const last = ordered.length - 1;
  const picked = Array.from(
    { length: n },
    (_, at) => ordered[n === 1 ? last : Math.round((at * last) / (n - 1))],
  );
  return new Set(picked.flatMap((one) => (one === undefined ? [] : [one.file.source])));
}

interface Grouped {
  readonly file: PlannedFile;
  readonly group: string;
}

/** The first and the last of the files that go by. */
class Ends {
  #first: Grouped | undefined;
  #last: Grouped | undefined;

  *watch(files: Iterable<PlannedFile>): Generator<Grouped> {
    for (const file of files) {
      const one = { file, group: groupOf(file) };
      if (this.#first === undefined || inOrder(one, this.#first) < 0) this.#first = one;
      if (this.#last === undefined || inOrder(one, this.#last) > 0) this.#last = one;
      yield one;
    }
  }

  get both(): readonly Grouped[] {
    return [this.#first, this.#last].filter((one) => one !== undefined);
  }
}

function inOrder(a: Grouped, b: Grouped): number {
  return byText(a.group, b.group) || a.file.size - b.file.size || byText(a.file.source, b.file.source);
}

/** `src/africa/public_rain_2020.tif` -> `src/africa/public`: files of one export mostly share folder and first word. */
function groupOf({ source }: PlannedFile): string {
  const name = fileName(source);
  return source.slice(0, source.length - name.length) + (/^[^_.-]*/.exec(name)?.[0] ?? '');
}

function byText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
