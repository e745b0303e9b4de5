import type { Manifest } from '../../src/contract/manifest.ts';
import { DEFAULT_OPTIONS } from '../../src/contract/options.ts';
import type { FileResult, JobResult } from '../../src/contract/result.ts';
import type { RunRecord } from '../../src/contract/run-record.ts';
import type { JobView } from '../../src/plan/job-views.ts';
import { processHere } from './fake-processes.ts';

export const COGS = 'cogs/';
export const RUN = 'x-20240115120000';
const AT = '2024-01-15T12:00:00.000Z';

/** A published local run of two jobs, three files each; its owner is process 7 here. */
export function runRecord(change: Partial<RunRecord> = {}): RunRecord {
  return {
    version: 1,
    sequence: 1,
    run: RUN,
    runner: 'local',
    state: 'submitted',
    createdAt: AT,
    owner: processHere(7),
    heartbeatAt: AT,
    jobs: 2,
    files: 6,
    bytes: 600,
    jobSizes: [
      [3, 300],
      [3, 300],
    ],
    broken: [],
    options: DEFAULT_OPTIONS,
    submissions: [],
    ...change,
  };
}

/** A row: converted unless said otherwise. */
export function fileResult(source: string, change: Partial<FileResult> = {}): FileResult {
  return {
    source,
    target: source.replace('src/', COGS).replace('.tif', '_cog.tif'),
    outcome: 'converted',
    sourceBytes: 100,
    sourceEtag: 'e1',
    cogBytes: 60,
    crs: 'EPSG:4326',
    decisions: [],
    warnings: [],
    sidecars: [],
    seconds: 1,
    steps: {},
    ...change,
  };
}

export function failedFile(
  source: string,
  code: 'no-crs' | 'storage' | 'out-of-memory' | 'timeout' | 'does-not-fit',
): FileResult {
  return fileResult(source, {
    outcome: 'failed',
    cogBytes: 0,
    reason: { code, message: `bad: ${code}`, hint: 'mend it' },
  });
}

/** A finished result of job 1; its worker was process 8 here. */
export function jobResult(files: readonly FileResult[], change: Partial<JobResult> = {}): JobResult {
  return {
    version: 1,
    run: RUN,
    job: 1,
    attempt: 1,
    state: files.some(({ outcome }) => outcome === 'failed') ? 'failed' : 'succeeded',
    startedAt: '2024-01-15T12:00:01.000Z',
    finishedAt: '2024-01-15T12:00:09.000Z',
    gdal: '3.9.3',
    worker: '0.1.0',
    process: processHere(8),
    files,
    ...change,
  };
}

export function manifest(job: number, sources: readonly string[], change: Partial<Manifest> = {}): Manifest {
  return {
    version: 1,
    run: RUN,
    job,
    createdAt: AT,
    bucket: 'memory',
    sourcePrefix: 'src/',
    cogPrefix: COGS,
    options: DEFAULT_OPTIONS,
    files: sources.map((source) => ({
      source,
      size: 100,
      etag: 'e1',
      target: source.replace('src/', COGS).replace('.tif', '_cog.tif'),
    })),
    ...change,
  };
}

/** What a table of jobs shows. */
export function shortView({ state, reason, attempts }: JobView): string {
  return [state, `attempts ${String(attempts)}`, ...(reason === null ? [] : [reason])].join(' | ');
}
