/** An element of a PAM file; comments, processing instructions and document types are dropped. */
export interface XmlElement {
  readonly name: string;
  readonly attributes: Readonly<Record<string, string>>;
  readonly children: readonly (XmlElement | string)[];
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

/** The root element with all entities decoded; null when the text is not XML. */
export function parseXml(text: string): XmlElement | null {
  const root: OpenElement = { name: '', attributes: {}, children: [] };
  const open: OpenElement[] = [root];
  TOKEN.lastIndex = 0;
  while (TOKEN.lastIndex < text.length) {
    const token = TOKEN.exec(text);
    if (token === null || !take(token, open)) return null;
  }
  const elements = root.children.filter((child) => typeof child !== 'string');
  return open.length === 1 && elements.length === 1 ? (elements[0] ?? null) : null;
}

function take(token: RegExpExecArray, open: OpenElement[]): boolean {
  const [, cdata, closing, name, attributes, selfClosing, plain] = token;
  const top = open.at(-1);
  if (top === undefined || open.length > MAX_DEPTH) return false;
  if (closing !== undefined) return open.length > 1 && open.pop()?.name === closing;
  if (name === undefined) {
    top.children.push(
      ...[cdata, plain === undefined ? undefined : decode(plain)].filter((text) => text !== undefined),
    );
    return true;
  }
  const element = elementOf(name, attributes);
  if (element === null) return false;
  top.children.push(element);
  if (selfClosing !== '/') open.push(element);
  return true;
}

function elementOf(name: string, attributes = ''): OpenElement | null {
  const named = attributesOf(attributes);
  return named === null ? null : { name, attributes: named, children: [] };
}

/** Null when a name comes twice, in any case: XML forbids it, and of two GDAL reads the first. */
function attributesOf(text: string): Record<string, string> | null {
  const pairs = [...text.matchAll(ATTRIBUTE)].map(
    ([, name = '', double, single]) => [name, decode(double ?? single ?? '')] as const,
  );
  const names = new Set(pairs.map(([name]) => name.toLowerCase()));
  return names.size === pairs.length ? Object.fromEntries(pairs) : null;
}

/** The attribute's value, its name in any case, as GDAL looks names up; undefined when there is none. */
export function attributeOf({ attributes }: XmlElement, name: string): string | undefined {
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

/** The element as text. */
export function serialiseXml(element: XmlElement): string {
  const attributes = Object.entries(element.attributes).map(([name, value]) => ` ${name}="${encode(value)}"`);
  const children = element.children.map((child) =>
    typeof child === 'string' ? encode(child) : serialiseXml(child),
  );
  return `<${element.name}${attributes.join('')}>${children.join('')}</${element.name}>`;
}

function encode(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll('"', '&quot;');
}
