import type { FailuresReport } from '../commands/reports.ts';
import type { FailureGroup } from '../plan/failures.ts';
import { lineKey } from '../plan/line-key.ts';
import { printable } from './layout.ts';
import type { Style } from './style.ts';
import { count } from './units.ts';

/**
 * Failed files by cause, most frequent first, each with an example and what to do. Of one reason the keys alone, as lines of the
 * status files, so that `--keys-from` and other programs can read them.
 */
export function renderFailures({ total, groups, files }: FailuresReport, style: Style): string[] {
  if (files !== null) return files.map(lineKey);
  if (total === 0) return ['No failures.'];
  return [`${count(total, 'file')} failed:`, ...groups.flatMap((group) => groupLines(group, style))];
}

/** One cause as lines. */
export function groupLines(group: FailureGroup, style: Style): string[] {
  const kind = group.permanent ? 'permanent' : 'temporary';
  return [
    '',
    `${style.red(group.code)}: ${count(group.count, 'file')} (${kind})`,
    `  example: ${printable(group.example.source)} (job ${group.example.job})`,
    `  message: ${printable(group.example.message)}`,
    `  to do:   ${group.hint}`,
  ];
}
