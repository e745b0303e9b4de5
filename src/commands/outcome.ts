import type { ExitCode } from '../errors.ts';

/** What a command gives back: plain JSON data, and the exit code that it means. */
export interface Outcome<Report> {
  readonly report: Report;
  readonly exitCode: ExitCode;
}
