/** Where sources and COGs live in one bucket; both end in `/` (the source prefix may be empty: the whole bucket). */
export interface Prefixes {
  readonly sourcePrefix: string;
  readonly cogPrefix: string;
}

const EXPORT_PREFIXES = ['public_', 'cdb_importer_'] as const;
const COG_SUFFIX = '_cog.tif';
const SLASH = 0x2f;
/** S3 takes keys of so many bytes of UTF-8. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html */
export const MAX_KEY_BYTES = 1024;
/** File systems take names of so many bytes between two slashes. */
export const MAX_NAME_BYTES = 255;
/** A UTF-16 code unit takes at most so many bytes of UTF-8. */
const MAX_BYTES_PER_UNIT = 3;

/** The Python tool's two export names; see `rasterType` in settings. */
export const RASTER_TYPES = ['both', 'public', 'cdb_importer'] as const;
export type RasterType = (typeof RASTER_TYPES)[number];

/** True for `./data`, `C:\data` and `file:///data`: a directory that stands for the bucket. Bucket names hold no slash. */
export function isDirectoryBucket(bucket: string): boolean {
  return /[/\\]/.test(bucket) || /^file:/i.test(bucket);
}

/** `a/b` -> `a/b/`, `/a/b/` -> `a/b/`, `/` -> `` (the whole bucket). */
export function normalisePrefix(prefix: string): string {
  const bare = prefix.replace(/^\/+|\/+$/g, '');
  return bare === '' ? '' : `${bare}/`;
}

/** The part of a key behind its last `/`. */
export function fileName(key: string): string {
  return key.slice(key.lastIndexOf('/') + 1);
}

/**
 * True for keys that end in `.tif` or `.tiff` (any case), even if nothing stands before it, as no raster is to be left out in silence.
 * The key may stand in a longer text, from `start` to `end`, here and below.
 */
export function isRasterKey(text: string, start = 0, end = text.length): boolean {
  return suffixLength(text, start, end) > 0;
}

/** Characters of `.tif` or `.tiff` at the end, 0 without; a pattern would look at every character of millions of keys. */
function suffixLength(text: string, start: number, end: number): number {
  if (endsWith(text, '.tif', start, end)) return '.tif'.length;
  const last = text.slice(Math.max(start, end - '.tiff'.length), end).toLowerCase();
  if (last.endsWith('.tif')) return '.tif'.length;
  return last === '.tiff' ? last.length : 0;
}

const SIDECARS_OF_FILE = ['.aux.xml', '.msk'] as const;
const SIDECARS_OF_STEM = ['.aux.xml', '.tfw', '.tifw', '.tiffw', '.wld', '.prj'] as const;

/** Keys that what belongs to a raster may have, by GDAL's usual spelling: `a.tif.aux.xml`, `a.aux.xml`, `a.tfw` ... */
export function possibleSidecars(raster: string): readonly string[] {
  const stem = raster.slice(0, raster.lastIndexOf('.'));
  return [
    ...SIDECARS_OF_FILE.map((suffix) => raster + suffix),
    ...SIDECARS_OF_STEM.map((suffix) => stem + suffix),
  ];
}

/** A raster below the source prefix and not below the COG prefix (which may lie inside it). */
export function isSourceKey(
  text: string,
  { sourcePrefix, cogPrefix }: Prefixes,
  start = 0,
  end = text.length,
): boolean {
  return (
    startsWith(text, sourcePrefix, start, end) &&
    !startsWith(text, cogPrefix, start, end) &&
    isRasterKey(text, start, end)
  );
}

/** Whether a key that reaches from `start` to `end` of a text, in which others follow it, begins so. */
export function startsWith(text: string, prefix: string, start: number, end: number): boolean {
  return end - start >= prefix.length && text.startsWith(prefix, start);
}

function endsWith(text: string, suffix: string, start: number, end: number): boolean {
  return end - start >= suffix.length && text.endsWith(suffix, end);
}

/**
 * The COG of a source: `src/africa/public_rain.TIF` -> `cogs/africa/rain_cog.tif`.
 * Keeps the folder, strips one leading `public_` or `cdb_importer_` (never to an empty name); `src/.tif` -> `cogs/_cog.tif`.
 */
export function cogKey(sourceKey: string, { sourcePrefix, cogPrefix }: Prefixes): string {
  const { folderStart, folderEnd, stemStart, stemEnd } = cogNameIn(sourceKey, sourcePrefix);
  const folder = sourceKey.slice(folderStart, folderEnd);
  return `${cogPrefix}${folder}${sourceKey.slice(stemStart, stemEnd)}${COG_SUFFIX}`;
}

/**
 * Whether a COG, a key below the COG prefix that ends as COGs do, is that of a source: as `cogKey(source, prefixes) === cog`, but without
 * making a key, which for millions takes as long as to read them.
 */
export function isCogOf(cog: string, source: string, prefixes: Prefixes): boolean {
  const { folderStart, folderEnd, stemStart, stemEnd } = cogNameIn(source, prefixes.sourcePrefix);
  const { start, end } = cogNameOf(cog, prefixes);
  const stem = start + folderEnd - folderStart;
  return (
    stem + stemEnd - stemStart === end &&
    isSame(cog, start, source, folderStart, folderEnd) &&
    isSame(cog, stem, source, stemStart, stemEnd)
  );
}

function isSame(text: string, start: number, other: string, from: number, to: number): boolean {
  for (let at = from; at < to; at++)
    if (text.charCodeAt(start + at - from) !== other.charCodeAt(at)) return false;
  return true;
}

/** What COGs may be called. */
export interface CogPlace extends Prefixes {
  /** Between two slashes; Infinity where the store has no such limit. */
  readonly maxNameBytes: number;
}

/** Whether no bucket would take the key of a source's COG, as it is too long; the source may stand in a longer text. */
export function hasTooLongCog(text: string, place: CogPlace, start = 0, end = text.length): boolean {
  const { sourcePrefix, cogPrefix, maxNameBytes } = place;
  // most keys are so short that nothing need be made and counted
  const longest = cogPrefix.length + end - start - sourcePrefix.length + COG_SUFFIX.length;
  if (longest * MAX_BYTES_PER_UNIT <= Math.min(MAX_KEY_BYTES, maxNameBytes)) return false;
  const key = cogKey(text.slice(start, end), place);
  return Buffer.byteLength(key) > MAX_KEY_BYTES || hasLongerName(key, maxNameBytes);
}

function hasLongerName(key: string, maxBytes: number): boolean {
  return maxBytes < MAX_KEY_BYTES && key.split('/').some((name) => Buffer.byteLength(name) > maxBytes);
}

/** The parts of a source's key that its COG's key has, too. */
export interface CogNameParts {
  readonly folderStart: number;
  readonly folderEnd: number;
  readonly stemStart: number;
  readonly stemEnd: number;
}

/** `africa/` and `rain` of `src/africa/public_rain.TIF`, which may stand in a longer text. */
export function cogNameIn(text: string, sourcePrefix: string, start = 0, end = text.length): CogNameParts {
  const folderStart = start + sourcePrefix.length;
  const folderEnd = Math.max(behindLastSlash(text, start, end), folderStart);
  const stemEnd = end - suffixLength(text, start, end);
  const stripped = folderEnd + exportPrefixLength(text, folderEnd);
  return { folderStart, folderEnd, stemStart: stripped < stemEnd ? stripped : folderEnd, stemEnd };
}

/** By hand, as the native search would go on through the texts before, where a key has none. */
function behindLastSlash(text: string, start: number, end: number): number {
  let at = end;
  while (at > start && text.charCodeAt(at - 1) !== SLASH) at--;
  return at;
}

function exportPrefixLength(text: string, at: number): number {
  for (const prefix of EXPORT_PREFIXES) if (text.startsWith(prefix, at)) return prefix.length;
  return 0;
}

/** True for keys that end as those of COGs do. */
export function isCogName(text: string, start = 0, end = text.length): boolean {
  return endsWith(text, COG_SUFFIX, start, end);
}

/** Where `africa/rain` of `cogs/africa/rain_cog.tif` begins and ends. */
export function cogNameOf(cog: string, { cogPrefix }: Prefixes): { start: number; end: number } {
  return { start: cogPrefix.length, end: cog.length - COG_SUFFIX.length };
}

/** cogconv's own documents lie below this, `.json` or `.jsonl` all of them; a source folder `manifests/` puts its COGs here too. */
export function manifestsPrefix(cogPrefix: string): string {
  return `${cogPrefix}manifests/`;
}

/** `<name>-<UTC yyyymmddhhmmss>`: `cog-converter-20240115120000`. */
export function runName(batchJobName: string, at: Date): string {
  return `${batchJobName}-${at.toISOString().replace(/\D/g, '').slice(0, 14)}`;
}

/** `<run>-<n>`, n from 1: also the name of the job. */
export function jobName(run: string, n: number): string {
  return `${run}-${String(n)}`;
}

/** `cogs/manifests/cog-converter-20240115120000-1.json`. */
export function manifestKey(cogPrefix: string, run: string, n: number): string {
  return `${manifestsPrefix(cogPrefix)}${jobName(run, n)}.json`;
}

/** The result lies beside its manifest: `x-1.json` -> `x-1.result.json`. */
export function resultKey(manifest: string): string {
  return manifest.replace(/\.json$/, '') + '.result.json';
}

/** Run records are numbered without gaps: creating the next number is how a run is claimed (docs/runs.md). */
export function runRecordsPrefix(cogPrefix: string): string {
  return `${manifestsPrefix(cogPrefix)}runs/`;
}

/** `cogs/manifests/runs/00000001.json`. */
export function runRecordKey(cogPrefix: string, sequence: number): string {
  return `${runRecordsPrefix(cogPrefix)}${String(sequence).padStart(8, '0')}.json`;
}

/** Digests of an ended run's results, so that nobody reads them one by one again (docs/runs.md). */
export function summariesPrefix(cogPrefix: string): string {
  return `${manifestsPrefix(cogPrefix)}summaries/`;
}

/** `00000042-1`: the first 250 jobs of the 42nd run. */
export function summaryName(sequence: number, part: number): string {
  return `${String(sequence).padStart(8, '0')}-${String(part)}`;
}

/** `cogs/manifests/summaries/00000042-1.jsonl`. */
export function summaryKey(cogPrefix: string, name: string): string {
  return `${summariesPrefix(cogPrefix)}${name}.jsonl`;
}
