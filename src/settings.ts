import { RASTER_TYPES } from './contract/naming.ts';
import { COMPRESSIONS, PREDICTORS, RESAMPLINGS, VERIFY_LEVELS } from './contract/options.ts';
import { RUNNERS } from './contract/run-record.ts';
import { bucket, choice, keyPrefix, matching, regularExpression, wholeNumber } from './setting-values.ts';
import { setting, TEXT, toggle } from './setting.ts';
import { AWS_SETTINGS } from './settings-aws.ts';

const RUN_NAME = matching(
  /^[A-Za-z0-9][A-Za-z0-9_-]{1,46}$/,
  'a letter or digit, then letters, digits, - and _, 2 to 47 in all',
);

/** Every setting of cogconv; README's table, `--help` and `cogconv config` are made from it. */
export const SETTINGS = {
  bucket: setting(
    'storage',
    'S3_BUCKET',
    'bucket',
    null,
    bucket,
    'bucket, or a directory that stands for one (a value with / or \\, or a file: URL)',
  ),
  sourcePrefix: setting(
    'storage',
    'SOURCE_PREFIX',
    'source-prefix',
    'cartodb_exports/rasters/',
    keyPrefix,
    'where the raw GeoTIFFs are; / = the whole bucket',
  ),
  cogPrefix: setting(
    'storage',
    'COG_PREFIX',
    'cog-prefix',
    'cartodb_exports/cogs/',
    keyPrefix,
    'where the COGs go',
  ),
  region: setting(
    'storage',
    'AWS_REGION',
    'region',
    'us-east-1',
    matching(/^[a-z]{2,}(?:-[a-z]+)+-\d+$/, 'a region such as eu-west-1'),
    'AWS region',
  ),
  profile: setting(
    'storage',
    'AWS_PROFILE',
    'profile',
    null,
    TEXT,
    "AWS credentials profile (default: the SDK's chain)",
  ),
  rasterType: setting(
    'selection',
    'RASTER_TYPE',
    'raster-type',
    'both',
    choice(RASTER_TYPES),
    'public (public_*), cdb_importer (cdb_importer_*) or both',
  ),
  filenameFilter: setting(
    'selection',
    'FILENAME_FILTER',
    'filename-filter',
    null,
    regularExpression,
    'only file names in which this regular expression is found',
  ),
  overwrite: toggle('conversion', 'OVERWRITE', 'overwrite', false, 'convert again what has a COG'),
  compression: setting(
    'conversion',
    'COMPRESSION',
    'compression',
    'LZW',
    choice(COMPRESSIONS),
    'LZW, DEFLATE or ZSTD',
  ),
  predictor: setting(
    'conversion',
    'PREDICTOR',
    'predictor',
    'auto',
    choice(PREDICTORS),
    'auto (from the data), none, standard or floating-point',
  ),
  resampling: setting(
    'conversion',
    'RESAMPLING',
    'resampling',
    'auto',
    choice(RESAMPLINGS),
    'of overviews: auto (from the data), nearest, mode, average, bilinear, cubic, cubicspline, lanczos, rms',
  ),
  verify: setting(
    'conversion',
    'VERIFY',
    'verify',
    'structure',
    choice(VERIFY_LEVELS),
    'what is proved of a COG before its upload: structure, or pixels too',
  ),
  fileTimeout: setting(
    'conversion',
    'FILE_TIMEOUT',
    'file-timeout',
    null,
    wholeNumber(1, 604_800, 'seconds'),
    "seconds for one file's GDAL run (default: from its pixels)",
  ),
  runner: setting(
    'jobs',
    'RUNNER',
    'runner',
    null,
    choice(RUNNERS),
    'local or batch (default: local for a directory, batch for a bucket)',
  ),
  filesPerJob: setting(
    'jobs',
    'FILES_PER_JOB',
    'files-per-job',
    '50',
    wholeNumber(1, 10_000),
    'files in one job',
  ),
  jobMaxGb: setting(
    'jobs',
    'JOB_MAX_GB',
    'job-max-gb',
    null,
    wholeNumber(1, 16_384, 'GB'),
    'source GB in one job (default: no limit)',
  ),
  jobVcpus: setting('jobs', 'JOB_VCPUS', 'job-vcpus', '2', wholeNumber(1, 192), 'vCPUs of one job'),
  jobMemory: setting(
    'jobs',
    'JOB_MEMORY',
    'job-memory',
    '4096',
    wholeNumber(512, 1_572_864, 'MiB'),
    'memory of one job (MiB)',
  ),
  jobTimeout: setting(
    'jobs',
    'JOB_TIMEOUT',
    'job-timeout',
    null,
    wholeNumber(60, 1_209_600, 'seconds'),
    'seconds for one attempt of a Batch job (default: from its bytes)',
  ),
  batchJobName: setting(
    'jobs',
    'BATCH_JOB_NAME',
    'batch-job-name',
    'cog-converter',
    RUN_NAME,
    'first part of run and job names',
  ),
  dryRun: toggle('jobs', 'DRY_RUN', 'dry-run', false, 'show the plan, change nothing'),
  ...AWS_SETTINGS,
  outputDir: setting('output', 'OUTPUT_DIR', 'output-dir', './cog_status', TEXT, 'status files and log'),
  scratchDir: setting(
    'output',
    'SCRATCH_DIR',
    'scratch-dir',
    null,
    TEXT,
    "scratch of local workers (default: the system's temporary folder)",
  ),
} as const;

export type SettingName = keyof typeof SETTINGS;

/** Names in the order of the table. */
export const SETTING_NAMES = Object.keys(SETTINGS) as readonly SettingName[];
