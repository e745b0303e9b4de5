import { compareKeys } from './key-order.ts';

/** Printable ASCII and DEL stand for themselves; what lies outside counts as the nearest of them. */
const FIRST_CODE = 0x20;
const DIGITS = 0x60;
/** 96^8 is just within the 53 bits of a number. */
const PLACES = 8;

/** The key space of a listing: keys above `after` up to and including `upTo`; undefined is the end of the prefix. */
export interface KeyRange {
  readonly prefix: string;
  readonly after: string;
  readonly upTo: string | undefined;
}

/** How far a key lies in a range, 0 at its start to 1 at its end, if keys were spread evenly. */
export function fractionOf(range: KeyRange, key: string): number {
  const skip = sharedLength(range);
  const [start, end] = [valueOf(range.after, skip), endValue(range, skip)];
  return end > start ? Math.min(1, Math.max(0, (valueOf(key, skip) - start) / (end - start))) : 1;
}

/** A short string about half way between the ends of a range, or null when they are too close for one. */
export function middleOf(range: KeyRange): string | null {
  const skip = sharedLength(range);
  const middle = (valueOf(range.after, skip) + endValue(range, skip)) / 2;
  let text = (range.after.length >= skip ? range.after : range.prefix).slice(0, skip);
  let rest = middle;
  for (let place = 0; place < PLACES; place += 1) {
    rest *= DIGITS;
    const digit = Math.min(DIGITS - 1, Math.floor(rest));
    rest -= digit;
    text += String.fromCharCode(FIRST_CODE + digit);
    if (isInside(range, text)) return text;
  }
  return null;
}

function isInside({ after, upTo }: KeyRange, text: string): boolean {
  return compareKeys(text, after) > 0 && (upTo === undefined || compareKeys(text, upTo) < 0);
}

/** What both ends begin with says nothing; the places behind it are the ones that count. */
function sharedLength({ prefix, after, upTo }: KeyRange): number {
  if (upTo === undefined) return prefix.length;
  let length = 0;
  while (length < after.length && length < upTo.length && after[length] === upTo[length]) length += 1;
  // Half of a surrogate pair is no character.
  if (/[\ud800-\udbff]/.test(after[length - 1] ?? '')) length -= 1;
  return Math.max(length, Math.min(prefix.length, upTo.length));
}

function endValue({ upTo }: KeyRange, skip: number): number {
  return upTo === undefined ? 1 : valueOf(upTo, skip);
}

function valueOf(key: string, skip: number): number {
  let value = 0;
  for (let place = PLACES - 1; place >= 0; place -= 1) {
    const code = key.charCodeAt(skip + place);
    const digit = Number.isNaN(code) ? 0 : Math.min(DIGITS - 1, Math.max(0, code - FIRST_CODE));
    value = (value + digit) / DIGITS;
  }
  return value;
}
