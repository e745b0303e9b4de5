import type { FailureCode } from '../src/contract/failures.ts';
import { FileFailure } from './file-failure.ts';
import { ProcessError } from './run-process.ts';

const OUT_OF_MEMORY =
  /out of memory|not enough memory|cannot allocate|memory allocation|bad_alloc|too large.*memory/i;

/** Signatures in GDAL's messages, first match wins. */
const SIGNATURES: readonly (readonly [RegExp, FailureCode])[] = [
  [/no space left on device|disk full|file too large|not enough space|quota exceeded/i, 'disk-full'],
  // before the write errors that follow from it
  [OUT_OF_MEMORY, 'out-of-memory'],
  [/write error|error writing|_tiffWriteProc|Cannot write|TIFFAppendToStrip:.*write/i, 'disk-full'],
  // JPEGLib's word for damaged data
  [/unsupported marker/i, 'unreadable'],
  [
    /not supported for complex|only supported with|does not support|not supported by|unsupported|missing codec|compression .* not (?:configured|supported)|not compiled/i,
    'unsupported',
  ],
  [
    /read error|not recognized as|IReadBlock failed|cannot read|can not read|decod|corrupt|truncat|TIFFReadDirectory|TIFFFetch|bad value|unexpected end|invalid (?:tile|strip)|TIFFFill/i,
    'unreadable',
  ],
];

/** The kernel ends a process that outgrows its container by SIGKILL; SIGXFSZ is a file size limit. */
const SIGNALS: ReadonlyMap<NodeJS.Signals, FailureCode> = new Map([
  ['SIGKILL', 'out-of-memory'],
  ['SIGXFSZ', 'disk-full'],
  ['SIGTERM', 'interrupted'],
  ['SIGINT', 'interrupted'],
]);

/** What a failed GDAL run means for the file. */
export function classifyGdal(error: ProcessError): FailureCode {
  if (error.kind === 'aborted') return 'interrupted';
  if (error.kind === 'timeout') return 'timeout';
  const bySignal = error.exitSignal === null ? undefined : SIGNALS.get(error.exitSignal);
  if (bySignal !== undefined) return bySignal;
  const said = complaints(error.stderr);
  if (error.kind === 'killed') return OUT_OF_MEMORY.test(said) ? 'out-of-memory' : 'gdal-failed';
  return SIGNATURES.find(([pattern]) => pattern.test(said))?.[1] ?? 'gdal-failed';
}

/** GDAL says so whenever it streams a raster to its standard output, and does it all the same. */
const STREAMED = /^ERROR 6: Read or update mode not supported on \/vsistdout$/;

/** Warnings come with runs that end well too, and a folder may be called anything. */
function complaints(stderr: string): string {
  const lines = stderr.split('\n').filter((line) => !line.startsWith('Warning') && !STREAMED.test(line));
  return lines.join('\n').replace(/\/\S*\//g, '');
}

/** GDAL's own words, for people: the first two distinct `ERROR` lines, local paths cut to their names. */
export function gdalMessage(error: ProcessError): string {
  const lines = error.stderr
    .split('\n')
    .filter((line) => line.startsWith('ERROR') && !STREAMED.test(line))
    .map((line) => line.replace(/^ERROR \d+: /, '').replace(/\/\S*\/((?:source|cog)\.tif)/g, '$1'));
  const said = [...new Set(lines)].slice(0, 2).join('; ').slice(0, 400);
  return said === '' ? error.message : said;
}

/**
 * Whether GDAL told of an error, whatever it ended with: it ends with 0 when memory runs out amid the overviews, and the COG
 * lacks blocks then. What PROJ says does not count, for the CRS of both is compared.
 */
export function saidError(stderr: string): boolean {
  return stderr.split('\n').some((line) => /^ERROR \d+: (?!PROJ: )/.test(line) && !STREAMED.test(line));
}

/** `Warning 6` is an option that the driver ignored, which would silently give another file than was asked for. */
export function ignoredOption(stderr: string): string | null {
  return /^Warning [56]: .*(?:option|not recognised|not supported).*$/m.exec(stderr)?.[0] ?? null;
}

/** A GDAL run whose failure is the file's. @throws FileFailure with GDAL's own words; ProcessError `aborted` */
export async function runGdal<T>(run: Promise<T>): Promise<T> {
  try {
    return await run;
  } catch (error) {
    if (!(error instanceof ProcessError) || error.kind === 'aborted') throw error;
    throw new FileFailure(classifyGdal(error), gdalMessage(error), error);
  }
}
