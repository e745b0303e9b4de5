import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { gdalEnvironment, inspectCommand, translateCommand, type GdalCommand } from '../../worker/gdal.ts';
import { parseHeader } from '../../worker/parse-header.ts';
import { INSPECTION, inspectionOf, planFile, samplingOf, type FilePlan } from '../../worker/schedule.ts';
import { bandOf, headerOf } from './headers.ts';
import { pythonWithGdal } from './worker-lab.ts';

let folder: string;
const budget = { threads: 1, memoryMiB: 4000 };
const facts = {
  budget,
  filesLeft: 100,
  fileTimeoutSeconds: null,
  sourceBytes: 1e9,
  pamBytes: 0,
  resampling: 'AVERAGE',
};

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cogconv-blocks-'));
});

afterAll(() => {
  rmSync(folder, { recursive: true, force: true });
});

const MAKE = `
import sys
import numpy
from osgeo import gdal
name, side, bands, type, *options = sys.argv[1:]
side = int(side)
raster = gdal.GetDriverByName("GTiff").Create(name, side, side, int(bands), gdal.GetDataTypeByName(type), options)
random = numpy.random.default_rng(1)
noise = 255 * random.random((side, side), numpy.float32)
for band in range(int(bands)):
    raster.GetRasterBand(band + 1).WriteArray(noise if side > 2048 else random.random((side, side), numpy.float32))
`;

const PEAK = `
import resource, subprocess, sys
subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)
print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)
`;

function made(bands: number, options: readonly string[], type = 'Float32', side = 4096): string {
  const file = join(folder, `${options.join()}.tif`);
  execFileSync(pythonWithGdal(), ['-c', MAKE, file, String(side), String(bands), type, ...options]);
  return file;
}

function planOf(source: string, job: Partial<Parameters<typeof planFile>[1]>): FilePlan {
  const { command, args } = inspectCommand(source);
  const header = parseHeader(execFileSync(command, args, { maxBuffer: 2 ** 26 }));
  const sourceBytes = statSync(source).size;
  return planFile(header, { ...facts, ...job, sourceBytes });
}

/** The most memory that a conversion had, in MiB. */
function peakOf(source: string, plan: FilePlan, resampling = 'AVERAGE'): number {
  const creationOptions = [
    ['COMPRESS', 'LZW'],
    ['OVERVIEWS', 'IGNORE_EXISTING'],
    ['RESAMPLING', resampling],
    ['NUM_THREADS', String(plan.threads)],
  ] as const;
  const { command, args } = translateCommand({
    source,
    output: join(folder, 'cog.tif'),
    creationOptions,
    crsFile: null,
  });
  return peakOfRun({ command, args }, plan);
}

function peakOfRun({ command, args }: GdalCommand, limits: { threads: number; cacheMiB: number }): number {
  const search = { PATH: process.env['PATH'] ?? '' };
  const env = gdalEnvironment({ ...limits, scratch: folder, sidecars: true, search });
  return Number(execFileSync(pythonWithGdal(), ['-c', PEAK, command, ...args], { env })) / 1024;
}

describe('planFile', () => {
  it.each<[string, number, readonly string[], number]>([
    ['one strip', 1, ['COMPRESS=LZW', 'BLOCKYSIZE=4096'], 1000],
    ['one strip in little memory', 1, ['COMPRESS=DEFLATE', 'BLOCKYSIZE=4096'], 280],
    ['tiles of 2048 pixels', 2, ['COMPRESS=LZW', 'TILED=YES', 'BLOCKXSIZE=2048', 'BLOCKYSIZE=2048'], 1000],
  ])('plans the memory that %s takes', (_, bands, options, memoryMiB) => {
    const source = made(bands, options);
    const plan = planOf(source, { budget: { threads: 1, memoryMiB } });
    expect(plan.memoryMiB).toBeLessThanOrEqual(memoryMiB);
    expect(peakOf(source, plan)).toBeLessThanOrEqual(plan.memoryMiB);
  });

  it.each([
    [1, 'CUBIC'],
    [2, 'AVERAGE'],
    [2, 'CUBIC'],
  ])('plans the overviews of eight bands, by %i threads and %s', (threads, resampling) => {
    const source = made(8, ['COMPRESS=DEFLATE', 'INTERLEAVE=BAND', 'ZLEVEL=1'], 'Byte');
    const plan = planOf(source, { budget: { threads, memoryMiB: 4000 }, filesLeft: 1, resampling });
    expect(plan.threads).toBe(threads);
    expect(peakOf(source, plan, resampling)).toBeLessThanOrEqual(plan.memoryMiB);
  });

  it.each([1, 2])('plans what many bands of noise take, by %i threads', (threads) => {
    const source = made(48, ['TILED=YES', 'BLOCKXSIZE=512', 'BLOCKYSIZE=512'], 'Float32', 1100);
    const plan = planOf(source, { budget: { threads, memoryMiB: 8000 }, filesLeft: 1 });
    expect(plan.threads).toBe(threads);
    expect(peakOf(source, plan)).toBeLessThanOrEqual(plan.memoryMiB);
  });

  const strips = (rows: number): ReturnType<typeof headerOf> =>
    headerOf({
      width: 10_000,
      height: 10_000,
      compression: 'LZW',
      bands: [bandOf({ type: 'Float32', block: [10_000, rows] })],
    });

  it('gives the cache all blocks below a row of tiles, beyond its share of the memory', () => {
    const shared = { ...facts, budget: { threads: 8, memoryMiB: 4000 } };
    expect(planFile(strips(10_000), shared).cacheMiB).toBeGreaterThan(382);
    // not of the height of tiles, so that two of them lie below one
    expect(planFile(strips(3000), facts).cacheMiB).toBeGreaterThan(229);
  });

  it('decodes again and again where the memory is too small for that, and refuses where one block does not fit', () => {
    const plan = (memoryMiB: number): FilePlan =>
      planFile(strips(10_000), { ...facts, budget: { threads: 1, memoryMiB } });
    expect(plan(960)).toMatchObject({ cacheMiB: 16 });
    expect(plan(960).memoryMiB).toBeLessThanOrEqual(960);
    expect(plan(600).memoryMiB).toBeGreaterThan(600);
  });

  it('takes ordinary blocks for what they are', () => {
    const plan = (block: readonly [number, number]): FilePlan =>
      planFile(headerOf({ width: 10_000, height: 10_000, bands: [bandOf({ block })] }), facts);
    expect(plan([10_000, 16])).toEqual(plan([512, 512]));
    expect(plan([1024, 1024])).toEqual(plan([512, 512]));
  });
});

describe('samplingOf', () => {
  it('counts the block that GDAL decodes whole', () => {
    const sampling = (block: readonly [number, number]): number =>
      samplingOf({
        header: headerOf({ width: 8192, height: 8192, bands: [bandOf({ block })] }),
        sourceBytes: 1e9,
      }).memoryMiB;
    expect(sampling([512, 512])).toBe(INSPECTION.memoryMiB);
    expect(sampling([8192, 8192])).toBe(INSPECTION.memoryMiB + 64);
  });
});

describe('inspectionOf', () => {
  const column = (at: number): string =>
    `<FieldDefn index="${String(at)}"><Name>a</Name><Type>2</Type><Usage>0</Usage></FieldDefn>`;

  it.each([
    [1, 'nothing'],
    [4, 'a name of some length'],
  ])('plans the memory that an attribute table of %i columns takes, read and converted', (columns, cell) => {
    const source = made(1, ['COMPRESS=LZW', `BLOCKYSIZE=${String(16 * columns)}`], 'Byte');
    const cells = `<F>${cell === 'nothing' ? '' : cell}</F>`.repeat(columns);
    const rows = Array.from({ length: 60_000 }, (_, at) => `<Row index="${String(at)}">${cells}</Row>`);
    const table = Array.from({ length: columns }, (_, at) => column(at)).join('') + rows.join('');
    const pam = `<PAMDataset><PAMRasterBand band="1"><GDALRasterAttributeTable>${table}</GDALRasterAttributeTable></PAMRasterBand></PAMDataset>`;
    writeFileSync(`${source}.aux.xml`, pam);
    const inspection = { threads: 1, cacheMiB: 16 };
    const planned = inspectionOf(pam.length, budget).memoryMiB;
    expect(peakOfRun(inspectCommand(source), inspection)).toBeLessThanOrEqual(planned);
    const plan = planOf(source, { pamBytes: pam.length });
    expect(peakOf(source, plan)).toBeLessThanOrEqual(plan.memoryMiB);
  });

  it('takes all memory, and no more, for a table that may want more', () => {
    expect(inspectionOf(1e9, budget)).toEqual({ threads: 1, memoryMiB: budget.memoryMiB });
    expect(inspectionOf(0, budget)).toEqual(INSPECTION);
  });
});
