import type { CancelReport } from '../commands/cancel.ts';
import type { Style } from './style.ts';
import { count } from './units.ts';

/** What was ended, and what becomes of its files. */
export function renderCancel(
  { run, jobs, filesLeft, declined, dryRun }: CancelReport,
  style: Style,
): string[] {
  if (run === null) return ['No run is under way: nothing to cancel'];
  if (declined) return [`Nothing was cancelled: ${run} goes on`];
  if (jobs === 0) return [`No job of ${run} is under way: nothing to cancel`];
  if (dryRun)
    return [
      `Would end ${count(jobs, 'job')} of ${run} with ${count(filesLeft, 'file')} left to do`,
      'Nothing was changed.',
    ];
  return [
    `${style.yellow('Cancelled')} ${run}: ${count(jobs, 'job')} told to end`,
    `${count(filesLeft, 'file')} left to do; cogconv convert takes them up again`,
  ];
}
