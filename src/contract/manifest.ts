import { ContractError } from './contract-error.ts';
import {
  arrayOf,
  booleanField,
  choiceField,
  documentOf,
  objectOf,
  shown,
  stringField,
  textField,
  timeField,
  wholeField,
  type JsonObject,
} from './json-fields.ts';
import { cogKey, isSourceKey, possibleSidecars, type Prefixes } from './naming.ts';
import {
  COMPRESSIONS,
  DEFAULT_OPTIONS,
  PREDICTORS,
  RESAMPLINGS,
  VERIFY_LEVELS,
  type ConversionOptions,
} from './options.ts';

/** The version of manifests that this cogconv writes and reads. */
export const MANIFEST_VERSION = 1;

/** One raster of a job: `{source: 'src/a.tif', size: 812, etag: '9b2c', target: 'cogs/a_cog.tif'}`. */
export interface ManifestFile {
  readonly source: string;
  /** Bytes. */
  readonly size: number;
  /** The source as planned; another one at work time is `source-changed`. */
  readonly etag: string;
  readonly target: string;
  /** Keys beside the source that belong to it: `a.tif.aux.xml`, `a.tfw`, `a.prj`, `a.tif.msk`. */
  readonly sidecars?: readonly string[];
  /** ETag of the stale COG that this conversion replaces; any other COG there stays. */
  readonly replaces?: string;
}

/** What one job has to do; lies in the bucket at `manifestKey`. */
export interface Manifest extends Prefixes {
  readonly version: typeof MANIFEST_VERSION;
  readonly run: string;
  /** From 1. */
  readonly job: number;
  /** ISO 8601. */
  readonly createdAt: string;
  /** Bucket name or the directory that stands for it. */
  readonly bucket: string;
  readonly options: ConversionOptions;
  readonly files: readonly ManifestFile[];
}

/** The manifest as text for the bucket. */
export function serialiseManifest(manifest: Manifest): string {
  return `${JSON.stringify(manifest)}\n`;
}

/**
 * Reads a manifest.
 * @throws ContractError naming the offending field or row: not JSON, another version, keys outside the prefixes
 */
export function parseManifest(text: string): Manifest {
  const what = 'manifest';
  const from = documentOf(text, what, MANIFEST_VERSION, '; deploy the worker of the cogconv that wrote it');
  const prefixes = parsePrefixes(from);
  return {
    version: MANIFEST_VERSION,
    run: textField(from, 'run', what),
    job: wholeField(from, 'job', what, 1),
    createdAt: timeField(from, 'createdAt', what),
    bucket: textField(from, 'bucket', what),
    ...prefixes,
    options: parseOptions(from['options']),
    files: distinct(
      arrayOf(from['files'], 'manifest "files"').map((row, at) => parseRow(row, at, prefixes)),
      what,
    ),
  };
}

/** Options of a manifest or run record. @throws ContractError */
export function parseOptions(value: unknown): ConversionOptions {
  const what = 'options';
  const from = objectOf(value, what);
  return {
    compression: choiceField(from, 'compression', COMPRESSIONS, what),
    predictor: choiceField(from, 'predictor', PREDICTORS, what),
    resampling: choiceField(from, 'resampling', RESAMPLINGS, what),
    verify: choiceField(from, 'verify', VERIFY_LEVELS, what),
    overwrite: booleanField(from, 'overwrite', what),
    vcpus: wholeField(from, 'vcpus', what, 1),
    memoryMiB: wholeField(from, 'memoryMiB', what, 1),
    fileTimeoutSeconds:
      from['fileTimeoutSeconds'] === null ? null : wholeField(from, 'fileTimeoutSeconds', what, 1),
  };
}

/** What the worker knows when it is given keys alone, as the Python worker was. */
export interface BareKeysContext extends Prefixes {
  readonly bucket: string;
}

/**
 * A manifest from bare keys: `["src/a.tif"]` or `{"keys": ["src/a.tif"]}`. The targets come from the naming rule,
 * the options are the defaults, and size and ETag are unknown (0 and ``): the worker takes the object as it is.
 * A key that is named twice is one row.
 * @throws ContractError for anything else
 */
export function manifestFromKeys(value: unknown, context: BareKeysContext): Manifest {
  const list = Array.isArray(value) ? (value as readonly unknown[]) : objectOf(value, 'key list')['keys'];
  const keys = arrayOf(list, 'key list');
  return {
    version: MANIFEST_VERSION,
    run: 'keys',
    job: 1,
    createdAt: new Date(0).toISOString(),
    ...context,
    options: DEFAULT_OPTIONS,
    files: distinct(
      [...new Set(keys)].map((key, at) => bareRow(key, at, context)),
      'key list',
    ),
  };
}

/** Of two rows with one target the second would pass for done ("its COG exists"), and its raster would be lost. */
function distinct(files: readonly ManifestFile[], what: string): readonly ManifestFile[] {
  const seen = new Map<string, string>();
  for (const { source, target } of files) {
    const other = seen.get(target);
    if (other !== undefined) {
      throw new ContractError(
        `${what}: ${shown(other)} and ${shown(source)} would both become ${shown(target)}`,
      );
    }
    seen.set(target, source);
  }
  return files;
}

function parsePrefixes(from: JsonObject): Prefixes {
  const sourcePrefix = stringField(from, 'sourcePrefix', 'manifest');
  const cogPrefix = textField(from, 'cogPrefix', 'manifest');
  for (const prefix of [sourcePrefix, cogPrefix]) {
    // without the slash `cogs` would cover `cogs-of-others/` too
    if (prefix !== '' && !prefix.endsWith('/')) {
      throw new ContractError(`manifest: prefix ${shown(prefix)} does not end in /`);
    }
  }
  return { sourcePrefix, cogPrefix };
}

function bareRow(key: unknown, at: number, prefixes: Prefixes): ManifestFile {
  if (typeof key !== 'string') throw new ContractError(`key list, row ${String(at + 1)}: not a string`);
  // nobody has listed what lies beside it
  const sidecars = possibleSidecars(key);
  const row = { source: key, size: 0, etag: '', target: cogKey(key, prefixes), sidecars };
  return insidePrefixes(row, `key list, row ${String(at + 1)}`, prefixes);
}

function parseRow(value: unknown, at: number, prefixes: Prefixes): ManifestFile {
  const what = `manifest, file ${String(at + 1)}`;
  const from = objectOf(value, what);
  const row = {
    source: textField(from, 'source', what),
    size: wholeField(from, 'size', what),
    etag: textField(from, 'etag', what),
    target: textField(from, 'target', what),
    ...(from['sidecars'] === undefined ? {} : { sidecars: sidecarKeys(from['sidecars'], what, prefixes) }),
    ...(from['replaces'] === undefined ? {} : { replaces: textField(from, 'replaces', what) }),
  };
  return insidePrefixes(row, what, prefixes);
}

function sidecarKeys(value: unknown, what: string, { sourcePrefix }: Prefixes): readonly string[] {
  return arrayOf(value, `${what}, "sidecars"`).map((key) => {
    if (typeof key === 'string' && key.startsWith(sourcePrefix)) return key;
    throw new ContractError(`${what}: sidecar ${shown(key)} lies outside ${sourcePrefix}`);
  });
}

function insidePrefixes(row: ManifestFile, what: string, prefixes: Prefixes): ManifestFile {
  if (!isSourceKey(row.source, prefixes)) {
    throw new ContractError(
      `${what}: source ${shown(row.source)} is no raster below ${prefixes.sourcePrefix}`,
    );
  }
  if (!row.target.startsWith(prefixes.cogPrefix) || !row.target.endsWith('.tif')) {
    throw new ContractError(`${what}: target ${shown(row.target)} is no COG below ${prefixes.cogPrefix}`);
  }
  return row;
}
