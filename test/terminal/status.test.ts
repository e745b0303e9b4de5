import { describe, expect, it } from 'vitest';
import type { StatusReport } from '../../src/commands/reports.ts';
import { examples, renderStatus } from '../../src/terminal/status.ts';

const GIB = 1024 ** 3;

const REPORT: StatusReport = {
  source: 's3://resilienceatlas/cartodb_exports/rasters/',
  destination: 's3://resilienceatlas/cartodb_exports/cogs/',
  totalRaw: 2321,
  existingCogs: 0,
  converted: 0,
  pending: 2321,
  progressPercent: '0.0',
  pendingBytes: 47.5 * GIB,
  estimatedJobs: 47,
  filesPerJob: 50,
  inFlight: 0,
  failed: 0,
  colliding: 0,
  collisions: [],
  tooLong: { count: 0, examples: [] },
  stale: { count: 0, bytes: 0, examples: [] },
  empty: { count: 0, examples: [] },
  filteredOut: 0,
  warned: [],
};

const HEAD_LINES = 15;

describe('renderStatus', () => {
  it('prints the layout of the Python tool to the letter', () => {
    expect(renderStatus(REPORT).join('\n')).toBe(
      `============================================================
COG Conversion Status
============================================================
Source:      s3://resilienceatlas/cartodb_exports/rasters/
Destination: s3://resilienceatlas/cartodb_exports/cogs/
------------------------------------------------------------
Total raw TIFFs:          2321
Existing COGs:               0
Already converted:           0
Pending conversion:       2321
Progress:                 0.0%
============================================================

Pending data size: 47.50 GB
Estimated jobs: 47 (at 50 files/job)`,
    );
  });

  it('adds what is odd below it and changes no line above', () => {
    const odd: StatusReport = {
      ...REPORT,
      inFlight: 1,
      failed: 2,
      colliding: 3,
      collisions: [{ target: 'cogs/a\n_cog.tif', sources: ['rasters/a\n.tif', 'rasters/public_a\n.tif'] }],
      tooLong: { count: 1, examples: ['rasters/long.tif'] },
      stale: { count: 2, bytes: 3 * GIB, examples: ['rasters/old.tif'] },
      empty: { count: 1, examples: ['rasters/0.tif'] },
      filteredOut: 7,
      warned: [{ code: 'gcps-only', count: 4, example: 'rasters/scan.tif' }],
    };
    const lines = renderStatus(odd);
    expect(lines.slice(0, HEAD_LINES)).toEqual(renderStatus(REPORT));
    expect(lines.slice(HEAD_LINES)).toEqual([
      '',
      'In flight: 1 file in jobs under way (cogconv jobs)',
      'Failed for good: 2 files; convert leaves them out (cogconv failures)',
      'Name collisions: 3 files that would share a COG; convert refuses them:',
      '  cogs/a\\u000a_cog.tif <- rasters/a\\u000a.tif, rasters/public_a\\u000a.tif',
      'Keys too long: 1 file whose COG would have a key of more than 1024 bytes, or in a directory a name of more than 255; convert refuses them:',
      '  rasters/long.tif',
      'Stale: 2 COGs older than the source (3.0 GB); convert --stale renews them:',
      '  rasters/old.tif',
      '  ... and 1 more',
      'Empty: 1 object of 0 bytes, not counted:',
      '  rasters/0.tif',
      'Filtered out: 7 rasters (RASTER_TYPE, FILENAME_FILTER), not counted',
      'Warning gcps-only: 4 files, for example rasters/scan.tif',
    ]);
  });
});

describe('examples', () => {
  it('says how many more there are', () => {
    expect(examples({ count: 3, examples: ['a', 'b'] })).toEqual(['  a', '  b', '  ... and 1 more']);
    expect(examples({ count: 1, examples: ['a'] })).toEqual(['  a']);
  });
});
