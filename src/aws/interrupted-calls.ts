import { InterruptedError } from '../errors.ts';
import { untilAborted } from '../storage/until-aborted.ts';
import type { FailedCall } from './aws-error.ts';

/** What ends calls that AWS does not answer. */
export interface CallSignals {
  /** Ends calls that only look, sooner than `kill` does. */
  readonly endReads?: AbortSignal;
  /** Ends all calls; what they were to change is then changed or not. */
  readonly kill?: AbortSignal;
}

/** The verbs of AWS's operations that change nothing. */
const READ = /^(?:Get|List|Describe|BatchGet)/;

/** The call's answer, unless the user does not wait for it any more. @throws InterruptedError, what the call throws */
export async function untilInterrupted<T>(
  { endReads, kill }: CallSignals,
  { service, operation }: FailedCall,
  call: () => Promise<T>,
): Promise<T> {
  return await (READ.test(operation)
    ? untilAborted(endReads ?? kill, call, () => new InterruptedError('interrupted'))
    : untilAborted(kill, call, () => unknownEnd(service, operation)));
}

function unknownEnd(service: string, operation: string): InterruptedError {
  return new InterruptedError(
    `interrupted before ${service} answered ${operation}: whether that was done is not known`,
    { hint: 'run the command again: it finds out, and goes on' },
  );
}
