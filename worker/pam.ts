import { attributeOf, parseXml, serialiseXml, type XmlElement } from './xml.ts';

/** What is kept of a PAM file (`.aux.xml`), and what was left out. */
export interface FilteredPam {
  /** Null when nothing worth reading remains, or the file is no PAM file. */
  readonly text: string | null;
  readonly isReadable: boolean;
  readonly dropped: readonly string[];
}

/** Domains that hold values; OVERVIEWS, SUBDATASETS and GEOLOCATION name other files, which GDAL would open. */
const METADATA_DOMAINS = new Set(['', 'RPC', 'IMAGERY', 'IMAGE_STRUCTURE', 'xml:ESRI', 'xml:XMP']);

/**
 * Keeps what belongs to the raster (CRS, geotransform, names, tables) and drops what names other files,
 * and statistics and histograms: caches of pixels of unknown age, which GDAL makes anew when asked.
 */
export function filterPam(text: string): FilteredPam {
  const root = parseXml(text);
  if (root?.name !== 'PAMDataset') return { text: null, isReadable: false, dropped: [] };
  const dropped = new Set<string>();
  const kept = filtered(root, dropped);
  const isEmpty = kept.children.every((child) => typeof child === 'string');
  return { text: isEmpty ? null : serialiseXml(kept), isReadable: true, dropped: [...dropped] };
}

function filtered(element: XmlElement, dropped: Set<string>): XmlElement {
  const children: (XmlElement | string)[] = [];
  for (const child of element.children) {
    const reason = typeof child === 'string' ? null : unwanted(child);
    if (reason === null)
      children.push(
        typeof child === 'string' || !CONTAINERS.has(child.name.toLowerCase())
          ? child
          : filtered(child, dropped),
      );
    else dropped.add(reason);
  }
  return { ...element, children };
}

/** In lower case, because GDAL minds none. */
const CONTAINERS = new Set(['pamrasterband', 'metadata']);
const UNWANTED: ReadonlyMap<string, string> = new Map([
  ['histograms', 'histograms'],
  ['subdataset', 'subdatasets'],
]);

function unwanted(element: XmlElement): string | null {
  const name = element.name.toLowerCase();
  if (name === 'mdi') return unwantedItem(attributeOf(element, 'key') ?? '');
  if (name !== 'metadata') return UNWANTED.get(name) ?? null;
  const domain = attributeOf(element, 'domain') ?? '';
  return METADATA_DOMAINS.has(domain) ? null : `metadata domain ${domain}`;
}

function unwantedItem(key: string): string | null {
  if (/^STATISTICS_/i.test(key)) return 'statistics';
  return /^OVERVIEW_FILE$/i.test(key) ? 'names of other files' : null;
}
