import { describe, expect, it } from 'vitest';
import type { ConvertReport, RunOutcome } from '../../src/commands/reports.ts';
import { DEFAULT_OPTIONS } from '../../src/contract/options.ts';
import { renderCanary, renderConvert } from '../../src/terminal/convert.ts';
import { PLAIN } from '../../src/terminal/style.ts';

const GIB = 1024 ** 3;
const RUN = 'cog-converter-20240115120000';

const REPORT: ConvertReport = {
  dryRun: false,
  source: './data/rasters/',
  destination: './data/cogs/',
  runner: 'local',
  run: RUN,
  jobs: [
    { name: `${RUN}-1`, files: 2, bytes: 1.5 * GIB },
    { name: `${RUN}-2`, files: 1, bytes: 812 },
  ],
  files: 3,
  bytes: 1.5 * GIB + 812,
  options: DEFAULT_OPTIONS,
  leftOut: [],
  canary: null,
  outcome: null,
  interrupted: false,
};

const OUTCOME: RunOutcome = {
  converted: 3,
  skipped: 0,
  failed: 0,
  unfinished: 0,
  sourceBytes: 1.5 * GIB,
  cogBytes: GIB,
  seconds: 185,
  broken: [],
  failures: [],
  warnings: [],
};

const PLAN = [
  '  from ./data/rasters/ to ./data/cogs/',
  '  options: compression LZW, predictor auto, resampling auto, verify structure, overwrite false, 2 vCPUs and 4096 MiB per job',
  '  cog-converter-20240115120000-1  2 files  1.5 GB',
  '  cog-converter-20240115120000-2  1 file   812 B',
];

describe('renderConvert', () => {
  it('prints the plan of what was submitted', () => {
    expect(renderConvert(REPORT, PLAIN)).toEqual([
      `Run ${RUN}: 3 files (1.5 GB) in 2 jobs, runner local`,
      ...PLAN,
    ]);
  });

  it('prints a dry run as such, and what is left out and why', () => {
    const leftOut = [
      { why: 'in-flight', count: 1, examples: ['rasters/a.tif'] },
      { why: 'known-failure', count: 2, examples: ['rasters/b.tif'] },
      { why: 'collision', count: 1, examples: [] },
      { why: 'key-too-long', count: 1, examples: ['rasters/long.tif'] },
      { why: 'not-found', count: 1, examples: ['typo.tif'] },
      { why: 'stale', count: 1, examples: [] },
      { why: 'beyond-limit', count: 900, examples: [] },
    ] as const;
    expect(renderConvert({ ...REPORT, dryRun: true, run: null, leftOut }, PLAIN)).toEqual([
      'Dry run: would convert 3 files (1.5 GB) in 2 jobs, runner local',
      ...PLAN,
      'Nothing was changed.',
      'Left out: 1 file, under way in another run',
      '  rasters/a.tif',
      'Left out: 2 files, failed for good before and unchanged since (cogconv failures; --retry-failed tries again)',
      '  rasters/b.tif',
      '  ... and 1 more',
      'Left out: 1 file, share a COG name with another source (cogconv status names them)',
      '  ... and 1 more',
      'Left out: 1 file, their COGs would have a key of more than 1024 bytes, or in a directory a name of more than 255 (rename them, or shorten COG_PREFIX)',
      '  rasters/long.tif',
      'Left out: 1 file, named by --keys-from, but no raster with that key is there',
      '  typo.tif',
      'Left out: 1 file, older COG than source (--stale renews them)',
      '  ... and 1 more',
      'Left out: 900 files, beyond --limit',
      '  ... and 900 more',
    ]);
  });

  it('says how to follow a run on AWS', () => {
    const next = 'Next: cogconv jobs --watch';
    expect(renderConvert({ ...REPORT, runner: 'batch' }, PLAIN).at(-1)).toBe(next);
    expect(renderConvert({ ...REPORT, runner: 'batch', run: null }, PLAIN)).not.toContain(next);
  });

  it('shows the first 20 of many jobs', () => {
    const jobs = Array.from({ length: 22 }, (_, at) => ({ name: `j-${String(at + 1)}`, files: 1, bytes: 1 }));
    const lines = renderConvert({ ...REPORT, jobs }, PLAIN);
    expect(lines.slice(-2)).toEqual(['  j-20  1 file  1 B', '  ... and 2 more jobs']);
  });

  it('says when there is nothing to do', () => {
    expect(renderConvert({ ...REPORT, run: null, files: 0, bytes: 0, jobs: [] }, PLAIN)).toEqual([
      'Nothing to convert.',
    ]);
  });

  it('ends with what became of the files', () => {
    expect(renderConvert({ ...REPORT, outcome: OUTCOME }, PLAIN).slice(5)).toEqual([
      '',
      'Done in 3 min 5 s: 3 converted',
      '  1.5 GB became 1.0 GB',
    ]);
  });

  it('says why jobs ended early', () => {
    const broken = [{ reason: 'no gdal_translate', jobs: 1, files: 3 }];
    const outcome = { ...OUTCOME, converted: 0, unfinished: 3, broken };
    expect(renderConvert({ ...REPORT, outcome }, PLAIN).at(-1)).toBe(
      '  1 job ended early, 3 files unfinished: no gdal_translate',
    );
  });

  it('ends with failures and warnings, and says that an interruption loses nothing', () => {
    const hint = 'assign the CRS';
    const outcome: RunOutcome = {
      ...OUTCOME,
      converted: 0,
      skipped: 1,
      failed: 2,
      unfinished: 3,
      seconds: 4,
      broken: [{ reason: 'no gdal_translate', jobs: 1, files: 3 }],
      failures: [
        { code: 'no-crs', count: 2, permanent: true, hint, example: { source: 's', message: 'm', job: 'j' } },
      ],
      warnings: [{ code: 'gcps-only', count: 1, example: 'rasters/a\n.tif' }],
    };
    const lines = renderConvert({ ...REPORT, outcome, interrupted: true }, PLAIN);
    expect(lines.slice(5)).toEqual([
      '',
      'Interrupted in 4 s: 0 converted, 1 skipped, 2 failed, 3 unfinished',
      '  warning gcps-only: 1 file, for example rasters/a\\u000a.tif',
      '',
      'no-crs: 2 files (permanent)',
      '  example: s (job j)',
      '  message: m',
      '  to do:   assign the CRS',
      'The same command goes on where this one stopped.',
    ]);
  });
});

describe('renderCanary', () => {
  it('tells which run the sample was, and what came of it', () => {
    const warnings = [{ code: 'gcps-only', count: 1, example: 'rasters/a.tif' }];
    const outcome = { ...OUTCOME, converted: 2, warnings };
    expect(renderCanary({ run: RUN, files: 2, bytes: 1.5 * GIB, outcome }, PLAIN)).toEqual([
      `canary: run ${RUN}, 2 files (1.5 GB)`,
      'Done in 3 min 5 s: 2 converted',
      '  1.5 GB became 1.0 GB',
      '  warning gcps-only: 1 file, for example rasters/a.tif',
    ]);
  });
});
