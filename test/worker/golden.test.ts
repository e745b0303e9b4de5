import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { FileResult } from '../../src/contract/result.ts';
import { CLASS_RASTERS, GOLDEN, type Golden } from './golden-table.ts';
import { runInProcess } from './in-process.ts';
import {
  COGS,
  fixtureScript,
  keysOf,
  openLab,
  putManifest,
  resultOf,
  rowsOf,
  type Lab,
} from './worker-lab.ts';

let lab: Lab;
let exitCode: number;
let rows: ReadonlyMap<string, FileResult>;
/** What GDAL itself finds wrong, by raster. */
let faults: ReadonlyMap<string, readonly string[]>;

const nameOf = ({ source }: FileResult): string => source.replace(/^src\/|\.tif$/g, '');

beforeAll(async () => {
  lab = openLab();
  mkdirSync(join(lab.folder, 'src'));
  fixtureScript('make-rasters.py', [join(lab.folder, 'src')]);
  await putManifest(lab.store, await rowsOf(lab.store), { verify: 'pixels' });
  exitCode = await runInProcess(lab);
  rows = new Map(resultOf(lab).files.map((row) => [nameOf(row), row]));
  faults = checkedByGdal();
}, 300_000);

afterAll(() => {
  lab.remove();
});

function checkedByGdal(): ReadonlyMap<string, readonly string[]> {
  const converted = [...rows.values()].filter(({ outcome }) => outcome === 'converted');
  const pairs = converted.map((row) => ({
    source: join(lab.folder, row.source),
    cog: join(lab.folder, row.target),
    classes: CLASS_RASTERS.has(nameOf(row)),
  }));
  const found = JSON.parse(fixtureScript('check-cogs.py', [], JSON.stringify(pairs))) as Record<
    string,
    string[]
  >;
  return new Map(
    converted.map((row) => [nameOf(row), found[join(lab.folder, row.target)] ?? ['not checked']]),
  );
}

function seen(row: FileResult | undefined): Golden | undefined {
  if (row === undefined) return undefined;
  const decided = (option: string): string | undefined =>
    row.decisions.find((one) => one.option === option)?.value;
  return {
    name: nameOf(row),
    ...(row.outcome === 'converted' ? {} : { fails: row.reason?.code }),
    ...(decided('copied') === undefined ? {} : { copied: true }),
    ...(decided('PREDICTOR') === undefined ? {} : { predictor: decided('PREDICTOR') }),
    ...(decided('RESAMPLING') === undefined ? {} : { resampling: decided('RESAMPLING') }),
    ...(row.warnings.length === 0 ? {} : { warnings: row.warnings.map(({ code }) => code) }),
    ...(row.sidecars.length === 0 ? {} : { hasSidecar: true }),
  } as Golden;
}

/** Sources with a CRS that this GDAL cannot write into a GeoTIFF have it in a sidecar. */
function wanted({ ifCrsFits, ...golden }: Golden): Golden {
  const hasSidecar = existsSync(join(lab.folder, 'src', `${golden.name}.tif.aux.xml`));
  return ifCrsFits === undefined || hasSidecar ? golden : ifCrsFits;
}

/** Of each time in a row, which is told in whole milliseconds. */
const ROUNDED_SECONDS = 0.0005;
const CHOICES = ['COMPRESS', 'PREDICTOR', 'RESAMPLING', 'NUM_THREADS', 'memory', 'FILE_TIMEOUT'];

describe('the golden table', () => {
  it('names every raster that is made', () => {
    expect(GOLDEN.map(({ name }) => name).sort()).toEqual([...rows.keys()].sort());
  });

  it.each(GOLDEN)('$name', (entry) => {
    const golden = wanted(entry);
    const row = seen(rows.get(golden.name));
    expect(row).toMatchObject(golden);
    expect([row?.fails, row?.copied, row?.warnings, row?.hasSidecar]).toEqual([
      golden.fails,
      golden.copied,
      golden.warnings,
      golden.hasSidecar,
    ]);
    if (golden.fails === undefined) expect(faults.get(golden.name)).toEqual([]);
  });

  it('ends with 3 because some files failed for good, and leaves nothing but whole COGs', async () => {
    expect(exitCode).toBe(3);
    const converted = [...rows.values()].filter(({ outcome }) => outcome === 'converted');
    const expected = converted.flatMap(({ target, sidecars }) => [target, ...sidecars]);
    const found = (await keysOf(lab.store, COGS)).filter((key) => !key.startsWith(`${COGS}manifests/`));
    expect(found.sort()).toEqual(expected.sort());
  });

  it('explains every choice and says where the time went', () => {
    for (const row of rows.values()) {
      const reasons = new Map(row.decisions.map(({ option, because }) => [option, because]));
      expect([...reasons.values()]).not.toContain('');
      if (row.outcome === 'converted') {
        expect(row.steps).toHaveProperty('upload');
        expect([...reasons.keys()]).toEqual(expect.arrayContaining(reasons.has('copied') ? [] : CHOICES));
      }
      const steps = Object.values(row.steps);
      const booked = steps.reduce((sum, seconds) => sum + seconds, 0);
      expect(booked).toBeLessThan(row.seconds + ROUNDED_SECONDS * (steps.length + 2));
      if (row.outcome === 'failed') expect(row.reason?.message).not.toMatch(/\/tmp|\bbug\b/);
    }
  });
});
