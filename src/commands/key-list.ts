import { ConfigError } from '../errors.ts';

/**
 * Keys of `--keys-from`: one per line, or a JSON array. Lines as in raw_tiffs.txt are fine: a tab and what follows is dropped,
 * and a line that is a JSON string (keys with control characters) is read as such. Blanks at the end of a line are dropped, too: the key
 * of a raster ends in its suffix.
 * @throws ConfigError when there is none, or a line cannot be read
 */
export function parseKeyList(content: string, from: string): ReadonlySet<string> {
  // PowerShell begins a text with a byte order mark, and its older ones write UTF-16
  const text = content.replace(/^\uFEFF/, '');
  if (text.includes('\0')) throw new ConfigError([`--keys-from ${from}: it is UTF-16; save it as UTF-8`]);
  const keys = text.trimStart().startsWith('[')
    ? jsonKeys(text, from)
    : text.split(/\r?\n/).map((line) => keyOfLine(line, from));
  const set = new Set(keys.filter((key) => key !== ''));
  if (set.size === 0) throw new ConfigError([`--keys-from ${from}: there is no key in it`]);
  return set;
}

function keyOfLine(line: string, from: string): string {
  const key = line.replace(/\t.*$/, '').trimEnd();
  return key.startsWith('"') ? String(parsed(key, from)) : key;
}

function jsonKeys(text: string, from: string): string[] {
  const list = parsed(text, from);
  if (Array.isArray(list) && list.every((key) => typeof key === 'string')) return list;
  throw new ConfigError([`--keys-from ${from}: a JSON document must be an array of strings`]);
}

function parsed(text: string, from: string): unknown {
  try {
    return JSON.parse(text);
  } catch (cause) {
    throw new ConfigError([`--keys-from ${from}: ${(cause as Error).message}`]);
  }
}
