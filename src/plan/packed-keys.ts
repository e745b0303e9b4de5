const NEEDS_ESCAPE = /[\\\n]/;

/**
 * Keys as one text that takes a third of their size: sorted, and of each only what differs from the one before it.
 * `['src/a1.tif', 'src/a2.tif']` -> `0:src/a1.tif` newline `5:2.tif`.
 */
export function packKeys(keys: readonly string[]): string {
  let before = '';
  const lines = keys.toSorted().map((key) => {
    const shared = sharedLength(before, key);
    before = key;
    return `${shared.toString(36)}:${escaped(key.slice(shared))}`;
  });
  return lines.join('\n');
}

/** The keys of `packKeys`, sorted. */
export function* unpackKeys(packed: string): Generator<string> {
  if (packed === '') return;
  let key = '';
  for (const line of packed.split('\n')) {
    const colon = line.indexOf(':');
    key = key.slice(0, Number.parseInt(line.slice(0, colon), 36)) + unescaped(line.slice(colon + 1));
    yield key;
  }
}

function sharedLength(a: string, b: string): number {
  let at = 0;
  while (at < a.length && a.charCodeAt(at) === b.charCodeAt(at)) at++;
  return at;
}

/** A key may hold a line break. */
function escaped(text: string): string {
  return NEEDS_ESCAPE.test(text) ? text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n') : text;
}

function unescaped(text: string): string {
  if (!text.includes('\\')) return text;
  return text.replace(/\\([\\n])/g, (_, character: string) => (character === 'n' ? '\n' : '\\'));
}
