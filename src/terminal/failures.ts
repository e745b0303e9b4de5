import type { FailuresReport } from '../commands/reports.ts';
import type { FailureGroup } from '../plan/failures.ts';
import { printable } from './layout.ts';
import type { Style } from './style.ts';
import { count } from './units.ts';

/** Failed files by cause, most frequent first, each with an example and what to do. */
export function renderFailures({ total, groups }: FailuresReport, style: Style): string[] {
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
