import { open, type FileHandle } from 'node:fs/promises';

/** Bytes that can be read anywhere: a local file, or an object through range reads. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** The bytes from `offset`, fewer where the end comes first. */
  read(offset: number, length: number): Promise<Uint8Array>;
}

/** A local file as a ByteSource for the time of `use`. @throws Node's errors */
export async function withFileSource<T>(file: string, use: (source: ByteSource) => Promise<T>): Promise<T> {
  const handle = await open(file, 'r');
  try {
    const { size } = await handle.stat();
    return await use({
      sizeBytes: size,
      read: async (offset, length) => await readAt(handle, offset, length),
    });
  } finally {
    await handle.close();
  }
}

async function readAt(handle: FileHandle, offset: number, length: number): Promise<Uint8Array> {
  const bytes = Buffer.alloc(length);
  let done = 0;
  while (done < length) {
    const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
    if (bytesRead === 0) break;
    done += bytesRead;
  }
  return bytes.subarray(0, done);
}

const WINDOW_BYTES = 64 * 1024;

/** Reads in windows of 64 KiB and keeps the last few: headers lie together, so most reads cost nothing. */
export function inWindows(source: ByteSource, keep = 8): ByteSource {
  const windows = new Map<number, Uint8Array>();
  const window = async (index: number): Promise<Uint8Array> => {
    const known = windows.get(index);
    if (known !== undefined) return known;
    const bytes = await source.read(index * WINDOW_BYTES, WINDOW_BYTES);
    const oldest = windows.keys().next().value;
    if (windows.size >= keep && oldest !== undefined) windows.delete(oldest);
    windows.set(index, bytes);
    return bytes;
  };
  const read = async (offset: number, length: number): Promise<Uint8Array> => {
    const end = Math.min(offset + length, source.sizeBytes);
    if (end <= offset) return new Uint8Array();
    const first = Math.floor(offset / WINDOW_BYTES);
    const parts: Uint8Array[] = [];
    for (let index = first; index * WINDOW_BYTES < end; index += 1) parts.push(await window(index));
    const start = offset - first * WINDOW_BYTES;
    return Buffer.concat(parts).subarray(start, start + (end - offset));
  };
  return { sizeBytes: source.sizeBytes, read };
}
