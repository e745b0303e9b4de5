import fc from 'fast-check';
import type { Manifest } from '../../src/contract/manifest.ts';
import { DEFAULT_OPTIONS } from '../../src/contract/options.ts';
import type { FileResult, JobResult, ProcessIdentity } from '../../src/contract/result.ts';
import type { RunRecord } from '../../src/contract/run-record.ts';
import type { Prefixes } from '../../src/contract/naming.ts';

export const PREFIXES: Prefixes = { sourcePrefix: 'rasters/', cogPrefix: 'cogs/' };

export const MANIFEST: Manifest = {
  version: 1,
  run: 'cog-converter-20240115120000',
  job: 1,
  createdAt: '2024-01-15T12:00:00.000Z',
  bucket: 'resilienceatlas',
  ...PREFIXES,
  options: DEFAULT_OPTIONS,
  files: [
    { source: 'rasters/africa/public_rain.tif', size: 812, etag: '9b2c', target: 'cogs/africa/rain_cog.tif' },
    {
      source: 'rasters/b.TIFF',
      size: 0,
      etag: 'e-2',
      target: 'cogs/b_cog.tif',
      sidecars: ['rasters/b.TIFF.aux.xml', 'rasters/b.tfw'],
      replaces: '77aa',
    },
  ],
};

const OWNER: ProcessIdentity = { host: 'box/boot/pid:[1]', pid: 4711, started: '88112' };

const CONVERTED: FileResult = {
  source: 'rasters/africa/public_rain.tif',
  target: 'cogs/africa/rain_cog.tif',
  outcome: 'converted',
  sourceBytes: 812,
  sourceEtag: '9b2c',
  cogBytes: 640,
  crs: 'EPSG:32633',
  decisions: [{ option: 'PREDICTOR', value: '3', because: 'floating-point samples' }],
  warnings: [{ code: 'gcps-only', message: 'ground control points are kept' }],
  sidecars: ['cogs/africa/rain_cog.tif.aux.xml'],
  seconds: 1.25,
  steps: { fetch: 0.5, inspect: 0.05, convert: 0.4, verify: 0.2, upload: 0.1 },
};

const EMPTY_ROW: FileResult = {
  source: 'rasters/b.TIFF',
  target: 'cogs/b_cog.tif',
  outcome: 'skipped',
  skipped: 'its COG exists',
  sourceBytes: 9,
  sourceEtag: '',
  cogBytes: 0,
  crs: null,
  decisions: [],
  warnings: [],
  sidecars: [],
  seconds: 0,
  steps: {},
};

export const RESULT: JobResult = {
  version: 1,
  run: MANIFEST.run,
  job: 1,
  attempt: 2,
  state: 'failed',
  startedAt: '2024-01-15T12:00:01.000Z',
  finishedAt: null,
  gdal: '3.9.3',
  worker: '0.1.0',
  process: OWNER,
  files: [
    CONVERTED,
    EMPTY_ROW,
    {
      ...EMPTY_ROW,
      outcome: 'failed',
      reason: { code: 'no-crs', message: 'no coordinate reference system', hint: 'assign one' },
    },
  ],
};

export const RUN_RECORD: RunRecord = {
  version: 1,
  sequence: 7,
  run: MANIFEST.run,
  runner: 'batch',
  state: 'submitted',
  createdAt: '2024-01-15T12:00:00.000Z',
  owner: OWNER,
  heartbeatAt: '2024-01-15T12:00:30.000Z',
  jobs: 47,
  files: 2321,
  bytes: 51_002_736_640,
  jobSizes: [
    [50, 1_085_164_609],
    [21, 0],
  ],
  broken: [{ job: 2, reason: '', attempts: 3 }],
  options: { ...DEFAULT_OPTIONS, compression: 'ZSTD', fileTimeoutSeconds: 600 },
  queue: 'cog-converter-queue',
  submissions: [{ jobId: '8f0e', jobName: 'cog-converter-20240115120000', firstJob: 1, jobs: 47 }],
};

/** Text of any kind; of lone surrogates no UTF-8 document can hold. */
const character = fc
  .oneof(fc.integer({ min: 0, max: 0xd7ff }), fc.integer({ min: 0x1f300, max: 0x1f6ff }))
  .map((point) => String.fromCodePoint(point));
export const anyText = fc.string({ unit: character, minLength: 1, maxLength: 20 });
