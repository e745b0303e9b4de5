import { hashOf } from './text-hash.ts';

/**
 * A sample of at most `wanted` rows, each as likely as any other, in the order given. The same seed takes the same rows again,
 * and most of them also when others were added since; another seed takes others.
 */
export function sampleOf<T>(
  rows: Iterable<T>,
  {
    wanted,
    seed,
    keyOf,
  }: { readonly wanted: number; readonly seed: string; readonly keyOf: (row: T) => string },
): readonly T[] {
  let kept: { readonly row: T; readonly rank: number; readonly at: number }[] = [];
  const lowest = (): typeof kept => kept.sort((a, b) => a.rank - b.rank || a.at - b.at).slice(0, wanted);
  let at = 0;
  // what ranks behind all that were kept can never be among the lowest
  let bound = Infinity;
  for (const row of rows) {
    const rank = hashOf(`${seed}\n${keyOf(row)}`);
    if (rank < bound) kept.push({ row, rank, at });
    at += 1;
    if (kept.length < 2 * wanted + 1024) continue;
    kept = lowest();
    bound = kept.at(-1)?.rank ?? bound;
  }
  return lowest()
    .sort((a, b) => a.at - b.at)
    .map(({ row }) => row);
}
