import type { JobLogs, LogLine } from '../ports-deploy.ts';
import type { Clock, Interrupts } from '../ports.ts';

/** What reading a stream needs. */
export interface StreamDeps extends Pick<Interrupts, 'stop'> {
  readonly jobLogs: JobLogs;
  readonly clock: Clock;
  print(lines: readonly LogLine[]): void;
}

/** Which stream, and whether to stay with it. */
export interface StreamChoice {
  readonly group: string;
  readonly stream: string;
  readonly jobId: string;
  /** From 1. */
  readonly attempt: number;
  readonly follow: boolean;
}

const POLL_MS = 3_000;

/**
 * All lines of a stream; with `follow` they are printed as they come, until the attempt is over or Ctrl-C, and none is
 * returned. null: there is no such stream.
 */
export async function readStream(deps: StreamDeps, choice: StreamChoice): Promise<readonly LogLine[] | null> {
  const lines: LogLine[] = [];
  let token: string | null = null;
  let isOver = !choice.follow;
  for (;;) {
    const wasOver = isOver;
    const page = await deps.jobLogs.read(choice.group, choice.stream, token);
    if (page !== null) take(deps, choice, page.lines, lines);
    // an empty page is not the end: the same token again is
    if (page !== null && page.token !== token) {
      token = page.token;
      continue;
    }
    if (wasOver || deps.stop.aborted) return token === null && page === null ? null : lines;
    await deps.clock.sleep(POLL_MS, deps.stop);
    // lines may still come between the last look and the end, so the stream is read once more after it
    isOver = !(await isActive(deps, choice));
  }
}

function take(deps: StreamDeps, { follow }: StreamChoice, page: readonly LogLine[], all: LogLine[]): void {
  if (follow) deps.print(page);
  else all.push(...page);
}

async function isActive({ jobLogs }: StreamDeps, { jobId, attempt }: StreamChoice): Promise<boolean> {
  const job = await jobLogs.find(jobId);
  return job !== null && job.active && job.attempts[attempt - 1]?.ended !== true;
}
