import type { SetupReport } from '../commands/setup.ts';
import { RESOURCE_KINDS, type SetupStep, type Sign } from '../plan/infrastructure-diff.ts';
import { PLAIN, type Style } from './style.ts';

const KIND_WIDTH = Math.max(...RESOURCE_KINDS.map((kind) => kind.length));
/** Policies are long; `--json` has them whole. */
const MAX_VALUE = 100;

/** What of a new resource decides its cost and reach. */
const NEW_DETAILS = [
  'instances',
  'max vCPUs',
  'instance types',
  'subnets',
  'security groups',
  'disk',
  'retention',
];

/** The plan, one line per resource, changes below; then what was done. */
export function renderSetup(report: SetupReport, style: Style = PLAIN): string[] {
  if (!report.needed) {
    return [`Nothing to set up: ${report.directory} is a directory, and jobs run on this machine`];
  }
  const { account, steps, notes } = report;
  return [
    `AWS account ${account.accountId}, region ${account.region}`,
    ...steps.flatMap((step) => stepLines(step, style)),
    ...notes.map((note) => `note: ${note}`),
    '',
    ...summary(report),
  ];
}

function stepLines(step: SetupStep, style: Style): string[] {
  const line = `  ${step.sign} ${step.kind.padEnd(KIND_WIDTH)}  ${step.name}`;
  const takeover = step.takesOver
    ? ['      was not made by cogconv: becomes its own, teardown will remove it']
    : [];
  const changes = step.sign === '+' ? newLines(step) : step.changes.map(changeLine);
  const why = step.why === null ? [] : [`      ${step.why}`];
  return [coloured(line, step.sign, style), ...takeover, ...changes, ...why];
}

function newLines({ changes }: SetupStep): string[] {
  return changes
    .filter(({ field }) => NEW_DETAILS.includes(field))
    .map(({ field, new: wanted }) => `      ${field}: ${short(wanted)}`);
}

function changeLine({ field, old, new: wanted }: SetupStep['changes'][number]): string {
  return `      ${field}: ${short(old ?? 'none')} -> ${short(wanted)}`;
}

function short(text: string): string {
  return text.length <= MAX_VALUE ? text : `${text.slice(0, MAX_VALUE - 3)}...`;
}

function coloured(line: string, sign: Sign, style: Style): string {
  const paint = { '+': style.green, '~': style.yellow, '=': style.dim, '!': style.red }[sign];
  return paint(line);
}

function summary({ dryRun, done, steps }: Extract<SetupReport, { needed: true }>): string[] {
  const count = (sign: Sign): number => steps.filter((step) => step.sign === sign).length;
  const [created, changed] = [count('+'), count('~')];
  if (count('!') > 0) return ['Nothing was changed: the plan holds a change that cannot be made (!)'];
  if (created + changed === 0) return ['Everything is as wanted'];
  if (dryRun) return [`Dry run: ${amounts(created, changed)}; nothing was changed`];
  return done ? [`Done: ${amounts(created, changed, 'd')}`, 'Next: cogconv deploy'] : [];
}

function amounts(created: number, changed: number, ending: 'd' | '' = ''): string {
  const to = ending === '' ? 'to ' : '';
  return `${String(created)} ${to}create${ending}, ${String(changed)} ${to}change${ending}`;
}
