/** Exit codes of the worker (README, "Exit codes"). */
const WORKER_EXIT = { done: 0, badJob: 2, someFailed: 3, tryAgain: 75 } as const;

/** How a worker process ended; `output` is the end of what it wrote to stderr. */
export interface WorkerEnd {
  readonly code: number | null;
  readonly signal: string | null;
  readonly output: string;
}

/**
 * `succeeded` and `failed`: it finished its result; `broken`: another try would end the same; `again`: it may end better
 * the next time (temporary trouble, or it crashed).
 */
export interface WorkerVerdict {
  readonly kind: 'succeeded' | 'failed' | 'broken' | 'again';
  readonly reason: string | null;
}

/** What the end of a worker means for its job. */
export function judgeEnd({ code, signal, output }: WorkerEnd): WorkerVerdict {
  const words = lastLine(output);
  const withWords = (text: string): string => (words === '' ? text : `${text}: ${words}`);
  if (signal !== null) return { kind: 'again', reason: signalReason(signal) };
  if (code === WORKER_EXIT.done) return { kind: 'succeeded', reason: null };
  if (code === WORKER_EXIT.someFailed) return { kind: 'failed', reason: null };
  if (code === WORKER_EXIT.tryAgain) return { kind: 'again', reason: withWords('temporary trouble') };
  if (code === WORKER_EXIT.badJob) return { kind: 'broken', reason: withWords('the worker refused its job') };
  if (code === null) return { kind: 'broken', reason: withWords('the worker could not be started') };
  return { kind: 'again', reason: withWords(`the worker ended with code ${String(code)}`) };
}

function signalReason(signal: string): string {
  const hint = signal === 'SIGKILL' ? '; often that is too little memory' : '';
  return `the worker was ended by ${signal}${hint}`;
}

/** The last line that says something, as far as a report has room for it. */
function lastLine(output: string): string {
  const lines = output.split('\n').map((line) => line.trim());
  return (lines.findLast((line) => line !== '') ?? '').replace(/^cogconv worker: /, '').slice(0, 300);
}
