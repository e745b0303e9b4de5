import { constants, copyFile, open, type FileHandle } from 'node:fs/promises';
import { StorageError } from './object-store.ts';

const CHUNK_BYTES = 1024 * 1024;

/**
 * Copies a file (sharing blocks where the file system can) and proves the copy byte by byte.
 * @throws StorageError `changed` when the two differ; Node's errors
 */
export async function copyProved(source: string, copy: string): Promise<void> {
  await copyFile(source, copy, constants.COPYFILE_FICLONE);
  const original = await open(source, 'r');
  try {
    if (await equalsFile(original, copy)) return;
  } finally {
    await original.close();
  }
  throw new StorageError('changed', `the copy of ${source} differs from it: it changed while it was copied`);
}

async function equalsFile(original: FileHandle, copy: string): Promise<boolean> {
  const other = await open(copy, 'r');
  try {
    return await sameBytes(original, other);
  } finally {
    await other.close();
  }
}

async function sameBytes(a: FileHandle, b: FileHandle): Promise<boolean> {
  const { size } = await a.stat();
  if (size !== (await b.stat()).size) return false;
  const [chunkA, chunkB] = [Buffer.allocUnsafe(CHUNK_BYTES), Buffer.allocUnsafe(CHUNK_BYTES)];
  for (let at = 0; at < size; at += CHUNK_BYTES) {
    const length = Math.min(CHUNK_BYTES, size - at);
    await Promise.all([readFully(a, chunkA, at, length), readFully(b, chunkB, at, length)]);
    if (chunkA.compare(chunkB, 0, length, 0, length) !== 0) return false;
  }
  return true;
}

/** Reads until `length` bytes are there or the file ends; one `read` may give less. Returns how many. */
export async function readFully(file: FileHandle, into: Buffer, at: number, length: number): Promise<number> {
  let done = 0;
  while (done < length) {
    const { bytesRead } = await file.read(into, done, length - done, at + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return done;
}
