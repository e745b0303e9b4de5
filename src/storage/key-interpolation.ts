import { compareKeys } from './key-order.ts';

/** The key space of a listing: keys above `after` up to and including `upTo`; undefined is the end of the prefix. */
export interface KeyRange {
  readonly prefix: string;
  readonly after: string;
  readonly upTo: string | undefined;
}

/** The characters that a key may have at each place of a range, ascending: `['0123456789', '.', 't']`. */
export interface KeyScale {
  /** What both ends begin with says nothing; the places behind it are the ones that count. */
  readonly skip: number;
  readonly alphabets: readonly string[];
}

const DIGITS = '0123456789';
const HEX = '0123456789abcdef';
const LETTERS = 'abcdefghijklmnopqrstuvwxyz';
/** So many letters at one place are those of words, and the others will come. */
const WORD_LETTERS = 7;
/** A number has 53 bits: places that weigh less than this add nothing. */
const LEAST_WEIGHT = 2 ** -50;
/** How far a place may lie before where it should, as a share of the way there: of five pages less than a fifth of one. */
const TOLERANCE = 1 / 32;

/** Learns from some keys of a range, or of its neighbour, how names are made there. */
export function scaleOf(range: KeyRange, sample: readonly string[]): KeyScale {
  const skip = sharedLength(range);
  const start = range.after.slice(0, skip);
  const near = sample.filter((key) => key.startsWith(start));
  return { skip, alphabets: joinRuns(charactersAt(near.length > 1 ? near : sample, skip)) };
}

/** How far a key lies in a range, 0 at its start to 1 at its end, if keys were spread evenly over the scale. */
export function fractionOf(scale: KeyScale, range: KeyRange, key: string): number {
  const [start, end] = [valueOf(scale, range.after), endValue(scale, range)];
  return end > start ? Math.min(1, Math.max(0, (valueOf(scale, key) - start) / (end - start))) : 1;
}

/** A short string that lies the given fraction into a range, or null when its ends are too close for one. */
export function keyAt(scale: KeyScale, range: KeyRange, fraction: number): string | null {
  const start = valueOf(scale, range.after);
  const distance = (endValue(scale, range) - start) * fraction;
  let [rest, weight] = [start + distance, 1];
  let text = (range.after.length >= scale.skip ? range.after : range.prefix).slice(0, scale.skip);
  for (const alphabet of scale.alphabets) {
    rest *= alphabet.length;
    const rank = Math.min(alphabet.length - 1, Math.floor(rest));
    rest -= rank;
    weight /= alphabet.length;
    text += alphabet.charAt(rank);
    if (rest * weight <= distance * TOLERANCE && isInside(range, text)) return text;
  }
  return null;
}

/** Half of a surrogate pair is no character, and no key begins with one. */
function isInside({ after, upTo }: KeyRange, text: string): boolean {
  if (/[\ud800-\udbff]$/.test(text)) return false;
  return compareKeys(text, after) > 0 && (upTo === undefined || compareKeys(text, upTo) < 0);
}

function sharedLength({ prefix, after, upTo }: KeyRange): number {
  if (upTo === undefined) return prefix.length;
  let length = 0;
  while (length < after.length && length < upTo.length && after[length] === upTo[length]) length += 1;
  if (/[\ud800-\udbff]/.test(after[length - 1] ?? '')) length -= 1;
  return Math.max(length, Math.min(prefix.length, upTo.length));
}

function charactersAt(sample: readonly string[], skip: number): Set<string>[] {
  const places: Set<string>[] = [];
  for (const key of sample) {
    for (let at = skip; at < key.length; at += 1) (places[at - skip] ??= new Set()).add(key.charAt(at));
  }
  return places;
}

/** Places side by side that vary are one number, hash or word: digits and letters at one of them come at the others too. */
function joinRuns(places: readonly ReadonlySet<string>[]): string[] {
  const alphabets: string[] = [];
  for (let at = 0; at < places.length;) {
    const run: ReadonlySet<string>[] = [];
    for (let place = places[at]; place !== undefined && varies(place); place = places[at + run.length]) {
      run.push(place);
    }
    const only = places[at];
    if (run.length === 0 && only !== undefined) alphabets.push([...only].join(''));
    const more = sorted(Array.from(missing(new Set(run.flatMap((place) => [...place])))));
    alphabets.push(...run.map((place) => withMore(place, more)));
    at += Math.max(1, run.length);
  }
  // Characters outside ASCII: where others lie between them is anybody's guess.
  const end = alphabets.indexOf('');
  return end < 0 ? alphabets : alphabets.slice(0, end);
}

function varies(place: ReadonlySet<string>): boolean {
  if (place.size > 1) return true;
  const [only = ''] = place;
  return DIGITS.includes(only);
}

/** The characters that go with those seen: digits come as ten, hexadecimal as sixteen, letters of words as all. */
function missing(seen: ReadonlySet<string>): string {
  const characters = [...seen];
  const lower = characters.filter((character) => LETTERS.includes(character));
  const upper = characters.filter((character) => LETTERS.toUpperCase().includes(character));
  const hasDigits = characters.some((character) => DIGITS.includes(character));
  const isHex = hasDigits && lower.length > 1 && lower.every((character) => HEX.includes(character));
  return [
    hasDigits ? DIGITS : '',
    isHex ? HEX : '',
    lower.length >= WORD_LETTERS ? LETTERS : '',
    upper.length >= WORD_LETTERS ? LETTERS.toUpperCase() : '',
  ].join('');
}

function withMore(place: ReadonlySet<string>, more: string): string {
  const others = [...place].filter((character) => !more.includes(character));
  return others.length === 0 ? more : sorted([...others, ...Array.from(more)]);
}

/** Printable ASCII only. */
function sorted(characters: readonly string[]): string {
  const printable = characters.filter((character) => character >= ' ' && character <= '~');
  return [...new Set(printable)].sort(compareKeys).join('');
}

function endValue(scale: KeyScale, { upTo }: KeyRange): number {
  return upTo === undefined ? 1 : valueOf(scale, upTo);
}

/** A character that the scale lacks counts as the start of the next that it has. */
function valueOf({ skip, alphabets }: KeyScale, key: string): number {
  let [value, weight] = [0, 1];
  for (const [place, alphabet] of alphabets.entries()) {
    const character = key.charAt(skip + place);
    weight /= alphabet.length;
    if (character === '' || weight < LEAST_WEIGHT) break;
    const rank = rankIn(alphabet, character);
    value += rank * weight;
    if (alphabet[rank] !== character) break;
  }
  return value;
}

function rankIn(alphabet: string, character: string): number {
  let rank = 0;
  while (rank < alphabet.length && compareKeys(alphabet.charAt(rank), character) < 0) rank += 1;
  return rank;
}
