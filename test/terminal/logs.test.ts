import { describe, expect, it } from 'vitest';
import type { LogsReport } from '../../src/commands/logs.ts';
import { renderLogs } from '../../src/terminal/logs.ts';
import { RESULT } from '../contract/documents.ts';
import { MARKED } from './marked-style.ts';

const REPORT: LogsReport = {
  job: 'run-1',
  jobId: '8f0e',
  attempt: 2,
  source: 'cloudwatch',
  place: '/cogconv/jobs stream',
  lines: [{ at: '2024-01-15T12:00:00.000Z', message: 'fetch a\u001b[2J.tif' }],
  result: null,
};

describe('renderLogs', () => {
  it('prints lines behind their time, harmless', () => {
    expect(renderLogs(REPORT, MARKED)).toEqual(['<dim>2024-01-15T12:00:00.000Z</dim> fetch a\\u001b[2J.tif']);
  });

  it('prints the files of the result that stands in for a log', () => {
    const report: LogsReport = {
      ...REPORT,
      source: 'result',
      place: 's3://b/x.result.json',
      lines: [],
      result: RESULT,
    };
    expect(renderLogs(report, MARKED)).toEqual([
      's3://b/x.result.json: failed, attempt 2, 2024-01-15T12:00:01.000Z to now',
      '<green>converted</green> rasters/africa/public_rain.tif',
      '  <yellow>gcps-only</yellow>: ground control points are kept',
      '<green>skipped</green> rasters/b.TIFF  its COG exists',
      '<red>failed</red> rasters/b.TIFF  no-crs: no coordinate reference system',
    ]);
    const ended = { ...RESULT, finishedAt: '2024-01-15T12:05:00.000Z', files: [] };
    expect(renderLogs({ ...report, result: ended }, MARKED)).toEqual([
      's3://b/x.result.json: failed, attempt 2, 2024-01-15T12:00:01.000Z to 2024-01-15T12:05:00.000Z',
    ]);
  });
});
