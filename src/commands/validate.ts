import { EXIT } from '../errors.ts';
import { inspectCogLayout } from '../raster/cog-layout.ts';
import type { Outcome } from './outcome.ts';
import type { ValidateReport } from './reports.ts';

/** `cogconv validate FILE...`: whether local files are COGs, strictly; exit 3 when one is not. */
export async function validate(files: readonly string[]): Promise<Outcome<ValidateReport>> {
  const checked: ValidateReport['files'][number][] = [];
  for (const file of files) {
    const { isCog, problems, warnings } = await inspectCogLayout(file);
    checked.push({ file, isCog, problems, warnings });
  }
  const allAre = checked.every(({ isCog }) => isCog);
  return { report: { files: checked }, exitCode: allAre ? EXIT.done : EXIT.someFailed };
}
