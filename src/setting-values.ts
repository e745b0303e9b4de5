import { isDirectoryBucket, normalisePrefix } from './contract/naming.ts';

/** Parsers of setting values: text in, value out; they throw an Error whose message says what is allowed. */
export interface Parser<T> {
  (text: string): T;
  /** All that is allowed, where that is a list. */
  readonly choices?: readonly string[];
}

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
  const parse = (text: string): T => {
    const found = choices.find((one) => one.toLowerCase() === text.toLowerCase());
    if (found !== undefined) return found;
    throw new Error(`one of ${choices.join(', ')}`);
  };
  return Object.assign(parse, { choices });
}

/** Text that matches; `allowed` says what does. */
export function matching(pattern: RegExp, allowed: string): Parser<string> {
  return (text) => {
    if (pattern.test(text)) return text;
    throw new Error(allowed);
  };
}

/** `s3:`, `https:` or `arn:`, but not the drive letter of `C:\\data`. */
const SCHEME = /^(?!file:)[a-z][a-z0-9+.-]+:/i;
/** Today's rules for names and those of old buckets in us-east-1 (upper case, `_`, 255 characters). */
const BUCKET_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{2,254}$/;

/** Names of S3's directory buckets and of access points to them. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/directory-bucket-naming-rules.html */
const UNORDERED_BUCKET = /--xa?-s3$/;

/** A bucket's name, or a directory: a value with a slash or a `file:` URL. */
export function bucket(text: string): string {
  if (!SCHEME.test(text) && isDirectoryBucket(text)) return text;
  if (UNORDERED_BUCKET.test(text)) {
    throw new Error(
      'a general purpose bucket: directory buckets of S3 (--x-s3) do not list keys in order, and plans are made of ordered lists',
    );
  }
  if (BUCKET_NAME.test(text)) return text;
  throw new Error('the name of a bucket (no s3://, no ARN), or a directory with a / in it such as ./data');
}

/** A folder of the bucket as a key prefix: `a/b` -> `a/b/`, `/` -> `` (the whole bucket). */
export function keyPrefix(text: string): string {
  const prefix = normalisePrefix(text);
  const isPlain = !/^[a-z][a-z0-9]+:\//i.test(text) && !/(?:^|\/)\.{1,2}\//.test(prefix);
  if (isPlain) return prefix;
  throw new Error('a folder inside the bucket such as rasters/2024/ (no s3://, no ./ or ../)');
}

/** A regular expression in JavaScript's syntax; `(?i)` in front ignores case, as in the Python tool. */
export function regularExpression(text: string): RegExp {
  const pattern = text.replace(/^\(\?i\)/, '');
  const flags = pattern === text ? '' : 'i';
  try {
    return new RegExp(pattern, `u${flags}`);
  } catch {
    return withoutUnicodeMode(pattern, flags);
  }
}

/** Unicode mode refuses harmless escapes such as `\_` or `\-`, which the Python tool took. */
function withoutUnicodeMode(pattern: string, flags: string): RegExp {
  try {
    return new RegExp(pattern, flags);
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
  const given = new Map(pairs.map((pair) => [pair?.[1] ?? '', pair?.[2] ?? '']));
  if (given.size < pairs.length) throw new Error('name=value pairs with each name once');
  return Object.fromEntries(given);
}
