import type { UnverifiableReport, VerifyReport } from '../commands/reports.ts';
import type { VerifiedCog } from '../plan/verify-outcome.ts';
import { printable } from './layout.ts';
import { examples } from './status.ts';
import type { Style } from './style.ts';
import { count } from './units.ts';

const SHOWN = 20;

const WHY = {
  'not-found': 'named by --keys-from, but no raster with that key is there',
  'no-cog': 'named by --keys-from, but not converted yet',
  collision: 'share a COG name with another source (cogconv status names them)',
} as const satisfies Record<UnverifiableReport['why'], string>;

/** How many COGs are what they should be; then every one that is not, with the checks that failed. */
export function renderVerify(report: VerifyReport, style: Style): string[] {
  const { files, counts } = report;
  const of = (outcome: VerifiedCog['outcome']): readonly VerifiedCog[] =>
    files.filter((file) => file.outcome === outcome);
  return [
    ...headLines(report, style),
    ...of('different').flatMap((file) => differentLines(file, style)),
    ...of('unchecked').flatMap(({ target, reason }) => [
      `${style.red('not checked')}  ${printable(target)}`,
      `  ${printable(reason)}`,
    ]),
    ...listLines(
      of('source-changed'),
      `${count(counts['source-changed'], 'COG')} of sources that were replaced since (cogconv convert --stale renews them)`,
    ),
    ...listLines(
      of('source-gone'),
      `${count(counts['source-gone'], 'COG')} of sources that are not there any more: valid by themselves, nothing to compare with`,
    ),
    ...report.leftOut.flatMap((left) => [
      `Left out: ${count(left.count, 'file')}, ${WHY[left.why]}`,
      ...examples(left),
    ]),
  ];
}

function headLines(
  { files, total, counts, pixels, seed, interrupted }: VerifyReport,
  style: Style,
): string[] {
  if (total === 0) return ['Nothing to verify.'];
  const what = pixels ? 'structure and pixels' : 'structure; --pixels compares every pixel too';
  const verified = `${String(counts.verified)} of ${count(files.length, 'COG')} verified`;
  const isSample = files.length < total && !interrupted;
  return [
    `${style.green(verified)} against their sources (${what})`,
    ...(interrupted ? [`Interrupted: ${count(total - files.length, 'COG')} not looked at`] : []),
    ...(isSample ? [sampleLine(total, seed)] : []),
  ];
}

function sampleLine(total: number, seed: string): string {
  const which = seed === '' ? '' : ` with seed ${printable(seed)}`;
  return `A sample${which} of ${String(total)}; the same again next time, another with --seed TEXT, every one with --all`;
}

function differentLines({ target, source, differences }: VerifiedCog, style: Style): string[] {
  return [
    `${style.red('different')}  ${printable(target)}`,
    ...(source === null ? [] : [`  source: ${printable(source)}`]),
    ...differences.map(({ check, message }) => `  ${check}: ${printable(message)}`),
  ];
}

function listLines(files: readonly VerifiedCog[], title: string): string[] {
  if (files.length === 0) return [];
  const shown = files.slice(0, SHOWN).map(({ target }) => `  ${printable(target)}`);
  const rest = files.length - shown.length;
  return [title, ...shown, ...(rest > 0 ? [`  ... and ${String(rest)} more`] : [])];
}
