import type { LogsReport } from '../commands/logs.ts';
import type { FileResult } from '../contract/result.ts';
import { printable } from './layout.ts';
import type { Style } from './style.ts';

/** Lines as the worker wrote them, behind their time; or the files of the result that stands in for a log. */
export function renderLogs({ lines, result, place }: LogsReport, style: Style): string[] {
  if (result === null) return renderLogLines(lines, style);
  const { state, attempt, startedAt, finishedAt, files } = result;
  return [
    `${printable(place)}: ${state}, attempt ${String(attempt)}, ${startedAt} to ${finishedAt ?? 'now'}`,
    ...files.flatMap((file) => fileLines(file, style)),
  ];
}

/** What `--follow` prints as it comes. */
export function renderLogLines(lines: LogsReport['lines'], style: Style): string[] {
  return lines.map(({ at, message }) => `${style.dim(at)} ${printable(message)}`);
}

function fileLines({ source, outcome, reason, skipped, warnings }: FileResult, style: Style): string[] {
  const paint = outcome === 'failed' ? style.red : style.green;
  const why = reason === undefined ? skipped : `${reason.code}: ${reason.message}`;
  return [
    `${paint(outcome)} ${printable(source)}${why === undefined ? '' : `  ${printable(why)}`}`,
    ...warnings.map(({ code, message }) => `  ${style.yellow(code)}: ${printable(message)}`),
  ];
}
