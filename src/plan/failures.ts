import { FAILURE_CODES, FAILURES, type FailureCode } from '../contract/failures.ts';
import type { FileFailure } from './file-history.ts';

/** Failed files with one cause. */
export interface FailureGroup {
  readonly code: FailureCode;
  readonly count: number;
  readonly permanent: boolean;
  readonly hint: string;
  /** The first that came. */
  readonly example: { readonly source: string; readonly message: string; readonly job: string };
}

/** Groups the sources that failed when they were last tried (`FileHistory.failures`), most frequent cause first. */
export function groupFailures(failures: Iterable<FileFailure>): FailureGroup[] {
  const groups = new Map<FailureCode, { count: number; example: FailureGroup['example'] }>();
  for (const { source, reason, job } of failures) {
    const group = groups.get(reason.code) ?? { count: 0, example: { source, message: reason.message, job } };
    group.count++;
    groups.set(reason.code, group);
  }
  return [...groups]
    .sort(([codeA, a], [codeB, b]) => b.count - a.count || orderOf(codeA) - orderOf(codeB))
    .map(([code, { count, example }]) => ({ code, count, ...FAILURES[code], example }));
}

function orderOf(code: FailureCode): number {
  return FAILURE_CODES.indexOf(code);
}
