/** One WKT node: `ID["EPSG",4326]` -> `{keyword: 'ID', texts: ['EPSG'], numbers: [4326], words: [], nodes: []}`. */
export interface WktNode {
  readonly keyword: string;
  /** Quoted texts in order; `""` inside one is a quote. */
  readonly texts: readonly string[];
  readonly numbers: readonly number[];
  /** Bare words: `north`, `ellipsoidal`. */
  readonly words: readonly string[];
  readonly nodes: readonly WktNode[];
}

const TOKEN = /\s*(?:"((?:[^"]|"")*)"|([[\](),])|([^\s[\](),"]+))/y;
const NUMBER = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?$/;
/** No CRS of the registries is deeper than 12. */
const MAX_DEPTH = 64;

/** Parses WKT 1 or 2; null when it is neither. */
export function parseWkt(text: string): WktNode | null {
  const tokens = tokenise(text);
  if (tokens === null) return null;
  const reader = { tokens, at: 0 };
  const node = readNode(reader, 0);
  return node !== null && reader.at === tokens.length ? node : null;
}

interface Token {
  readonly kind: 'text' | 'open' | 'close' | 'comma' | 'bare';
  readonly value: string;
}

interface Reader {
  readonly tokens: readonly Token[];
  at: number;
}

function tokenise(text: string): readonly Token[] | null {
  const trimmed = text.trim();
  const tokens: Token[] = [];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < trimmed.length) {
    const match = TOKEN.exec(trimmed);
    if (match === null) return null;
    tokens.push(tokenOf(match));
  }
  return tokens;
}

function tokenOf([, quoted, mark, bare]: RegExpExecArray): Token {
  if (quoted !== undefined) return { kind: 'text', value: quoted.replaceAll('""', '"') };
  if (mark === '[' || mark === '(') return { kind: 'open', value: mark };
  if (mark === ']' || mark === ')') return { kind: 'close', value: mark };
  return mark === ',' ? { kind: 'comma', value: mark } : { kind: 'bare', value: bare ?? '' };
}

function readNode(reader: Reader, depth: number): WktNode | null {
  const keyword = reader.tokens[reader.at];
  if (depth > MAX_DEPTH || keyword?.kind !== 'bare' || reader.tokens[reader.at + 1]?.kind !== 'open')
    return null;
  reader.at += 2;
  const node = {
    keyword: keyword.value.toUpperCase(),
    texts: [],
    numbers: [],
    words: [],
    nodes: [],
  } satisfies WktNode;
  return readMembers(reader, node, depth) ? node : null;
}

interface OpenNode {
  readonly texts: string[];
  readonly numbers: number[];
  readonly words: string[];
  readonly nodes: WktNode[];
}

function readMembers(reader: Reader, into: OpenNode, depth: number): boolean {
  for (;;) {
    const token = reader.tokens[reader.at];
    if (token === undefined || !readMember(reader, token, into, depth)) return false;
    const next = reader.tokens[reader.at++];
    if (next?.kind === 'close') return true;
    if (next?.kind !== 'comma') return false;
  }
}

function readMember(reader: Reader, token: Token, into: OpenNode, depth: number): boolean {
  if (token.kind === 'bare' && reader.tokens[reader.at + 1]?.kind === 'open') {
    const node = readNode(reader, depth + 1);
    if (node !== null) into.nodes.push(node);
    return node !== null;
  }
  reader.at += 1;
  if (token.kind === 'text') into.texts.push(token.value);
  else if (token.kind !== 'bare') return false;
  else if (NUMBER.test(token.value)) into.numbers.push(Number(token.value));
  else into.words.push(token.value);
  return true;
}
