import { FAILURE_CODES, FAILURES, type FailureCode } from '../contract/failures.ts';
import type { FileResult } from '../contract/result.ts';

/** What planning needs of a result's row, and the job that wrote it: `cog-converter-20240115120000-1`. */
export type OutcomeRow = Pick<FileResult, 'source' | 'outcome' | 'reason'> & { readonly job: string };

/** Failed files with one cause. */
export interface FailureGroup {
  readonly code: FailureCode;
  readonly count: number;
  readonly permanent: boolean;
  readonly hint: string;
  readonly example: { readonly source: string; readonly message: string; readonly job: string };
}

/** The last row of each source; rows come oldest first. */
export function lastOutcomes<T extends { readonly source: string }>(
  rows: Iterable<T>,
): ReadonlyMap<string, T> {
  const last = new Map<string, T>();
  for (const row of rows) last.set(row.source, row);
  return last;
}

/**
 * Groups the sources that failed at last, most frequent cause first. Rows come oldest first; a file that failed in one run and
 * was converted in a later one is no failure.
 */
export function groupFailures(rows: Iterable<OutcomeRow>): FailureGroup[] {
  const groups = new Map<FailureCode, { count: number; example: FailureGroup['example'] }>();
  for (const { source, outcome, reason, job } of lastOutcomes(rows).values()) {
    if (outcome !== 'failed' || reason === undefined) continue;
    const group = groups.get(reason.code) ?? { count: 0, example: { source, message: reason.message, job } };
    group.count++;
    groups.set(reason.code, group);
  }
  return [...groups]
    .sort(
      ([codeA, a], [codeB, b]) =>
        b.count - a.count || FAILURE_CODES.indexOf(codeA) - FAILURE_CODES.indexOf(codeB),
    )
    .map(([code, { count, example }]) => ({ code, count, ...FAILURES[code], example }));
}
