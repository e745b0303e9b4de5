/** Bytes of an MD5, which is what S3's usual ETags are. */
export const MD5_BYTES = 16;

/** What stands in `LOWER_HEX` for a byte that is no digit. */
export const NO_DIGIT = 16;

/** What a byte, or an ASCII character, is worth as a lower-case hexadecimal digit: `LOWER_HEX[0x61]` is 10. */
export const LOWER_HEX = Uint8Array.from({ length: 256 }, (_, code) => {
  const digit = '0123456789abcdef'.indexOf(String.fromCharCode(code));
  return digit === -1 ? NO_DIGIT : digit;
});
