import { FAILURES, type FailureCode, type FailureReason } from '../src/contract/failures.ts';

/** One file cannot be converted; the job goes on with the next. `cause` is the fault behind it, if any. */
export class FileFailure extends Error {
  override readonly name = 'FileFailure';
  readonly code: FailureCode;
  constructor(code: FailureCode, message: string, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
  }
}

/** What the result says of a failure. */
export function failureReason({ code, message }: { code: FailureCode; message: string }): FailureReason {
  return { code, message, hint: FAILURES[code].hint };
}
