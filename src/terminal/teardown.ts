import type { TeardownReport } from '../commands/teardown.ts';
import { REMOVABLE_KINDS, type TeardownStep } from '../plan/teardown.ts';
import { PLAIN, type Style } from './style.ts';

const KIND_WIDTH = Math.max(...REMOVABLE_KINDS.map((kind) => kind.length));

/** What goes and what stays, one line each; then what was done. */
export function renderTeardown(report: TeardownReport, style: Style = PLAIN): string[] {
  const { account, steps, activeJobs } = report;
  return [
    `AWS account ${account.accountId}, region ${account.region}`,
    ...steps.map((step) => stepLine(step, style)),
    ...(activeJobs === 0 ? [] : [`  - ${String(activeJobs)} jobs that wait or run in the queue are ended`]),
    '',
    summary(report),
  ];
}

function stepLine({ sign, kind, name, why }: TeardownStep, style: Style): string {
  const line = `  ${sign} ${kind.padEnd(KIND_WIDTH)}  ${name}${why === null ? '' : `  (${why})`}`;
  return sign === '=' ? style.dim(line) : style.red(line);
}

function summary({ dryRun, steps }: TeardownReport): string {
  const count = (sign: TeardownStep['sign']): number => steps.filter((step) => step.sign === sign).length;
  const [going, staying] = [count('-'), count('!')];
  if (staying > 0) {
    return `Not done: ${String(going)} deleted, ${String(staying)} stays (!); bucket, rasters and COGs are untouched`;
  }
  if (going === 0) return 'Nothing of cogconv is left to delete';
  if (dryRun) return `Dry run: ${String(going)} to delete; nothing was deleted`;
  return `Done: ${String(going)} deleted; bucket, rasters and COGs are untouched`;
}
