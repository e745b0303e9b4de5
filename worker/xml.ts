/** How an element begins. */
export interface XmlTag {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
}

/** An element of a PAM file; comments, processing instructions and document types are dropped. */
export interface XmlElement extends XmlTag {
  readonly children: readonly (XmlElement | string)[];
}

/** Is told the parts of a document in their order, all entities decoded. */
export interface XmlVisitor {
  readonly open: (tag: XmlTag) => void;
  readonly text: (text: string) => void;
  readonly close: (name: string) => void;
}

const TOKEN =
  /<!--[\s\S]*?-->|<\?[\s\S]*?\?>|<!\[CDATA\[([\s\S]*?)\]\]>|<!DOCTYPE[^>[]*(?:\[[^\]]*\])?[^>]*>|<\/([^\s>]+)\s*>|<([\p{L}_][\p{L}\p{N}_:.-]*)((?:\s+[\p{L}_][\p{L}\p{N}_:.-]*\s*=\s*(?:"[^"]*"|'[^']*'))*)\s*(\/?)>|([^<]+)/uy;
const ATTRIBUTE = /([^\s=]+)\s*=\s*(?:"([^"]*)"|'([^']*)')/g;
const ENTITIES: ReadonlyMap<string, string> = new Map([
  ['lt', '<'],
  ['gt', '>'],
  ['amp', '&'],
  ['quot', '"'],
  ['apos', "'"],
]);
const MAX_DEPTH = 64;

interface OpenElement extends XmlElement {
  readonly children: (XmlElement | string)[];
}

/** The root element with all entities decoded; null when the text is not XML. A tree takes 25 times the text: long ones are visited. */
export function parseXml(text: string): XmlElement | null {
  const root: OpenElement = { name: '', attributes: {}, children: [] };
  const open: OpenElement[] = [root];
  const isXml = visitXml(text, {
    open: (tag) => {
      const element = { ...tag, children: [] };
      open.at(-1)?.children.push(element);
      open.push(element);
    },
    text: (part) => open.at(-1)?.children.push(part),
    close: () => open.pop(),
  });
  return isXml ? (root.children.find((child) => typeof child !== 'string') ?? null) : null;
}

/** Goes through a document; false when the text is not XML, which may show at its end only. */
export function visitXml(text: string, visitor: XmlVisitor): boolean {
  const seen: Seen = { open: [], roots: 0, visitor };
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    if (token === null || !take(token, seen)) return false;
  }
  return seen.open.length === 0 && seen.roots === 1;
}

interface Seen {
  /** Names of the elements that are open. */
  readonly open: string[];
  roots: number;
  readonly visitor: XmlVisitor;
}

function take(token: RegExpExecArray, seen: Seen): boolean {
  const [, cdata, closing, name, attributes = '', selfClosing, plain] = token;
  const { open, visitor } = seen;
  if (open.length >= MAX_DEPTH) return false;
  if (name !== undefined) return takeElement({ name, attributes, isClosed: selfClosing === '/' }, seen);
  if (closing !== undefined) {
    visitor.close(closing);
    return open.pop() === closing;
  }
  if (cdata !== undefined) visitor.text(cdata);
  if (plain !== undefined) visitor.text(decode(plain));
  return true;
}

function takeElement(
  {
    name,
    attributes,
    isClosed,
  }: { readonly name: string; readonly attributes: string; readonly isClosed: boolean },
  seen: Seen,
): boolean {
  const named = attributesOf(attributes);
  if (named === null) return false;
  if (seen.open.length === 0) seen.roots += 1;
  seen.visitor.open({ name, attributes: named });
  if (isClosed) seen.visitor.close(name);
  else seen.open.push(name);
  return true;
}

/** Null when a name comes twice, in any case: XML forbids it, and of two GDAL reads the first. */
function attributesOf(text: string): Record<string, string> | null {
  // most elements of a long document are cells of a table
  if (text === '') return {};
  const pairs = [...text.matchAll(ATTRIBUTE)].map(
    ([, name = '', double, single]) => [name, decode(double ?? single ?? '')] as const,
  );
  const names = new Set(pairs.map(([name]) => name.toLowerCase()));
  return names.size === pairs.length ? Object.fromEntries(pairs) : null;
}

/** The attribute's value, its name in any case, as GDAL looks names up; undefined when there is none. */
export function attributeOf({ attributes }: XmlTag, name: string): string | undefined {
  return Object.entries(attributes).find(([one]) => one.toLowerCase() === name)?.[1];
}

function decode(text: string): string {
  return text.replace(
    /&(?:#x([0-9a-f]+)|#(\d+)|(\w+));/gi,
    (whole, hex?: string, decimal?: string, name?: string) => {
      if (name !== undefined) return ENTITIES.get(name) ?? whole;
      const code = hex === undefined ? Number(decimal) : Number.parseInt(hex, 16);
      return code > 0 && code <= 0x10ffff ? String.fromCodePoint(code) : '';
    },
  );
}

/** How an element begins, as text. */
export function openingTag({ name, attributes }: XmlTag): string {
  const pairs = Object.entries(attributes).map(([key, value]) => ` ${key}="${encodeXml(value)}"`);
  return `<${name}${pairs.join('')}>`;
}

/** Text as it stands between tags and in attributes. */
export function encodeXml(text: string): string {
  if (!/[&<>"]/.test(text)) return text;
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
