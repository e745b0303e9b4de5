import { readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Compression } from '../src/contract/options.ts';
import type { SampleFacts } from './choose-options.ts';
import { FileFailure } from './file-failure.ts';
import { classifyGdal, gdalMessage } from './gdal-errors.ts';
import type { GdalRunner } from './gdal-runner.ts';
import { inspectCommand, LOCAL_PAM, LOCAL_PRJ, LOCAL_SOURCE, prjCommand, sampleCommand } from './gdal.ts';
import { HeaderError, parseHeader } from './parse-header.ts';
import { categoricalBecause } from './choose-options.ts';
import type { RasterHeader } from './raster-header.ts';
import { ProcessError } from './run-process.ts';
import { bandFacts, tryPredictor } from './sample-facts.ts';
import { planSample, sampleFrom, sampleType, sampleVrt, type Sample, type SamplePlan } from './sample.ts';
import { readPlainSample } from './plain-tiff.ts';

/** One thread and little memory: reading headers and samples. */
export interface InspectLimits {
  readonly folder: string;
  readonly cacheMiB: number;
  readonly timeoutMs: number;
}

/**
 * The header of a local raster.
 * @throws FileFailure `unreadable` and others when GDAL cannot open it, `unsupported` when it is too long
 */
export async function readHeader(
  gdal: GdalRunner,
  file: string,
  limits: InspectLimits & { readonly sidecars: boolean },
): Promise<RasterHeader> {
  try {
    const output = await gdal.run(inspectCommand(file), { ...limits, threads: 1 });
    return parseHeader(output.stdout);
  } catch (error) {
    throw inspectFailure(error);
  }
}

/** Bytes of the `.aux.xml` beside the source in `folder`; 0 where there is none. */
export async function pamBytesIn(folder: string): Promise<number> {
  const file = join(folder, LOCAL_PAM);
  return await stat(file).then(
    ({ size }) => size,
    () => 0,
  );
}

const LARGE =
  'take the attribute table of some 500,000 rows, or other metadata as long, out of the source or its .aux.xml';

function inspectFailure(error: unknown): unknown {
  if (error instanceof HeaderError) return new FileFailure('unreadable', error.message, error);
  if (!(error instanceof ProcessError) || error.kind === 'aborted' || error.kind === 'spawn-failed')
    return error;
  if (error.kind === 'flooded')
    return new FileFailure('unsupported', `${error.message} on it: ${LARGE}`, error);
  const code = classifyGdal(error);
  return new FileFailure(
    code === 'gdal-failed' && error.kind === 'exited' ? 'unreadable' : code,
    gdalMessage(error),
    error,
  );
}

/** The CRS of a .prj beside the raster as WKT 2; null when there is no such file or GDAL cannot read it. */
async function readPrj(gdal: GdalRunner, limits: InspectLimits): Promise<string | null> {
  try {
    await readFile(join(limits.folder, LOCAL_PRJ));
    const output = await gdal.run(prjCommand(join(limits.folder, LOCAL_PRJ)), {
      ...limits,
      threads: 1,
      sidecars: false,
    });
    const wkt = output.stdout.toString('utf8').trim();
    return wkt === '' ? null : wkt;
  } catch (error) {
    if (error instanceof ProcessError && (error.kind === 'aborted' || error.kind === 'spawn-failed'))
      throw error;
    return null;
  }
}

/** The header of the source in `limits.folder`; its CRS comes from the .prj beside it (`crsFile`) where it has none itself. */
export async function readSourceHeader(
  gdal: GdalRunner,
  limits: InspectLimits,
  sidecars: readonly string[],
): Promise<{ readonly header: RasterHeader; readonly crsFile: string | null }> {
  const header = await readHeader(gdal, join(limits.folder, LOCAL_SOURCE), { ...limits, sidecars: true });
  if (header.crs !== null || !sidecars.includes(LOCAL_PRJ)) return { header, crsFile: null };
  const crs = await readPrj(gdal, limits);
  return crs === null
    ? { header, crsFile: null }
    : { header: { ...header, crs }, crsFile: join(limits.folder, LOCAL_PRJ) };
}

/** A header, and whether it was read without GDAL: then the pixels can be, too. */
interface Found {
  readonly header: RasterHeader;
  readonly isPlain: boolean;
}

/** What a few windows of the raster tell; null when they cannot tell anything that matters, or cannot be read. */
export async function sampleRaster(
  gdal: GdalRunner,
  { header, isPlain }: Found,
  limits: InspectLimits,
  compression: Compression,
): Promise<SampleFacts | null> {
  // what the header tells already need not be looked for in the pixels
  if (categoricalBecause({ header, sample: null }) !== null) return null;
  const sample = await readSample(gdal, { header, isPlain }, limits);
  if (sample === null) return null;
  const bands = bandFacts(sample);
  const areClasses = categoricalBecause({ header, sample: { bands, trial: null } }) !== null;
  return { bands, trial: areClasses ? null : tryPredictor(sample, compression) };
}

async function readSample(
  gdal: GdalRunner,
  { header, isPlain }: Found,
  limits: InspectLimits,
): Promise<Sample | null> {
  const plan = planSample(header);
  if (plan === null) return null;
  const bytes = isPlain ? await readPlainSample(join(limits.folder, LOCAL_SOURCE), header, plan) : null;
  return bytes === null
    ? await readSampleByGdal(gdal, header, plan, limits)
    : sampleFrom(header, plan, bytes);
}

/** A raster with damaged blocks fails in the conversion itself, whose message says more; the sample is only skipped. */
async function readSampleByGdal(
  gdal: GdalRunner,
  header: RasterHeader,
  plan: SamplePlan,
  limits: InspectLimits,
): Promise<Sample | null> {
  const vrt = join(limits.folder, 'sample.vrt');
  const raw = join(limits.folder, 'sample.raw');
  try {
    await writeFile(vrt, sampleVrt(header, plan, LOCAL_SOURCE));
    // ENVI opens its own header file, which it finds only when it may look around
    await gdal.run(sampleCommand(vrt, raw, sampleType(header)), { ...limits, threads: 1, sidecars: true });
    return sampleFrom(header, plan, await readFile(raw));
  } catch (error) {
    if (error instanceof ProcessError && error.kind === 'exited') return null;
    throw inspectFailure(error);
  } finally {
    await Promise.all(
      [vrt, raw, join(limits.folder, 'sample.hdr'), `${raw}.aux.xml`].map((file) =>
        rm(file, { force: true }),
      ),
    );
  }
}
