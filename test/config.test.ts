import { describe, expect, it } from 'vitest';
import {
  conversionOptions,
  prefixes,
  readConfig,
  requireAccount,
  requireConfig,
  type ConfigSources,
} from '../src/config.ts';
import { ConfigError } from '../src/errors.ts';
import { SETTING_NAMES, SETTINGS } from '../src/settings.ts';

function read(env: ConfigSources['env'], others: Partial<ConfigSources> = {}): ReturnType<typeof readConfig> {
  return readConfig({ flags: {}, env, envFile: {}, ...others });
}

describe('SETTINGS', () => {
  it.each(SETTING_NAMES)('%s has a default that its own parser takes', (name) => {
    const { default: fallback, parse } = SETTINGS[name];
    if (fallback !== null) expect(() => parse(fallback)).not.toThrow();
  });

  it('gives each setting its own variable and flag, alike in name', () => {
    const flags = SETTING_NAMES.map((name) => SETTINGS[name].flag);
    const variables = SETTING_NAMES.map((name) => SETTINGS[name].env);
    expect(new Set(flags).size).toBe(flags.length);
    expect(new Set(variables).size).toBe(variables.length);
    const odd = flags.filter((flag, at) => flag.toUpperCase().replaceAll('-', '_') !== variables[at]);
    expect(odd).toEqual(['bucket', 'region', 'profile']);
  });
});

describe('readConfig', () => {
  it('has the defaults of the Python tool', () => {
    expect(read({ S3_BUCKET: 'resilienceatlas' }).config).toMatchObject({
      bucket: 'resilienceatlas',
      sourcePrefix: 'cartodb_exports/rasters/',
      cogPrefix: 'cartodb_exports/cogs/',
      region: 'us-east-1',
      profile: null,
      computeEnvName: 'cog-converter-env',
      jobQueueName: 'cog-converter-queue',
      jobDefinitionName: 'cog-converter-job',
      ecrRepoName: 'cog-converter',
      batchJobName: 'cog-converter',
      outputDir: './cog_status',
      filesPerJob: 50,
      maxVcpus: 16,
      jobVcpus: 2,
      jobMemory: 4096,
      useSpot: true,
      compression: 'LZW',
      overwrite: false,
      rasterType: 'both',
      filenameFilter: null,
      dryRun: false,
      runner: 'batch',
    });
  });

  it('lets flags win over the environment, that over the env file, that over defaults, and tells which', () => {
    const given = readConfig({
      flags: { compression: 'zstd' },
      env: { COMPRESSION: 'FOO', FILES_PER_JOB: '10', S3_BUCKET: './data' },
      envFile: { COMPRESSION: 'LZW', FILES_PER_JOB: '20', JOB_VCPUS: '4' },
    });
    expect(given.config).toMatchObject({
      compression: 'ZSTD',
      filesPerJob: 10,
      jobVcpus: 4,
      jobMemory: 4096,
    });
    const origins = Object.fromEntries(given.settings.map(({ env, origin }) => [env, origin]));
    expect(origins).toMatchObject({
      COMPRESSION: 'flag',
      FILES_PER_JOB: 'environment',
      JOB_VCPUS: 'env-file',
      JOB_MEMORY: 'default',
      VPC_ID: 'unset',
    });
  });

  it('takes an empty variable for unset and an empty flag for a value', () => {
    const given = read({ S3_BUCKET: 'abc', FILES_PER_JOB: '' }, { envFile: { FILES_PER_JOB: '' } });
    expect(given.config?.filesPerJob).toBe(50);
    expect(read({ S3_BUCKET: 'abc' }, { flags: { filesPerJob: '' } }).problems).toEqual([
      '--files-per-job is "": must be a whole number from 1 to 10000',
    ]);
  });

  it.each([
    ['./data', undefined, 'local'],
    ['resilienceatlas', undefined, 'batch'],
    ['resilienceatlas', 'LOCAL', 'local'],
    ['./data', 'local', 'local'],
  ])('with S3_BUCKET=%s and RUNNER=%s runs on %s, and shows it', (bucket, runner, expected) => {
    const given = read({ S3_BUCKET: bucket, RUNNER: runner });
    expect(given.config?.runner).toBe(expected);
    expect(given.settings.find(({ env }) => env === 'RUNNER')?.text?.toLowerCase()).toBe(expected);
  });

  it('lets the COG prefix lie inside the source prefix, and the sources be the whole bucket', () => {
    const env = { S3_BUCKET: 'abc', SOURCE_PREFIX: '/', COG_PREFIX: 'exports/cogs' };
    const { config } = read(env);
    expect(config && prefixes(config)).toEqual({ sourcePrefix: '', cogPrefix: 'exports/cogs/' });
    expect(read({ ...env, SOURCE_PREFIX: 'exports' }).problems).toEqual([]);
  });

  it.each([
    [{ S3_BUCKET: undefined }, 'S3_BUCKET is not set: set it (or --bucket) to a bucket or a directory'],
    [
      { S3_BUCKET: 's3://abc' },
      'S3_BUCKET is "s3://abc": must be the name of a bucket (no s3://, no ARN), or a directory with a / in it such as ./data',
    ],
    [
      { SOURCE_PREFIX: 'a', COG_PREFIX: '/a/' },
      'SOURCE_PREFIX and COG_PREFIX are both "a/": they must differ',
    ],
    [{ COG_PREFIX: '/' }, 'COG_PREFIX is the whole bucket: COGs need a prefix of their own'],
    [
      { SOURCE_PREFIX: 'cogs/raw/', COG_PREFIX: 'cogs' },
      'SOURCE_PREFIX "cogs/raw/" lies inside COG_PREFIX "cogs/": nothing there counts as a source',
    ],
    [{ COMPRESSION: 'FOO' }, 'COMPRESSION is "FOO": must be one of LZW, DEFLATE, ZSTD'],
    [{ FILES_PER_JOB: 'abc' }, 'FILES_PER_JOB is "abc": must be a whole number from 1 to 10000'],
    [{ FILES_PER_JOB: '0' }, 'FILES_PER_JOB is "0": must be a whole number from 1 to 10000'],
    [{ JOB_MEMORY: '4G' }, 'JOB_MEMORY is "4G": must be a whole number of MiB from 512 to 1572864'],
    [{ DRY_RUN: 'ja' }, 'DRY_RUN is "ja": must be true, false, 1, 0, yes or no'],
    [{ RASTER_TYPE: 'foo' }, 'RASTER_TYPE is "foo": must be one of both, public, cdb_importer'],
    [
      { FILENAME_FILTER: 'africa(' },
      'FILENAME_FILTER is "africa(": must be a regular expression (Invalid regular expression: /africa(/: Unterminated group)',
    ],
    [{ AWS_REGION: 'Frankfurt' }, 'AWS_REGION is "Frankfurt": must be a region such as eu-west-1'],
    [
      { BATCH_JOB_NAME: 'my job' },
      'BATCH_JOB_NAME is "my job": must be a letter or digit, then letters, digits, - and _, 2 to 47 in all',
    ],
    [
      { RUNNER: 'batch', S3_BUCKET: './data' },
      'RUNNER is batch, but S3_BUCKET is a directory: AWS Batch needs a bucket',
    ],
    [{ JOB_VCPUS: '32' }, 'JOB_VCPUS (32) is more than MAX_VCPUS (16): such a job could never start'],
  ])('says of %j what is wrong and what is allowed', (env, problem) => {
    const given = read({ S3_BUCKET: 'abc', ...env });
    expect(given.problems).toEqual([problem]);
    expect(given.config).toBeNull();
  });

  it('does not care for MAX_VCPUS where no AWS is', () => {
    expect(read({ S3_BUCKET: './data', JOB_VCPUS: '32' }).problems).toEqual([]);
  });

  it('names all problems at once, in the order of the settings, and marks each setting', () => {
    const given = read(
      { SOURCE_PREFIX: 'x', COG_PREFIX: 'x', COMPRESSION: 'FOO' },
      { flags: { jobVcpus: 'two' } },
    );
    expect(given.problems).toEqual([
      'S3_BUCKET is not set: set it (or --bucket) to a bucket or a directory',
      'COMPRESSION is "FOO": must be one of LZW, DEFLATE, ZSTD',
      '--job-vcpus is "two": must be a whole number from 1 to 192',
      'SOURCE_PREFIX and COG_PREFIX are both "x/": they must differ',
    ]);
    const marked = given.settings.filter(({ problem }) => problem !== null);
    expect(marked.map(({ env }) => env)).toEqual(['S3_BUCKET', 'COMPRESSION', 'JOB_VCPUS']);
  });

  it('warns of names in the env file that are nearly those of settings', () => {
    const envFile = { COMPRESION: 'ZSTD', AWS_ACCESS_KEY_ID: 'x', files_per_job: '5', JOB_VCPUS: '4' };
    const given = read({ S3_BUCKET: 'abc', OVERWRIT: 'true' }, { envFile });
    expect(given.warnings).toEqual([
      '--env-file sets COMPRESION, which is no setting: did you mean COMPRESSION?',
      '--env-file sets files_per_job, which is no setting: did you mean FILES_PER_JOB?',
    ]);
    expect(given.config).not.toBeNull();
  });
});

describe('requireConfig', () => {
  it('throws all problems as one error', () => {
    const given = read({ COMPRESSION: 'FOO' });
    expect(() => requireConfig(given)).toThrow(new ConfigError(given.problems));
  });

  it('gives a complete config', () => {
    const given = read({ S3_BUCKET: 'abc' });
    expect(requireConfig(given)).toBe(given.config);
  });
});

describe('requireAccount', () => {
  const without = (env: ConfigSources['env']): ReturnType<typeof readConfig> =>
    readConfig({ flags: {}, env, envFile: {} }, { needsBucket: false });

  it('does without a bucket', () => {
    const given = without({ AWS_REGION: 'eu-west-1' });
    expect(requireAccount(given)).toMatchObject({ region: 'eu-west-1', batchJobName: 'cog-converter' });
    expect(given.config).toBeNull();
  });

  it('throws what else is wrong, a bucket that is none included', () => {
    const given = without({ S3_BUCKET: 'No Bucket', MAX_VCPUS: 'many' });
    expect(given.problems).toHaveLength(2);
    expect(() => requireAccount(given)).toThrow(new ConfigError(given.problems));
  });
});

describe('conversionOptions', () => {
  it('takes into the manifest what was set', () => {
    const env = {
      COMPRESSION: 'deflate',
      PREDICTOR: 'none',
      RESAMPLING: 'MODE',
      VERIFY: 'pixels',
      OVERWRITE: 'yes',
    };
    const given = read({ S3_BUCKET: 'abc', ...env, JOB_VCPUS: '4', JOB_MEMORY: '8192', FILE_TIMEOUT: '600' });
    expect(conversionOptions(requireConfig(given))).toEqual({
      compression: 'DEFLATE',
      predictor: 'none',
      resampling: 'mode',
      verify: 'pixels',
      overwrite: true,
      vcpus: 4,
      memoryMiB: 8192,
      fileTimeoutSeconds: 600,
    });
  });
});
