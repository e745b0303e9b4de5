import type { JobReport, JobsReport } from '../commands/reports.ts';
import { isActive, type JobState } from '../plan/job-states.ts';
import { printable, rule } from './layout.ts';
import type { Style } from './style.ts';

const WIDTH = 80;

/** The Python tool's layout; what a job tells beyond it stands behind the state. */
export function renderJobs({ total, byState, jobs, more }: JobsReport, style: Style): string[] {
  return [
    rule(WIDTH, '='),
    'Batch Job Status',
    rule(WIDTH, '='),
    `Total jobs: ${String(total)}`,
    ...byState.map(({ state, count }) => `  ${state}: ${String(count)}`),
    rule(WIDTH, '-'),
    row('Job Name', 'Files', 'Status'),
    rule(WIDTH, '-'),
    ...jobs.flatMap((job, at) => [jobLine(job, style), ...reasonLine(jobs, at)]),
    ...(more > 0 ? [`... and ${String(more)} more (cogconv jobs --all)`] : []),
    rule(WIDTH, '='),
  ];
}

function row(name: string, files: string, state: string): string {
  return `${name.padEnd(45)} ${files.padEnd(8)} ${state}`;
}

function jobLine(job: JobReport, style: Style): string {
  const facts = jobFacts(job);
  const state = `${paint(job.state, style)}${facts === '' ? '' : `  ${style.dim(facts)}`}`;
  return row(job.name, String(job.files), state);
}

/** The reason of a job; jobs in a row that share it tell it once, below the last of them: a run mostly waits as a whole. */
function reasonLine(jobs: readonly JobReport[], at: number): string[] {
  const reason = jobs[at]?.reason ?? null;
  if (reason === null || jobs[at + 1]?.reason === reason) return [];
  const first = jobs.findLastIndex((job, index) => index < at && job.reason !== reason) + 1;
  const whose = first === at ? '' : `these ${String(at - first + 1)}: `;
  return [`    ${whose}${printable(reason)}`];
}

/** `47 done, 3 failed, attempt 2, 1 spot loss`; empty for a job of which all went well. */
function jobFacts(job: JobReport): string {
  const done = job.converted + job.skipped;
  const facts: string[] = [];
  if (job.failed > 0 || (done > 0 && done < job.files)) facts.push(`${String(done)} done`);
  if (job.failed > 0) facts.push(`${String(job.failed)} failed`);
  if (job.attempts > 1) facts.push(`attempt ${String(job.attempts)}`);
  if (job.spotLosses > 0)
    facts.push(`${String(job.spotLosses)} spot loss${job.spotLosses === 1 ? '' : 'es'}`);
  return facts.join(', ');
}

function paint(state: JobState, style: Style): string {
  if (state === 'FAILED') return style.red(state);
  return isActive(state) ? style.yellow(state) : style.green(state);
}
