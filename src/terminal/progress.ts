import type { Progress, RunProgress } from '../ports.ts';
import { count, duration, size } from './units.ts';

const BAR_WIDTH = 24;

/** Progress as it is redrawn on a terminal: a bar with counts, bytes and ETA for a run. */
export function renderProgress(progress: Progress): string[] {
  if (progress.kind === 'run') return [...stateLine(progress.run), runLine(progress.run)];
  const { what, done, total } = progress;
  return [`${what} ... ${total === null ? String(done) : `${String(done)} of ${String(total)}`}`];
}

/** `RUNNING 8, SUCCEEDED 35` */
function stateLine({ states }: RunProgress): string[] {
  if (states.length === 0) return [];
  return [states.map(({ state, count: jobs }) => `${state} ${String(jobs)}`).join(', ')];
}

function runLine({ files, filesDone, filesFailed, bytes, bytesDone, etaSeconds }: RunProgress): string {
  const parts = [
    `${bar(bytes === 0 ? 1 : bytesDone / bytes)} ${String(filesDone)} of ${count(files, 'file')}`,
    `${size(bytesDone)} of ${size(bytes)}`,
    ...(filesFailed > 0 ? [`${String(filesFailed)} failed`] : []),
    ...(etaSeconds === null ? [] : [`about ${duration(etaSeconds)} left`]),
  ];
  return parts.join(', ');
}

function bar(fraction: number): string {
  const full = Math.min(BAR_WIDTH, Math.floor(fraction * BAR_WIDTH));
  return `[${'#'.repeat(full)}${'.'.repeat(BAR_WIDTH - full)}]`;
}
