import type { CanaryReport, ConvertReport, PlannedJob, RunOutcome } from '../commands/reports.ts';
import type { LeftOut } from '../plan/convert-plan.ts';
import { groupLines } from './failures.ts';
import { printable, table } from './layout.ts';
import { examples, TOO_LONG } from './status.ts';
import type { Style } from './style.ts';
import { count, duration, size } from './units.ts';

const SHOWN_JOBS = 20;

const WHY = {
  'in-flight': 'under way in another run',
  'known-failure':
    'failed for good before and unchanged since (cogconv failures; --retry-failed tries again)',
  collision: 'share a COG name with another source (cogconv status names them)',
  'key-too-long': `their COGs would have ${TOO_LONG} (rename them, or shorten COG_PREFIX)`,
  'not-found': 'named by --keys-from, but no raster with that key is there',
  stale: 'older COG than source (--stale renews them)',
  'beyond-limit': 'beyond --limit',
} as const satisfies Record<LeftOut['why'], string>;

/** The plan of a dry run, what was submitted, or how a run that was waited for ended. */
export function renderConvert(report: ConvertReport, style: Style): string[] {
  const head = report.files === 0 ? ['Nothing to convert.'] : planLines(report);
  const outcome = report.outcome === null ? [] : ['', ...outcomeLines(report, report.outcome, style)];
  return [...head, ...report.leftOut.flatMap(leftOutLines), ...outcome];
}

/** What came of the sample of `--canary`. */
export function renderCanary({ run, files, bytes, outcome }: CanaryReport, style: Style): string[] {
  return [
    `canary: run ${String(run)}, ${count(files, 'file')} (${size(bytes)})`,
    ...(outcome === null ? [] : outcomeLines({ interrupted: false }, outcome, style)),
  ];
}

function planLines(report: ConvertReport): string[] {
  const { compression, predictor, resampling, verify, overwrite, vcpus, memoryMiB } = report.options;
  const what = report.run === null ? 'Dry run: would convert' : `Run ${report.run}:`;
  return [
    `${what} ${count(report.files, 'file')} (${size(report.bytes)}) in ${count(report.jobs.length, 'job')}, runner ${report.runner}`,
    `  from ${report.source} to ${report.destination}`,
    `  options: compression ${compression}, predictor ${predictor}, resampling ${resampling}, verify ${verify}, overwrite ${String(overwrite)}, ${count(vcpus, 'vCPU')} and ${String(memoryMiB)} MiB per job`,
    ...jobLines(report.jobs),
    ...(report.dryRun ? ['Nothing was changed.'] : []),
    ...(goesOn(report) ? ['Next: cogconv jobs --watch'] : []),
  ];
}

/** On AWS, with nobody waiting for it. */
function goesOn({ run, runner, outcome }: ConvertReport): boolean {
  return runner === 'batch' && run !== null && outcome === null;
}

function jobLines(jobs: readonly PlannedJob[]): string[] {
  const rest = jobs.length - SHOWN_JOBS;
  return [
    ...table(
      jobs.slice(0, SHOWN_JOBS).map((job) => [`  ${job.name}`, count(job.files, 'file'), size(job.bytes)]),
    ),
    ...(rest > 0 ? [`  ... and ${count(rest, 'more job')}`] : []),
  ];
}

function leftOutLines(left: LeftOut): string[] {
  return [`Left out: ${count(left.count, 'file')}, ${WHY[left.why]}`, ...examples(left)];
}

function outcomeLines(
  report: Pick<ConvertReport, 'interrupted'>,
  outcome: RunOutcome,
  style: Style,
): string[] {
  const { converted, skipped, failed, unfinished, sourceBytes, cogBytes } = outcome;
  const parts = [
    style.green(`${String(converted)} converted`),
    ...(skipped > 0 ? [`${String(skipped)} skipped`] : []),
    ...(failed > 0 ? [style.red(`${String(failed)} failed`)] : []),
    ...(unfinished > 0 ? [style.yellow(`${String(unfinished)} unfinished`)] : []),
  ];
  return [
    `${report.interrupted ? 'Interrupted' : 'Done'} in ${duration(outcome.seconds)}: ${parts.join(', ')}`,
    ...(converted > 0 ? [`  ${size(sourceBytes)} became ${size(cogBytes)}`] : []),
    // that an interruption breaks jobs off need not be said of each
    ...(report.interrupted ? [] : outcome.broken.map(brokenLine)),
    ...outcome.warnings.map(
      (one) => `  warning ${one.code}: ${count(one.count, 'file')}, for example ${printable(one.example)}`,
    ),
    ...outcome.failures.flatMap((group) => groupLines(group, style)),
    ...(report.interrupted ? ['The same command goes on where this one stopped.'] : []),
  ];
}

function brokenLine({ reason, jobs, files }: RunOutcome['broken'][number]): string {
  return `  ${count(jobs, 'job')} ended early, ${count(files, 'file')} unfinished: ${printable(reason)}`;
}
