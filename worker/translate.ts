import { join } from 'node:path';
import type { Decision } from '../src/contract/result.ts';
import { MIB } from './block-memory.ts';
import { creationOptions, type Choice } from './choose-options.ts';
import { FileFailure } from './file-failure.ts';
import { ignoredOption, runGdal, saidError } from './gdal-errors.ts';
import type { GdalRunner } from './gdal-runner.ts';
import { LOCAL_COG, LOCAL_SOURCE } from './gdal.ts';
import { makesPlainOverviews } from './overview-memory.ts';
import type { RasterHeader } from './raster-header.ts';
import { ProcessError, type ProcessOutput } from './run-process.ts';
import type { FilePlan } from './schedule.ts';
import { plainOverviewBytes } from './scratch-need.ts';
import type { Room } from './scratch.ts';

/** What is known of a source that is to be converted. */
export interface TranslateSource {
  readonly header: RasterHeader;
  readonly choice: Choice;
  /** A local .prj with the CRS of a raster that has none itself. */
  readonly crsFile: string | null;
  readonly sourceBytes: number;
}

/** A COG, not yet verified. */
export interface Translated {
  /** Local file. */
  readonly cog: string;
  readonly decisions: readonly Decision[];
}

/**
 * Has GDAL make the COG of the source in the room's folder.
 * @throws FileFailure with what GDAL said; ProcessError `aborted`
 */
export async function translate(
  gdal: GdalRunner,
  { folder, tryMore }: Pick<Room, 'folder' | 'tryMore'>,
  found: TranslateSource,
  plan: FilePlan,
): Promise<Translated> {
  const cog = join(folder, LOCAL_COG);
  const request = {
    source: join(folder, LOCAL_SOURCE),
    output: cog,
    creationOptions: creationOptions(found.choice, plan.threads),
    crsFile: found.crsFile,
  };
  const overviewBytes = plainOverviewBytes(found.header);
  // larger ones are worth their compression: the source's own says so
  const isPlain = makesPlainOverviews(found.header, plan.cacheMiB) && overviewBytes <= found.sourceBytes;
  const plainOverviews = isPlain && (await tryMore(overviewBytes));
  const limits = { folder, sidecars: true, plainOverviews, ...plan };
  const { stderr } = await runGdal(gdal.translate(request, limits).then(refuseErrors));
  const ignored = ignoredOption(stderr);
  if (ignored !== null) throw new FileFailure('gdal-failed', `GDAL ignored an option: ${ignored}`);
  return { cog, decisions: overviewDecisions(found.header, plainOverviews ? overviewBytes : 0) };
}

function refuseErrors(output: ProcessOutput): ProcessOutput {
  if (!saidError(output.stderr)) return output;
  throw new ProcessError('exited', 'gdal_translate told of an error and ended with exit code 0', output);
}

/** `plainBytes`: of overviews that were not compressed while they were made. */
function overviewDecisions({ bands }: RasterHeader, plainBytes: number): readonly Decision[] {
  const because = 'those of the source may be of older pixels, or made by another method';
  const mib = String(Math.ceil(plainBytes / MIB));
  return [
    ...(bands.some(({ overviewSizes }) => overviewSizes.length > 0)
      ? [{ option: 'OVERVIEWS', value: 'IGNORE_EXISTING', because }]
      : []),
    ...(plainBytes > 0
      ? [
          {
            option: 'COG_TMP_COMPRESSION',
            value: 'NONE',
            because: `overviews in the making: ${mib} MiB, no more than the source, and the disk has them`,
          },
        ]
      : []),
  ];
}
