import { mkdir, open, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { CogconvError } from '../errors.ts';
import type { SizedKey } from '../plan/inventory.ts';
import type { PlannedFile } from '../plan/planned-rows.ts';
import { temporaryPath } from './temporary-path.ts';

/** Lines are gathered to blocks of about this many characters before they are written. */
const BLOCK_CHARACTERS = 1 << 16;
const NEEDS_QUOTES = /[\p{Cc}\p{Surrogate}\u2028\u2029]|^"/u;
/** JSON leaves these as they are, and some readers take them for the end of a line. */
const UNESCAPED_BY_JSON = /[\u007f-\u009f\u2028\u2029]/g;

/** The lists of keys in the status folder. */
export const STATUS_LISTS = {
  sources: 'raw_tiffs.txt',
  cogs: 'existing_cogs.txt',
  pending: 'pending_conversions.txt',
} as const;

/** Writes `raw_tiffs.txt` (`key<TAB>bytes`); returns its path. */
export async function writeSourceList(folder: string, sources: Iterable<SizedKey>): Promise<string> {
  return writeLines(folder, STATUS_LISTS.sources, sources, ({ key, sizeBytes }) => sizedLine(key, sizeBytes));
}

/** Writes `existing_cogs.txt` (one key a line); returns its path. */
export async function writeCogList(folder: string, keys: Iterable<string>): Promise<string> {
  return writeLines(folder, STATUS_LISTS.cogs, keys, lineKey);
}

/** Writes `pending_conversions.txt` (`key<TAB>bytes`); returns its path. */
export async function writePendingList(folder: string, files: Iterable<PlannedFile>): Promise<string> {
  return writeLines(folder, STATUS_LISTS.pending, files, ({ source, size }) => sizedLine(source, size));
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
  rows: Iterable<T>,
  line: (row: T) => string,
): Promise<string> {
  const path = join(folder, name);
  const temporary = temporaryPath(path);
  try {
    await mkdir(folder, { recursive: true });
    await writeBlocks(temporary, rows, line);
    await rename(temporary, path);
  } catch (error) {
    // the folder may be none; what is told is why the list could not be written
    await rm(temporary, { force: true }).catch(() => undefined);
    throw unwritable(path, error);
  }
  return path;
}

/** The file system's errors have a code; anything else is no fault of the folder. */
function unwritable(path: string, error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  return new CogconvError(`cannot write ${path}`, {
    cause: error,
    hint: 'set OUTPUT_DIR (or --output-dir) to a folder that can be written',
  });
}

async function writeBlocks<T>(path: string, rows: Iterable<T>, line: (row: T) => string): Promise<void> {
  const file = await open(path, 'wx');
  try {
    let block = '';
    for (const row of rows) {
      block += `${line(row)}\n`;
      if (block.length < BLOCK_CHARACTERS) continue;
      await file.write(block);
      block = '';
    }
    await file.write(block);
  } finally {
    await file.close();
  }
}
