/** Parsers of setting values: text in, value out; they throw an Error whose message says what is allowed. */
export type Parser<T> = (text: string) => T;

/** A whole number from `min` to `max`, in plain digits. */
export function wholeNumber(min: number, max: number, unit = ''): Parser<number> {
  return (text) => {
    const value = /^\d+$/.test(text) ? Number(text) : NaN;
    if (value >= min && value <= max) return value;
    throw new Error(`a whole number${unit && ` of ${unit}`} from ${String(min)} to ${String(max)}`);
  };
}

const TRUE = ['true', '1', 'yes'];
const FALSE = ['false', '0', 'no'];

/** `true|1|yes` and `false|0|no`, any case. */
export function boolean(text: string): boolean {
  if (TRUE.includes(text.toLowerCase())) return true;
  if (FALSE.includes(text.toLowerCase())) return false;
  throw new Error('true, false, 1, 0, yes or no');
}

/** One of the choices, any case. */
export function choice<T extends string>(choices: readonly T[]): Parser<T> {
  return (text) => {
    const found = choices.find((one) => one.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    throw new Error(`one of ${choices.join(', ')}`);
  };
}

/** Text that matches; `allowed` says what does. */
export function matching(pattern: RegExp, allowed: string): Parser<string> {
  return (text) => {
    if (pattern.test(text)) return text;
    throw new Error(allowed);
  };
}

/** A regular expression in JavaScript's syntax. */
export function regularExpression(text: string): RegExp {
  try {
    return new RegExp(text, 'u');
  } catch {
    return withoutUnicodeMode(text);
  }
}

/** Unicode mode refuses harmless escapes such as `\_` or `\-`, which the Python tool took. */
function withoutUnicodeMode(text: string): RegExp {
  try {
    return new RegExp(text);
  } catch (cause) {
    throw new Error(`a regular expression (${(cause as Error).message})`, { cause });
  }
}

/** `a,b` -> `['a', 'b']`, each of which must match. */
export function list(pattern: RegExp, allowed: string): Parser<readonly string[]> {
  return (text) => {
    const items = text.split(',').map((item) => item.trim());
    if (items.every((item) => pattern.test(item))) return items;
    throw new Error(`${allowed}, separated by commas`);
  };
}

/** `team=gis,cost-center=42` -> `{team: 'gis', 'cost-center': '42'}`; AWS's limits for tags. */
export function tags(text: string): Readonly<Record<string, string>> {
  const pairs = text.split(',').map((pair) => /^\s*([\w.:/+@-]{1,128})=([\w .:/=+@-]{0,256})$/.exec(pair));
  if (pairs.some((pair) => pair === null || /^aws:/i.test(pair[1] ?? ''))) {
    throw new Error(
      'name=value pairs separated by commas; letters, digits and .:/+@-_, no name that starts with aws:',
    );
  }
  return Object.fromEntries(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
}
