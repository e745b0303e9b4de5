import type { ByteLog, ByteReader } from './byte-log.ts';

/** S3's usual ETags: 32 hexadecimal digits (MD5), or those with the number of parts of a multipart upload. */
const MD5_TAG = /^[0-9a-f]{32}(?:-([1-9]\d{0,4}))?$/;
const TEXT = 0;
const MD5 = 1;
const MULTIPART = 2;
const MD5_BYTES = 16;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));

/** Writes an ETag: the usual ones in 17 to 20 bytes, any other as text. */
export function writeEtag(log: ByteLog, etag: string): void {
  const parts = MD5_TAG.exec(etag);
  if (parts === null) {
    log.byte(TEXT);
    log.units(etag, 0);
    return;
  }
  log.byte(parts[1] === undefined ? MD5 : MULTIPART);
  for (let at = 0; at < MD5_BYTES; at++) {
    log.byte((digit(etag.charCodeAt(2 * at)) << 4) | digit(etag.charCodeAt(2 * at + 1)));
  }
  if (parts[1] !== undefined) log.varint(Number(parts[1]));
}

/** Reads what `writeEtag` wrote. */
export function readEtag(reader: ByteReader): string {
  const kind = reader.byte();
  if (kind === TEXT) return reader.units();
  let etag = '';
  for (let at = 0; at < MD5_BYTES; at++) etag += HEX[reader.byte()] ?? '';
  return kind === MD5 ? etag : `${etag}-${String(reader.varint())}`;
}

/** `0`-`9` and `a`-`f` alone come here. */
function digit(code: number): number {
  return code <= 0x39 ? code - 0x30 : code - 0x57;
}
