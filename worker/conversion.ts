import { access, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { ConversionOptions } from '../src/contract/options.ts';
import type { Decision, Warning } from '../src/contract/result.ts';
import { inspectCogLayout } from '../src/raster/cog-layout.ts';
import { chooseOptions, type Choice } from './choose-options.ts';
import type { GdalRunner } from './gdal-runner.ts';
import { LOCAL_SOURCE } from './gdal.ts';
import { readPlainTiff } from './plain-tiff.ts';
import { pamBytesIn, readSourceHeader, sampleRaster } from './inspect.ts';
import { lostMetadata } from './lost-metadata.ts';
import { headerCrsLabel, rawBytes, type RasterHeader } from './raster-header.ts';
import type { ResourceGate } from './resource-gate.ts';
import {
  INSPECTION,
  INSPECTION_CACHE_MIB,
  inspectionOf,
  planFile,
  samplingOf,
  tooLarge,
} from './schedule.ts';
import { moreScratchBytes } from './scratch-need.ts';
import type { Room } from './scratch.ts';
import type { Timed } from './step-clock.ts';
import { checkTiff } from './tiff-check.ts';
import { refuseUnfit } from './refuse-unfit.ts';
import { proveCog, type KnownSource } from './prove-cog.ts';
import { translate, type Translated, type TranslateSource } from './translate.ts';
import { structureProblems } from './verify.ts';

/** What conversions of one job share. */
export interface ConversionTools {
  readonly gdal: GdalRunner;
  readonly gate: ResourceGate;
  readonly options: ConversionOptions;
  readonly signal: AbortSignal;
  /** Files not yet done; few of them get more threads each. */
  readonly filesLeft: () => number;
}

/** A verified COG, not yet uploaded. */
export interface Converted {
  /** Local file; null = the source itself is the COG wanted. */
  readonly cog: string | null;
  /** Local `.aux.xml` that belongs beside the COG. */
  readonly sidecar: string | null;
  readonly crs: string | null;
  readonly decisions: readonly Decision[];
  readonly warnings: readonly Warning[];
}

const INSPECT_TIMEOUT_MS = 5 * 60 * 1000;

/**
 * Makes a verified COG of the source in the room's folder.
 * @throws FileFailure with the reason; ProcessError `aborted`, Stopped when the job is told to stop
 */
export async function convertLocal(
  tools: ConversionTools,
  room: Omit<Room, 'release'>,
  sidecars: readonly string[],
  timed: Timed,
): Promise<Converted> {
  const { folder } = room;
  const found = await timed('inspect', () => inspect(tools, folder, sidecars, timed));
  const common = { crs: headerCrsLabel(found.header), warnings: found.choice.warnings };
  if (await isWantedCog(tools.options, folder, sidecars, found)) {
    return { ...common, cog: null, sidecar: null, decisions: [COPIED] };
  }
  const more = moreScratchBytes(found);
  await timed('wait', () => room.waitForMore(more, tools.signal));
  const { cog, decisions, proved } = await convertInspected(tools, room, found, timed);
  const header = proved ?? (await timed('verify', () => proveStructure(tools, folder, found, timed)));
  const aux = `${cog}.aux.xml`;
  return {
    ...common,
    warnings: [...common.warnings, ...lostMetadata(found.header, header)],
    cog,
    sidecar: (await isThere(aux)) ? aux : null,
    decisions: [...found.decisions, ...found.choice.decisions, ...decisions],
  };
}

const COPIED: Decision = {
  option: 'copied',
  value: 'as it is',
  because: 'the source is a valid COG with the wanted options',
};

/** Reading a header and a sample is short work; a limit set for the whole file holds for it too. */
function inspectTimeoutMs({ fileTimeoutSeconds }: ConversionOptions): number {
  const limit =
    fileTimeoutSeconds === null || fileTimeoutSeconds === 0 ? Infinity : fileTimeoutSeconds * 1000;
  return Math.min(INSPECT_TIMEOUT_MS, limit);
}

/** GDAL for a look at a raster: each run waits for one thread and, as a rule, little memory. */
function shortRuns({ gdal, gate, signal }: ConversionTools, timed: Timed, need = INSPECTION): GdalRunner {
  const run: GdalRunner['run'] = async (command, limits) => {
    const release = await timed('wait', () => gate.acquire(need, signal));
    return await gdal.run(command, limits).finally(release);
  };
  return { ...gdal, run };
}

interface Inspected extends KnownSource, TranslateSource {
  readonly choice: Choice;
  readonly pamBytes: number;
  readonly decisions: readonly Decision[];
}

async function inspect(
  tools: ConversionTools,
  folder: string,
  sidecars: readonly string[],
  timed: Timed,
): Promise<Inspected> {
  const { options } = tools;
  const pamBytes = await pamBytesIn(folder);
  const gdal = shortRuns(tools, timed, inspectionOf(pamBytes, tools.gate.budget));
  const file = join(folder, LOCAL_SOURCE);
  await checkTiff(file);
  const limits = { folder, cacheMiB: INSPECTION_CACHE_MIB, timeoutMs: inspectTimeoutMs(options) };
  // what lies beside a raster may say anything of it
  const plain = sidecars.length === 0 ? await readPlainTiff(file) : null;
  const { header, crsFile } =
    plain === null ? await readSourceHeader(gdal, limits, sidecars) : { header: plain.header, crsFile: null };
  refuseUnfit(header, sidecars);
  const { size: sourceBytes } = await stat(file);
  const need = samplingOf({ header, sourceBytes });
  if (need.memoryMiB > tools.gate.budget.memoryMiB) throw tooLarge(header, need, tools.gate.budget);
  const runs = shortRuns(tools, timed, need);
  const sample = await sampleRaster(runs, { header, isPlain: plain !== null }, limits, options.compression);
  const choice = chooseOptions({ header, options, sample, gdal: gdal.version });
  const decisions = crsFile === null ? [] : [CRS_OF_PRJ];
  return { header, plain, crsFile, choice, sourceBytes, pamBytes, decisions };
}

const CRS_OF_PRJ: Decision = {
  option: 'CRS',
  value: 'of the .prj',
  because: 'the raster has none and GDAL does not read .prj files of TIFFs',
};

/**
 * A COG is taken as it is only when nothing could be better: its overviews cannot be told from wrongly resampled ones,
 * so that a raster of classes, or a forced method, is always made anew.
 */
async function isWantedCog(
  options: ConversionOptions,
  folder: string,
  sidecars: readonly string[],
  { header, choice }: Inspected,
): Promise<boolean> {
  const hasOverviews = header.bands.some(({ overviewSizes }) => overviewSizes.length > 0);
  const areOverviewsRight =
    !hasOverviews || (options.resampling === 'auto' && choice.resampling === 'AVERAGE');
  const isSelfContained = sidecars.length === 0;
  if (!isSelfContained || !areOverviewsRight || structureProblems(header, choice.compression).length > 0)
    return false;
  const layout = await inspectCogLayout(join(folder, LOCAL_SOURCE));
  return layout.isCog && layout.problems.length === 0 && hasWantedPredictor(options, layout.predictor);
}

/** TIFF's numbers: 1 none, 2 standard, 3 floating-point. Any goes where the choice is free, for none loses anything. */
function hasWantedPredictor({ predictor }: ConversionOptions, number: number): boolean {
  return predictor === 'auto' || number === { none: 1, standard: 2, 'floating-point': 3 }[predictor];
}

/** `proved`: the header of the COG; null where it is still to be proved. */
async function convertInspected(
  tools: ConversionTools,
  room: Omit<Room, 'release'>,
  found: Inspected,
  timed: Timed,
): Promise<Translated & { readonly proved: RasterHeader | null }> {
  const { gate, options } = tools;
  const plan = planFile(found.header, {
    budget: gate.budget,
    filesLeft: tools.filesLeft(),
    fileTimeoutSeconds: options.fileTimeoutSeconds,
    sourceBytes: found.sourceBytes,
    pamBytes: found.pamBytes,
    resampling: found.choice.resampling,
  });
  if (plan.memoryMiB > gate.budget.memoryMiB) throw tooLarge(found.header, plan, gate.budget);
  const work = rawBytes(found.header);
  const release = await timed('wait', () => gate.acquire(plan, tools.signal, work));
  try {
    const made = await timed('convert', () => translate(tools.gdal, room, found, plan));
    // decoding all pixels is as much work as converting them
    const inPixels = (): Promise<RasterHeader> => proveCog(tools, room.folder, found, plan);
    const proved = options.verify === 'pixels' ? await timed('verify', inPixels) : null;
    return { ...made, decisions: [...plan.decisions, ...made.decisions], proved };
  } finally {
    release();
  }
}

/** The header of the COG. Next to no work where it takes no GDAL, so that the next conversion need not wait for it. */
async function proveStructure(
  tools: ConversionTools,
  folder: string,
  found: Inspected,
  timed: Timed,
): Promise<RasterHeader> {
  const limits = { threads: 1, cacheMiB: INSPECTION_CACHE_MIB, timeoutMs: inspectTimeoutMs(tools.options) };
  return await proveCog({ gdal: shortRuns(tools, timed), options: tools.options }, folder, found, limits);
}

async function isThere(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}
