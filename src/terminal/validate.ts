import type { ValidateReport } from '../commands/reports.ts';
import { printable } from './layout.ts';
import type { Style } from './style.ts';

/** One line per file, then why it is no COG. */
export function renderValidate({ files }: ValidateReport, style: Style): string[] {
  return files.flatMap(({ file, isCog, problems, warnings }) => [
    `${isCog ? style.green('valid COG') : style.red('not a COG')}  ${printable(file)}`,
    ...problems.map((problem) => `  ${printable(problem)}`),
    ...warnings.map((warning) => `  warning: ${printable(warning)}`),
  ]);
}
