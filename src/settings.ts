import { normalisePrefix, RASTER_TYPES } from './contract/naming.ts';
import { COMPRESSIONS, PREDICTORS, RESAMPLINGS, VERIFY_LEVELS } from './contract/options.ts';
import { RUNNERS } from './contract/run-record.ts';
import {
  boolean,
  choice,
  list,
  matching,
  regularExpression,
  tags,
  wholeNumber,
  type Parser,
} from './setting-values.ts';

/** Which part of the tool a setting belongs to; a command's help shows the groups that it uses. */
export type SettingGroup = 'storage' | 'selection' | 'conversion' | 'jobs' | 'aws' | 'output';

/** One setting: an environment variable, its flag and what it may hold. */
export interface Setting<T> {
  readonly env: string;
  /** Without dashes: `source-prefix`. */
  readonly flag: string;
  readonly group: SettingGroup;
  /** As a user would write it; null = none (see `help`). */
  readonly default: string | null;
  readonly parse: Parser<T>;
  readonly help: string;
  /** A flag without a value (`--overwrite`, `--no-overwrite`). */
  readonly isBoolean?: boolean;
}

const AWS_NAME = matching(
  /^[A-Za-z0-9][A-Za-z0-9_-]{0,127}$/,
  'a letter or digit, then letters, digits, - and _, 128 at most',
);
const RUN_NAME = matching(
  /^[A-Za-z0-9][A-Za-z0-9_-]{1,46}$/,
  'a letter or digit, then letters, digits, - and _, 2 to 47 in all',
);
const REPOSITORY = matching(
  /^[a-z][a-z0-9]*(?:[._/-][a-z0-9]+)*$/,
  'lower-case letters and digits, separated by . _ - or /',
);
const TEXT = matching(/\S/, 'some text');

function setting<T>(
  group: SettingGroup,
  env: string,
  flag: string,
  fallback: string | null,
  parse: Parser<T>,
  help: string,
): Setting<T> {
  return { env, flag, group, default: fallback, parse, help };
}

function toggle(
  group: SettingGroup,
  env: string,
  flag: string,
  fallback: boolean,
  help: string,
): Setting<boolean> {
  return { ...setting(group, env, flag, String(fallback), boolean, help), isBoolean: true };
}

/** Every setting of cogconv; README's table, `--help` and `cogconv config` are made from it. */
export const SETTINGS = {
  bucket: setting(
    'storage',
    'S3_BUCKET',
    'bucket',
    null,
    TEXT,
    'bucket, or a directory that stands for one (a value with / or \\, or a file: URL)',
  ),
  sourcePrefix: setting(
    'storage',
    'SOURCE_PREFIX',
    'source-prefix',
    'cartodb_exports/rasters/',
    normalisePrefix,
    'where the raw GeoTIFFs are',
  ),
  cogPrefix: setting(
    'storage',
    'COG_PREFIX',
    'cog-prefix',
    'cartodb_exports/cogs/',
    normalisePrefix,
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
    'public_*, cdb_importer_* or all rasters',
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
    'codec of the COGs',
  ),
  predictor: setting(
    'conversion',
    'PREDICTOR',
    'predictor',
    'auto',
    choice(PREDICTORS),
    'predictor of the codec; auto = from the data',
  ),
  resampling: setting(
    'conversion',
    'RESAMPLING',
    'resampling',
    'auto',
    choice(RESAMPLINGS),
    'overview resampling; auto = from the data',
  ),
  verify: setting(
    'conversion',
    'VERIFY',
    'verify',
    'structure',
    choice(VERIFY_LEVELS),
    'what is proved of each COG before it is uploaded',
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
  maxVcpus: setting(
    'aws',
    'MAX_VCPUS',
    'max-vcpus',
    '16',
    wholeNumber(1, 100_000),
    'vCPUs of the compute environment',
  ),
  useSpot: toggle('aws', 'USE_SPOT', 'use-spot', true, 'spot instances'),
  instanceTypes: setting(
    'aws',
    'INSTANCE_TYPES',
    'instance-types',
    'default_x86_64',
    list(/^[a-z0-9][a-z0-9._-]*$/, 'x86-64 instance types or families such as c6i.large,m6i'),
    'instance types of the compute environment',
  ),
  diskGb: setting(
    'aws',
    'DISK_GB',
    'disk-gb',
    '100',
    wholeNumber(30, 65_536, 'GB'),
    "root disk of an instance, shared by its jobs' scratch (GB)",
  ),
  vpcId: setting(
    'aws',
    'VPC_ID',
    'vpc-id',
    null,
    matching(/^vpc-[0-9a-f]+$/, 'an id such as vpc-0abc'),
    'VPC (default: the default VPC)',
  ),
  subnetIds: setting(
    'aws',
    'SUBNET_IDS',
    'subnet-ids',
    null,
    list(/^subnet-[0-9a-f]+$/, 'ids such as subnet-0abc'),
    "subnets (default: the VPC's that reach the internet)",
  ),
  securityGroupIds: setting(
    'aws',
    'SECURITY_GROUP_IDS',
    'security-group-ids',
    null,
    list(/^sg-[0-9a-f]+$/, 'ids such as sg-0abc'),
    "security groups (default: the VPC's default group)",
  ),
  tags: setting('aws', 'TAGS', 'tags', null, tags, 'tags for everything that is created: name=value,...'),
  logRetentionDays: setting(
    'aws',
    'LOG_RETENTION_DAYS',
    'log-retention-days',
    '30',
    choice(['1', '3', '5', '7', '14', '30', '60', '90', '180', '365']),
    'days that CloudWatch keeps the logs',
  ),
  computeEnvName: setting(
    'aws',
    'COMPUTE_ENV_NAME',
    'compute-env-name',
    'cog-converter-env',
    AWS_NAME,
    'compute environment',
  ),
  jobQueueName: setting(
    'aws',
    'JOB_QUEUE_NAME',
    'job-queue-name',
    'cog-converter-queue',
    AWS_NAME,
    'job queue',
  ),
  jobDefinitionName: setting(
    'aws',
    'JOB_DEFINITION_NAME',
    'job-definition-name',
    'cog-converter-job',
    AWS_NAME,
    'job definition',
  ),
  ecrRepoName: setting(
    'aws',
    'ECR_REPO_NAME',
    'ecr-repo-name',
    'cog-converter',
    REPOSITORY,
    'ECR repository of the worker image',
  ),
  gdalImage: setting(
    'aws',
    'GDAL_IMAGE',
    'gdal-image',
    'ghcr.io/osgeo/gdal:ubuntu-small-3.9.3',
    TEXT,
    'base image of the worker',
  ),
  nodeImage: setting(
    'aws',
    'NODE_IMAGE',
    'node-image',
    'node:22-bookworm-slim',
    TEXT,
    "image that the worker's Node comes from",
  ),
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
