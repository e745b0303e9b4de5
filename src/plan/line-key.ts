const PLAIN = /^[ !#-~][ -~]*$/;
const NEEDS_QUOTES = /[\p{Cc}\p{Surrogate}\u2028\u2029]|^"/u;
/** JSON leaves these as they are, and some readers take them for the end of a line. */
const UNESCAPED_BY_JSON = /[\u007f-\u009f\u2028\u2029]/g;

/**
 * A key as it stands in a list. Keys with control characters (tab, newline ...) or line separators, and keys that begin with a quote, stand as
 * JSON strings, so that a line is always one key: `"a\nb.tif"`.
 */
export function lineKey(key: string): string {
  if (PLAIN.test(key)) return key;
  return NEEDS_QUOTES.test(key) ? JSON.stringify(key).replace(UNESCAPED_BY_JSON, unicodeEscape) : key;
}

function unicodeEscape(character: string): string {
  return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`;
}
