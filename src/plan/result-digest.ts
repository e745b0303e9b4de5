import type { FailureReason } from '../contract/failures.ts';
import type { JobResult } from '../contract/result.ts';
import { packKeys } from './packed-keys.ts';
import { summariseResult, type ResultSummary } from './result-summary.ts';
import { isSlow } from './work-estimate.ts';

/** A file that failed. */
export interface FailedSource {
  readonly source: string;
  /** Of the source that failed. */
  readonly etag: string;
  /** Its hint is the code's. */
  readonly reason: Pick<FailureReason, 'code' | 'message'>;
}

/** What a converted file was warned of: `{source: 'src/a.tif', codes: ['gcps-only']}`. */
export interface FileWarnings {
  readonly source: string;
  /** Each once. */
  readonly codes: readonly string[];
}

/** A file that took far longer than its bytes told, whatever became of it. */
export interface SlowSource {
  readonly source: string;
  readonly etag: string;
  readonly seconds: number;
}

/**
 * All of a result that any report or plan needs, in a tenth of its size: what went wrong file by file, of the rest the
 * sources alone. Nothing is left out that decides, so a digest stands for its result for good.
 */
export interface ResultDigest {
  readonly summary: ResultSummary;
  readonly failures: readonly FailedSource[];
  readonly warned: readonly FileWarnings[];
  readonly slow: readonly SlowSource[];
  /** Sources that were converted without a warning, by `packKeys`. */
  readonly converted: string;
  /** Sources that were skipped, by `packKeys`. */
  readonly skipped: string;
}

/** The digest of a result. */
export function digestResult(result: JobResult): ResultDigest {
  const failures: FailedSource[] = [];
  const warned: FileWarnings[] = [];
  const converted: string[] = [];
  const skipped: string[] = [];
  for (const { source, sourceEtag, outcome, reason, warnings } of result.files) {
    if (reason !== undefined) {
      failures.push({ source, etag: sourceEtag, reason: { code: reason.code, message: reason.message } });
    } else if (outcome === 'skipped') skipped.push(source);
    else if (warnings.length === 0) converted.push(source);
    else warned.push({ source, codes: [...new Set(warnings.map(({ code }) => code))] });
  }
  const slow = result.files.filter(
    ({ outcome, seconds, sourceBytes }) => outcome !== 'skipped' && isSlow(seconds, sourceBytes),
  );
  return {
    summary: summariseResult(result),
    slow: slow.map(({ source, sourceEtag, seconds }) => ({ source, etag: sourceEtag, seconds })),
    failures,
    warned,
    converted: packKeys(converted),
    skipped: packKeys(skipped),
  };
}
