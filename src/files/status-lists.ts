import { open, rename, rm, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { CogconvError } from '../errors.ts';
import { lineKey } from '../plan/line-key.ts';
import type { FailedSource } from '../plan/result-digest.ts';
import type { SizedKeys } from '../plan/sized-keys.ts';
import type { Pages } from '../ports.ts';
import { makeFolder } from '../storage/make-folder.ts';
import { LineBlock, type LineForm } from './list-lines.ts';
import { temporaryPath } from './temporary-path.ts';

/** The lists of keys in the status folder. */
export const STATUS_LISTS = {
  sources: 'raw_tiffs.txt',
  cogs: 'existing_cogs.txt',
  pending: 'pending_conversions.txt',
  failed: 'failed_conversions.txt',
} as const;

/** Lines of text are gathered to blocks of about so many characters before they are written. */
const BLOCK_LENGTH = 1 << 16;

/** Writes `raw_tiffs.txt` (`key<TAB>bytes`), page by page; returns its path. @throws what the pages throw */
export async function writeSourceList(folder: string, sources: Pages<SizedKeys>): Promise<string> {
  return writeBlocks(folder, STATUS_LISTS.sources, blocksOf(sources, { withSizes: true }));
}

/** Writes `existing_cogs.txt` (one key a line); returns its path. */
export async function writeCogList(folder: string, keys: SizedKeys): Promise<string> {
  return writeBlocks(folder, STATUS_LISTS.cogs, blocksOf([keys], { withSizes: false }));
}

/** Writes `pending_conversions.txt` (`key<TAB>bytes`); returns its path. */
export async function writePendingList(folder: string, keys: SizedKeys): Promise<string> {
  return writeBlocks(folder, STATUS_LISTS.pending, blocksOf([keys], { withSizes: true }));
}

/** Writes `failed_conversions.txt` (`key<TAB>code`), one failure after the other; returns its path. */
export async function writeFailedList(folder: string, failures: Iterable<FailedSource>): Promise<string> {
  return writeBlocks(folder, STATUS_LISTS.failed, failedBlocks(failures));
}

/** Writes a temporary file and renames it: whoever reads the list sees the old one or the new one, whole. */
async function writeBlocks(folder: string, name: string, blocks: Pages<Buffer | string>): Promise<string> {
  const path = join(folder, name);
  const temporary = temporaryPath(path);
  const written = <R>(step: Promise<R>): Promise<R> =>
    step.catch((cause: unknown) => {
      throw unwritable(path, cause);
    });
  let file: FileHandle | null = null;
  try {
    for await (const block of blocks) {
      file ??= await written(makeFile(folder, temporary));
      await written(file.writeFile(block));
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
  await makeFolder(folder);
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

/** At least one, if an empty one. A block is to be written before the next is asked for. */
async function* blocksOf(pages: Pages<SizedKeys>, form: LineForm): AsyncGenerator<Buffer> {
  const block = new LineBlock(form);
  for await (const page of pages) yield* block.add(page);
  yield block.take();
}

/** At least one, if an empty one. */
function* failedBlocks(failures: Iterable<FailedSource>): Generator<string> {
  let block = '';
  for (const { source, reason } of failures) {
    block += `${lineKey(source)}\t${reason.code}\n`;
    if (block.length < BLOCK_LENGTH) continue;
    yield block;
    block = '';
  }
  yield block;
}
