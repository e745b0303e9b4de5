import type { StatusReport } from '../commands/reports.ts';
import { MAX_KEY_BYTES, MAX_NAME_BYTES } from '../contract/naming.ts';
import { counted, printable, rule } from './layout.ts';
import { count, gigabytes, size } from './units.ts';

const WIDTH = 60;

/** The Python tool's layout to the letter, then what it never told: why files are pending, and what else is odd. */
export function renderStatus(report: StatusReport): string[] {
  return [
    rule(WIDTH, '='),
    'COG Conversion Status',
    rule(WIDTH, '='),
    `Source:      ${report.source}`,
    `Destination: ${report.destination}`,
    rule(WIDTH, '-'),
    counted('Total raw TIFFs', report.totalRaw),
    counted('Existing COGs', report.existingCogs),
    counted('Already converted', report.converted),
    counted('Pending conversion', report.pending),
    counted('Progress', `${report.progressPercent}%`),
    rule(WIDTH, '='),
    '',
    `Pending data size: ${gigabytes(report.pendingBytes)}`,
    `Estimated jobs: ${String(report.estimatedJobs)} (at ${String(report.filesPerJob)} files/job)`,
    ...notes(report),
  ];
}

function notes(report: StatusReport): string[] {
  const lines = [...pendingNotes(report), ...otherNotes(report)];
  return lines.length === 0 ? [] : ['', ...lines];
}

function pendingNotes(report: StatusReport): string[] {
  const lines: string[] = [];
  if (report.inFlight > 0)
    lines.push(`In flight: ${count(report.inFlight, 'file')} in jobs under way (cogconv jobs)`);
  if (report.failed > 0) {
    lines.push(
      `Failed for good: ${count(report.failed, 'file')}; convert leaves them out (cogconv failures)`,
    );
  }
  if (report.colliding > 0) {
    lines.push(
      `Name collisions: ${count(report.colliding, 'file')} that would share a COG; convert refuses them:`,
    );
    lines.push(
      ...report.collisions.map(
        ({ target, sources }) => `  ${printable(target)} <- ${sources.map(printable).join(', ')}`,
      ),
    );
  }
  if (report.tooLong.count > 0) lines.push(...tooLongLines(report.tooLong));
  return lines;
}

/** What no bucket and no directory takes. */
export const TOO_LONG = `a key of more than ${String(MAX_KEY_BYTES)} bytes, or in a directory a name of more than ${String(MAX_NAME_BYTES)}`;

function tooLongLines(tooLong: StatusReport['tooLong']): string[] {
  return [
    `Keys too long: ${count(tooLong.count, 'file')} whose COG would have ${TOO_LONG}; convert refuses them:`,
    ...examples(tooLong),
  ];
}

function otherNotes({ stale, empty, filteredOut, warned }: StatusReport): string[] {
  const lines: string[] = [];
  if (stale.count > 0) {
    lines.push(
      `Stale: ${count(stale.count, 'COG')} older than the source (${size(stale.bytes)}); convert --stale renews them:`,
    );
    lines.push(...examples(stale));
  }
  if (empty.count > 0)
    lines.push(`Empty: ${count(empty.count, 'object')} of 0 bytes, not counted:`, ...examples(empty));
  if (filteredOut > 0)
    lines.push(`Filtered out: ${count(filteredOut, 'raster')} (RASTER_TYPE, FILENAME_FILTER), not counted`);
  for (const { code, count: n, example } of warned) {
    lines.push(`Warning ${code}: ${count(n, 'file')}, for example ${printable(example)}`);
  }
  return lines;
}

/** `  key` lines, and how many more there are. */
export function examples(of: { readonly count: number; readonly examples: readonly string[] }): string[] {
  const rest = of.count - of.examples.length;
  return [
    ...of.examples.map((key) => `  ${printable(key)}`),
    ...(rest > 0 ? [`  ... and ${String(rest)} more`] : []),
  ];
}
