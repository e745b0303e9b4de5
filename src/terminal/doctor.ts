import type { CheckReport, DoctorReport } from '../commands/doctor.ts';
import { printable } from './layout.ts';
import { PLAIN, type Style } from './style.ts';
import { count } from './units.ts';

const LABELS = { ok: 'ok', problem: 'PROBLEM', unknown: '?' } as const;
const LABEL_WIDTH = 7;

/** One line per check, and what mends it below. */
export function renderDoctor({ checks }: DoctorReport, style: Style = PLAIN): string[] {
  const width = Math.max(...checks.map(({ name }) => name.length));
  const inState = (wanted: CheckReport['state']): number =>
    checks.filter(({ state }) => state === wanted).length;
  return [
    ...checks.flatMap((check) => checkLines(check, width, style)),
    '',
    `${String(inState('ok'))} ok, ${count(inState('problem'), 'problem')}, ${String(inState('unknown'))} not known`,
  ];
}

function checkLines({ name, state, detail, mend }: CheckReport, width: number, style: Style): string[] {
  const paint = { ok: style.green, problem: style.red, unknown: style.yellow }[state];
  const line = `${paint(LABELS[state].padEnd(LABEL_WIDTH))}  ${name.padEnd(width)}  ${printable(detail)}`;
  return mend === null ? [line] : [line, `${' '.repeat(LABEL_WIDTH + width + 4)}-> ${printable(mend)}`];
}
