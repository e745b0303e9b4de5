import { LOWER_HEX, MD5_BYTES, NO_DIGIT } from '../contract/md5-digits.ts';
import { putVarint, VARINT_MAX_BYTES, type ByteReader } from './byte-log.ts';

const TEXT = 0;
const MD5 = 1;
const MULTIPART = 2;
const MD5_DIGITS = 2 * MD5_BYTES;
const PARTS = /^-[1-9]\d{0,4}$/;

/** An ETag as text, or as the 16 bytes of the MD5 that it is. */
export type Etag = string | Uint8Array;

/** Bytes that an ETag takes at most. */
export function maxEtagBytes(etag: Etag): number {
  return 1 + VARINT_MAX_BYTES + Math.max(MD5_BYTES, 3 * etag.length);
}

/**
 * Writes an ETag and returns where it ends. S3's usual ones, 32 hexadecimal digits (MD5) or those with the number of parts of
 * a multipart upload, take 17 to 20 bytes; any other stands as text.
 */
export function putEtag(bytes: Buffer, offset: number, etag: Etag): number {
  return typeof etag === 'string' ? putText(bytes, offset, etag) : putBytes(bytes, offset, etag);
}

function putBytes(bytes: Uint8Array, offset: number, md5: Uint8Array): number {
  bytes[offset] = MD5;
  for (let at = 0; at < MD5_BYTES; at++) bytes[offset + 1 + at] = md5[at] ?? 0;
  return offset + 1 + MD5_BYTES;
}

function putText(bytes: Buffer, offset: number, etag: string): number {
  const md5End = putMd5(bytes, offset + 1, etag);
  if (md5End !== null && etag.length === MD5_DIGITS) {
    bytes[offset] = MD5;
    return md5End;
  }
  if (md5End !== null && PARTS.test(etag.slice(MD5_DIGITS))) {
    bytes[offset] = MULTIPART;
    return putVarint(bytes, md5End, Number(etag.slice(MD5_DIGITS + 1)));
  }
  bytes[offset] = TEXT;
  const textStart = putVarint(bytes, offset + 1, Buffer.byteLength(etag));
  return textStart + bytes.write(etag, textStart, 'utf8');
}

/** Moves behind an ETag without making it. */
export function skipEtag(reader: ByteReader): void {
  const kind = reader.byte();
  if (kind === TEXT) {
    const length = reader.varint();
    reader.offset += length;
    return;
  }
  reader.offset += MD5_BYTES;
  if (kind === MULTIPART) reader.varint();
}

/** Reads what `putEtag` wrote. */
export function readEtag(reader: ByteReader): string {
  const kind = reader.byte();
  if (kind === TEXT) {
    const length = reader.varint();
    return reader.bytes.toString('utf8', reader.offset, (reader.offset += length));
  }
  const md5 = reader.bytes.toString('hex', reader.offset, (reader.offset += MD5_BYTES));
  return kind === MD5 ? md5 : `${md5}-${String(reader.varint())}`;
}

/** Writes the first 32 characters if they are lower-case hexadecimal digits; null if not. */
function putMd5(bytes: Uint8Array, offset: number, etag: string): number | null {
  if (etag.length < MD5_DIGITS) return null;
  for (let at = 0; at < MD5_BYTES; at++) {
    const high = LOWER_HEX[etag.charCodeAt(2 * at)] ?? NO_DIGIT;
    const low = LOWER_HEX[etag.charCodeAt(2 * at + 1)] ?? NO_DIGIT;
    if (high === NO_DIGIT || low === NO_DIGIT) return null;
    bytes[offset + at] = (high << 4) | low;
  }
  return offset + MD5_BYTES;
}
