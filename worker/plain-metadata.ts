import { attributeOf, parseXml, type XmlElement } from './xml.ts';

/** What GDAL's metadata in a TIFF says of its bands that conversion minds. */
export interface PlainMetadata {
  /** By band from 0: `{STATISTICS_MINIMUM: '1.5', ...}`. */
  readonly statistics: ReadonlyMap<number, Readonly<Record<string, string>>>;
}

/** Roles that change what a band is; GDAL knows how. */
const HARMLESS_ROLES = new Set([undefined, 'description', 'scale', 'offset', 'unittype']);

/**
 * Reads `<GDALMetadata><Item name="STATISTICS_MINIMUM" sample="0">1</Item>...`. Null when it holds more than plain items.
 * @param text undefined = the file has none; null = it cannot be read
 */
export function plainMetadata(text: string | null | undefined): PlainMetadata | null {
  if (text === undefined) return { statistics: new Map() };
  const root = text === null ? null : parseXml(text);
  if (root?.name !== 'GDALMetadata') return null;
  const statistics = new Map<number, Record<string, string>>();
  for (const child of root.children) {
    if (typeof child === 'string') continue;
    if (!isPlain(child)) return null;
    note(child, statistics);
  }
  return { statistics };
}

function isPlain(item: XmlElement): boolean {
  return (
    item.name === 'Item' &&
    attributeOf(item, 'domain') === undefined &&
    HARMLESS_ROLES.has(attributeOf(item, 'role')) &&
    item.children.every((child) => typeof child === 'string')
  );
}

function note(item: XmlElement, statistics: Map<number, Record<string, string>>): void {
  const name = attributeOf(item, 'name') ?? '';
  const sample = attributeOf(item, 'sample');
  if (!name.startsWith('STATISTICS_') || sample === undefined) return;
  const band = statistics.get(Number(sample)) ?? {};
  statistics.set(Number(sample), { ...band, [name]: textOf(item) });
}

function textOf({ children }: XmlElement): string {
  return children.map((child) => (typeof child === 'string' ? child : '')).join('');
}
