import { tally, type CheckReport, type DoctorReport } from '../commands/doctor.ts';
import { PLAIN, type Style } from './style.ts';
import { count } from './units.ts';

const LABELS = { ok: 'ok', problem: 'PROBLEM', unknown: '?' } as const;
const LABEL_WIDTH = 7;

/** One line per check, and what mends it below. */
export function renderDoctor({ checks }: DoctorReport, style: Style = PLAIN): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const counts = tally(checks);
  return [
    ...checks.flatMap((check) => checkLines(check, width, style)),
    '',
    `${String(counts['ok'])} ok, ${count(counts['problem'] ?? 0, 'problem')}, ${String(counts['unknown'])} not known`,
  ];
}

function checkLines({ name, state, detail, mend }: CheckReport, width: number, style: Style): string[] {
  const paint = { ok: style.green, problem: style.red, unknown: style.yellow }[state];
  const line = `${paint(LABELS[state].padEnd(LABEL_WIDTH))}  ${name.padEnd(width)}  ${detail}`;
  return mend === null ? [line] : [line, `${' '.repeat(LABEL_WIDTH + width + 4)}-> ${mend}`];
}
