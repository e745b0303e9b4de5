import { open } from 'node:fs/promises';
import { crc32 } from 'node:zlib';

const CHUNK_BYTES = 1024 * 1024;

/** A file's size and CRC-32. */
export interface FileDigest {
  readonly sizeBytes: number;
  readonly crc32: number;
}

/** Reads a local file once for its CRC-32 (a GB takes about half a second). */
export async function digestFile(file: string): Promise<FileDigest> {
  const handle = await open(file, 'r');
  try {
    const chunk = Buffer.allocUnsafe(CHUNK_BYTES);
    let digest: FileDigest = { sizeBytes: 0, crc32: 0 };
    for (;;) {
      const { bytesRead } = await handle.read(chunk, 0, CHUNK_BYTES, digest.sizeBytes);
      if (bytesRead === 0) return digest;
      const crc = crc32(chunk.subarray(0, bytesRead), digest.crc32);
      digest = { sizeBytes: digest.sizeBytes + bytesRead, crc32: crc };
    }
  } finally {
    await handle.close();
  }
}

/** As S3 writes it: big-endian, base64. */
export function toChecksumHeader(crc: number): string {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(crc >>> 0);
  return bytes.toString('base64');
}
