const FIRST_FREE = 258;
const MAX_CODES = 4095;
/** Slots for at most 3,837 texts: a power of two, a quarter full. */
const SLOTS = 16_384;
const GENERATIONS = 4095;

/** Texts known to the encoder, as (generation, prefix, byte), and their codes; one table for all calls, for it costs time to clear. */
const texts = new Uint32Array(SLOTS);
const codes = new Uint16Array(SLOTS);
let generation = 0;

/** Bytes that TIFF's LZW makes of `data`; lets the predictor be chosen by its effect without running GDAL once more. */
export function lzwSize(data: Uint8Array): number {
  let next = FIRST_FREE;
  let width = 9;
  let bits = width;
  forgetTexts();
  let prefix = data[0] ?? 0;
  for (let at = 1; at < data.length; at += 1) {
    const byte = data[at] ?? 0;
    const slot = slotOf(prefix, byte);
    if (texts[slot] === textOf(prefix, byte)) {
      prefix = codes[slot] ?? 0;
      continue;
    }
    bits += width;
    texts[slot] = textOf(prefix, byte);
    codes[slot] = next++;
    if (next >= MAX_CODES) {
      bits += width;
      forgetTexts();
      next = FIRST_FREE;
      width = 9;
    } else if (next >= 1 << width) width += 1;
    prefix = byte;
  }
  return Math.ceil((bits + 2 * width) / 8);
}

/** Texts of an earlier generation count as empty slots. */
function forgetTexts(): void {
  generation += 1;
  if (generation <= GENERATIONS) return;
  texts.fill(0);
  generation = 1;
}

function textOf(prefix: number, byte: number): number {
  return ((generation << 20) | (prefix << 8) | byte) >>> 0;
}

/** The slot of the text, or the one where it belongs. */
function slotOf(prefix: number, byte: number): number {
  const text = textOf(prefix, byte);
  let slot = (Math.imul((prefix << 8) | byte, 0x9e3779b1) >>> 18) & (SLOTS - 1);
  for (;;) {
    const there = texts[slot] ?? 0;
    if (there === text || there >>> 20 !== generation) return slot;
    slot = (slot + 1) & (SLOTS - 1);
  }
}
