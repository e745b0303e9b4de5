import { mkdir, open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { CogconvError } from '../errors.ts';
import type { SizedKey } from '../plan/inventory.ts';
import type { PlannedFile } from '../plan/planned-rows.ts';
import type { Pages } from '../ports.ts';
import { temporaryPath } from './temporary-path.ts';

/** Lines are gathered to blocks of about this many characters before they are written. */
const BLOCK_CHARACTERS = 1 << 17;
const NEEDS_QUOTES = /[\p{Cc}\p{Surrogate}\u2028\u2029]|^"/u;
/** JSON leaves these as they are, and some readers take them for the end of a line. */
const UNESCAPED_BY_JSON = /[\u007f-\u009f\u2028\u2029]/g;

/** The lists of keys in the status folder. */
export const STATUS_LISTS = {
  sources: 'raw_tiffs.txt',
  cogs: 'existing_cogs.txt',
  pending: 'pending_conversions.txt',
} as const;

/** Writes `raw_tiffs.txt` (`key<TAB>bytes`), page by page; returns its path. @throws what the pages throw */
export async function writeSourceList(folder: string, sources: Pages<SizedKey>): Promise<string> {
  return writeLines(folder, STATUS_LISTS.sources, sources, ({ key, sizeBytes }) => sizedLine(key, sizeBytes));
}

/** Writes `existing_cogs.txt` (one key a line); returns its path. */
export async function writeCogList(folder: string, keys: Iterable<string>): Promise<string> {
  return writeLines(folder, STATUS_LISTS.cogs, [keys], lineKey);
}

/** Writes `pending_conversions.txt` (`key<TAB>bytes`); returns its path. */
export async function writePendingList(folder: string, files: Iterable<PlannedFile>): Promise<string> {
  return writeLines(folder, STATUS_LISTS.pending, [files], ({ source, size }) => sizedLine(source, size));
}

/**
 * A key as it stands in a list. Keys with control characters (tab, newline ...) or line separators, and keys that begin with a quote, stand as
 * JSON strings, so that a line is always one key: `"a\nb.tif"`.
 */
export function lineKey(key: string): string {
  return NEEDS_QUOTES.test(key) ? JSON.stringify(key).replace(UNESCAPED_BY_JSON, unicodeEscape) : key;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}

function sizedLine(key: string, sizeBytes: number): string {
  return `${lineKey(key)}\t${String(sizeBytes)}`;
}

/** Writes a temporary file and renames it: whoever reads the list sees the old one or the new one, whole. */
async function writeLines<T>(
  folder: string,
  name: string,
  pages: Pages<T>,
  line: (row: T) => string,
): Promise<string> {
  const path = join(folder, name);
  const temporary = temporaryPath(path);
  const written = <R>(step: Promise<R>): Promise<R> =>
    step.catch((cause: unknown) => {
      throw unwritable(path, cause);
    });
  let file: FileHandle | null = null;
  try {
    for await (const block of blocksOf(pages, line)) {
      file ??= await written(makeFile(folder, temporary));
      await written(file.write(block));
    }
    await file?.close();
    await written(rename(temporary, path));
  } catch (error) {
    await file?.close().catch(() => undefined);
    // the folder may be none; what is told is why the list could not be written
    await rm(temporary, { force: true }).catch(() => undefined);
    throw error;
  }
  return path;
}

async function makeFile(folder: string, path: string): Promise<FileHandle> {
  await mkdir(folder, { recursive: true });
  return await open(path, 'wx');
}

/** The file system's errors have a code; anything else is no fault of the folder. */
function unwritable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  return new CogconvError(`cannot write ${path}`, {
    cause: error,
    hint: 'set OUTPUT_DIR (or --output-dir) to a folder that can be written',
  });
}

/** At least one, if an empty one. */
async function* blocksOf<T>(pages: Pages<T>, line: (row: T) => string): AsyncGenerator<string> {
  let block = '';
  for await (const page of pages) {
    for (const row of page) {
      block += `${line(row)}\n`;
      if (block.length < BLOCK_CHARACTERS) continue;
      yield block;
      block = '';
    }
  }
  yield block;
}
