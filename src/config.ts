import { isDirectoryBucket, type Prefixes } from './contract/naming.ts';
import type { ConversionOptions } from './contract/options.ts';
import type { RunnerName } from './contract/run-record.ts';
import { ConfigError } from './errors.ts';
import { nearSetting } from './setting-near.ts';
import type { Setting } from './setting.ts';
import { SETTING_NAMES, SETTINGS, type SettingName } from './settings.ts';

type ValueOf<N extends SettingName> = (typeof SETTINGS)[N] extends Setting<infer T> ? T : never;
type Optional =
  | 'profile'
  | 'filenameFilter'
  | 'fileTimeout'
  | 'jobMaxGb'
  | 'jobTimeout'
  | 'vpcId'
  | 'subnetIds'
  | 'securityGroupIds'
  | 'tags'
  | 'scratchDir';

/** Every setting, parsed. Settings without a default are null when unset, but for `bucket` (required) and `runner` (derived). */
export type Config = Readonly<
  { [N in Exclude<SettingName, Optional>]: ValueOf<N> } & { [N in Optional]: ValueOf<N> | null }
>;

/** The settings of a command that touches no bucket. */
export type AccountConfig = Omit<Config, 'bucket' | 'runner'>;

export const ORIGINS = ['flag', 'environment', 'env-file', 'default', 'unset'] as const;
export type Origin = (typeof ORIGINS)[number];

/** A setting as given: its text and where it came from. */
export interface GivenSetting {
  readonly name: SettingName;
  readonly env: string;
  /** null when it is unset. */
  readonly text: string | null;
  readonly origin: Origin;
  /** What is wrong with it. */
  readonly problem: string | null;
}

/** Raw values, by setting for flags and by variable name for the others. */
export interface ConfigSources {
  readonly flags: Readonly<Partial<Record<SettingName, string>>>;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly envFile: Readonly<Record<string, string | undefined>>;
}

/** What was given, before it is known to be good: `cogconv config` shows this even when something is wrong. */
export interface GivenConfig {
  readonly settings: readonly GivenSetting[];
  /** All problems, one line each; empty = `account` is complete. */
  readonly problems: readonly string[];
  /** What is probably a mistake, one line each: names in the env file that are nearly those of settings. */
  readonly warnings: readonly string[];
  /** null also when there is no bucket and none is needed. */
  readonly config: Config | null;
  readonly account: AccountConfig | null;
}

/** Parses all settings: flags win over environment, environment over `--env-file`, that over defaults. Pure; never throws. */
export function readConfig(sources: ConfigSources, { needsBucket = true } = {}): GivenConfig {
  const parsed = SETTING_NAMES.map((name) => parseSetting(name, sources, needsBucket));
  const values = Object.fromEntries(parsed.map((one) => [one.given.name, one.value]));
  const settings = parsed.map((one) => withDerivedRunner(one.given, values));
  const single = settings.flatMap((one) => (one.problem === null ? [] : [one.problem]));
  const problems = [...single, ...crossProblems(values)];
  // parseSetting fills every name with its own parser's value, which the compiler cannot see through fromEntries
  const complete =
    problems.length === 0 ? ({ ...values, runner: chosenRunner(values) } as unknown as Config) : null;
  const config = typeof values['bucket'] === 'string' ? complete : null;
  return { settings, problems, warnings: misspelled(sources.envFile), config, account: complete };
}

/** The config. @throws ConfigError with all problems at once */
export function requireConfig(given: GivenConfig): Config {
  if (given.config === null) throw new ConfigError(given.problems);
  return given.config;
}

/** The config of a command that touches no bucket. @throws ConfigError with all problems at once */
export function requireAccount(given: GivenConfig): AccountConfig {
  if (given.account === null) throw new ConfigError(given.problems);
  return given.account;
}

/** What of the settings travels in manifests. */
export function conversionOptions(config: Config): ConversionOptions {
  return {
    compression: config.compression,
    predictor: config.predictor,
    resampling: config.resampling,
    verify: config.verify,
    overwrite: config.overwrite,
    vcpus: config.jobVcpus,
    memoryMiB: config.jobMemory,
    fileTimeoutSeconds: config.fileTimeout,
  };
}

/** Both prefixes. */
export function prefixes({ sourcePrefix, cogPrefix }: Config): Prefixes {
  return { sourcePrefix, cogPrefix };
}

/** Only of the env file, which is there for settings; an environment is full of others' variables. */
function misspelled(envFile: ConfigSources['envFile']): string[] {
  return Object.keys(envFile).flatMap((variable) => {
    const near = nearSetting(variable);
    return near === null ? [] : [`--env-file sets ${variable}, which is no setting: did you mean ${near}?`];
  });
}

interface ParsedSetting {
  readonly given: GivenSetting;
  readonly value: unknown;
}

const NO_BUCKET = 'S3_BUCKET is not set: set it (or --bucket) to a bucket or a directory';

function parseSetting(name: SettingName, sources: ConfigSources, needsBucket: boolean): ParsedSetting {
  const spec: Setting<unknown> = SETTINGS[name];
  const { text, origin } = given(name, spec, sources);
  const known = { name, env: spec.env, text, origin };
  if (text === null) {
    const problem = name === 'bucket' && needsBucket ? NO_BUCKET : null;
    return { given: { ...known, problem }, value: null };
  }
  try {
    return { given: { ...known, problem: null }, value: spec.parse(text) };
  } catch (error) {
    const source = origin === 'flag' ? `--${spec.flag}` : spec.env;
    const problem = `${source} is ${JSON.stringify(text)}: must be ${(error as Error).message}`;
    return { given: { ...known, problem }, value: null };
  }
}

/** An empty variable counts as unset, as scripts leave them; an empty flag is a value, and mostly a bad one. */
function given(
  name: SettingName,
  spec: Setting<unknown>,
  { flags, env, envFile }: ConfigSources,
): { readonly text: string | null; readonly origin: Origin } {
  const flag = flags[name];
  if (flag !== undefined) return { text: flag, origin: 'flag' };
  const fromEnv = env[spec.env];
  if (fromEnv !== undefined && fromEnv !== '') return { text: fromEnv, origin: 'environment' };
  const fromFile = envFile[spec.env];
  if (fromFile !== undefined && fromFile !== '') return { text: fromFile, origin: 'env-file' };
  return spec.default === null ? { text: null, origin: 'unset' } : { text: spec.default, origin: 'default' };
}

/** What is derived is shown as the default that it is. */
function withDerivedRunner(given: GivenSetting, values: Readonly<Record<string, unknown>>): GivenSetting {
  const isDerived = given.name === 'runner' && given.text === null && typeof values['bucket'] === 'string';
  return isDerived ? { ...given, text: chosenRunner(values), origin: 'default' } : given;
}

function chosenRunner(values: Readonly<Record<string, unknown>>): RunnerName {
  return (values['runner'] ??
    (isDirectoryBucket(String(values['bucket'])) ? 'local' : 'batch')) as RunnerName;
}

function crossProblems(values: Readonly<Record<string, unknown>>): string[] {
  const problems = [...prefixProblems(values['sourcePrefix'], values['cogPrefix'])];
  const { bucket, jobVcpus, maxVcpus } = values;
  if (typeof bucket !== 'string' || chosenRunner(values) !== 'batch') return problems;
  if (isDirectoryBucket(bucket))
    problems.push('RUNNER is batch, but S3_BUCKET is a directory: AWS Batch needs a bucket');
  if (typeof jobVcpus === 'number' && typeof maxVcpus === 'number' && jobVcpus > maxVcpus) {
    problems.push(
      `JOB_VCPUS (${String(jobVcpus)}) is more than MAX_VCPUS (${String(maxVcpus)}): such a job could never start`,
    );
  }
  return problems;
}

function prefixProblems(source: unknown, cogs: unknown): string[] {
  if (typeof source !== 'string' || typeof cogs !== 'string') return [];
  if (cogs === '') return ['COG_PREFIX is the whole bucket: COGs need a prefix of their own'];
  if (source === cogs)
    return [`SOURCE_PREFIX and COG_PREFIX are both ${JSON.stringify(cogs)}: they must differ`];
  if (source.startsWith(cogs)) {
    return [
      `SOURCE_PREFIX ${JSON.stringify(source)} lies inside COG_PREFIX ${JSON.stringify(cogs)}: nothing there counts as a source`,
    ];
  }
  return [];
}
