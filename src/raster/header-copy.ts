import { open, type FileHandle } from 'node:fs/promises';
import type { ByteSource } from './byte-source.ts';
import { fieldBytes, readTiff, TiffError } from './tiff-directory.ts';

const WINDOW_BYTES = 64 * 1024;
/** Of one read: tables of blocks may be long. */
const MOST_WINDOWS = 64;

/**
 * Copies all of a TIFF but its pixels: a sparse file of the source's size with the directories and their values in place and
 * holes between them. Whatever only wants headers reads it like the whole file. What is no TIFF is copied as far as it was read.
 */
export async function copyHeaders(source: ByteSource, file: string): Promise<void> {
  const handle = await open(file, 'w+');
  try {
    await handle.truncate(source.sizeBytes);
    const copy = new WindowCopy(source, handle);
    const { directories } = await readTiff(copy);
    for (const { fields } of directories) {
      for (const field of fields.values()) await copy.ensure(field.position, fieldBytes(field));
    }
  } catch (error) {
    if (!(error instanceof TiffError)) throw error;
  } finally {
    await handle.close();
  }
}

/** Reads in windows, each of them once: what was read lies in the file. */
class WindowCopy implements ByteSource {
  readonly sizeBytes: number;
  readonly #source: ByteSource;
  readonly #file: FileHandle;
  readonly #copied = new Set<number>();

  constructor(source: ByteSource, file: FileHandle) {
    this.sizeBytes = source.sizeBytes;
    this.#source = source;
    this.#file = file;
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    await this.ensure(offset, length);
    const bytes = Buffer.alloc(Math.max(0, Math.min(length, this.sizeBytes - offset)));
    const { bytesRead } = await this.#file.read(bytes, 0, bytes.length, offset);
    return bytes.subarray(0, bytesRead);
  }

  /** Copies the windows below these bytes, as far as the source has them. */
  async ensure(offset: number, length: number): Promise<void> {
    const end = Math.min(offset + length, this.sizeBytes);
    const last = Math.ceil(end / WINDOW_BYTES);
    for (let at = Math.floor(offset / WINDOW_BYTES); at < last; at += 1) {
      if (this.#copied.has(at)) continue;
      let count = 1;
      while (at + count < last && count < MOST_WINDOWS && !this.#copied.has(at + count)) count += 1;
      await this.#copy(at, count);
    }
  }

  async #copy(first: number, count: number): Promise<void> {
    const offset = first * WINDOW_BYTES;
    const bytes = await this.#source.read(offset, Math.min(count * WINDOW_BYTES, this.sizeBytes - offset));
    // A write may be cut short; the next one does the rest, or tells why it could not be done.
    for (let done = 0; done < bytes.length;) {
      const { bytesWritten } = await this.#file.write(bytes, done, bytes.length - done, offset + done);
      done += bytesWritten;
    }
    for (let at = first; at < first + count; at += 1) this.#copied.add(at);
  }
}
