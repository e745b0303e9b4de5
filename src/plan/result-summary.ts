import type { JobResult, ProcessIdentity, ResultState } from '../contract/result.ts';

/** What of a result matters once its rows were looked at. */
export interface ResultSummary {
  readonly job: number;
  readonly attempt: number;
  readonly state: ResultState;
  readonly startedAt: string;
  readonly finishedAt: string | null;
  /** null once the job is over: it then tells nothing. */
  readonly process: ProcessIdentity | null;
  readonly converted: number;
  readonly skipped: number;
  readonly failed: number;
  /** Of the files with an outcome. */
  readonly sourceBytes: number;
  /** Source bytes of the converted files alone, to be compared with `cogBytes`. */
  readonly convertedBytes: number;
  readonly cogBytes: number;
}

/** Counts the rows of a result. */
export function summariseResult(result: JobResult): ResultSummary {
  const counts = { converted: 0, skipped: 0, failed: 0 };
  let sourceBytes = 0;
  let convertedBytes = 0;
  let cogBytes = 0;
  for (const file of result.files) {
    counts[file.outcome]++;
    sourceBytes += file.sourceBytes;
    if (file.outcome === 'converted') convertedBytes += file.sourceBytes;
    cogBytes += file.cogBytes;
  }
  const { job, attempt, state, startedAt, finishedAt, process } = result;
  return {
    job,
    attempt,
    state,
    startedAt,
    finishedAt,
    process: state === 'running' ? process : null,
    ...counts,
    sourceBytes,
    convertedBytes,
    cogBytes,
  };
}

/** Whether the result alone says how its job ended, whatever its runner knows. */
export function isFinished({ state }: Pick<ResultSummary, 'state'>): boolean {
  return state === 'succeeded' || state === 'failed';
}
