const FIRST_FREE = 258;
const MAX_CODES = 4095;

/** Bytes that TIFF's LZW makes of `data`; lets the predictor be chosen by its effect without running GDAL once more. */
export function lzwSize(data: Uint8Array): number {
  // (prefix, byte) -> generation * 4096 + code: starting anew costs nothing but a higher generation
  const table = new Uint32Array(4096 * 256);
  let generation = 1;
  let next = FIRST_FREE;
  let width = 9;
  let bits = width;
  let prefix = -1;
  for (const byte of data) {
    if (prefix < 0) {
      prefix = byte;
      continue;
    }
    const slot = prefix * 256 + byte;
    const known = table[slot] ?? 0;
    if (known >>> 12 === generation) {
      prefix = known & 4095;
      continue;
    }
    bits += width;
    table[slot] = generation * 4096 + next++;
    if (next >= MAX_CODES) {
      bits += width;
      generation += 1;
      next = FIRST_FREE;
      width = 9;
    } else if (next >= 1 << width) width += 1;
    prefix = byte;
  }
  return Math.ceil((bits + 2 * width) / 8);
}
