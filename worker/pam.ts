import { attributeOf, encodeXml, openingTag, visitXml, type XmlTag, type XmlVisitor } from './xml.ts';

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
  const copy: Copy = { pieces: [], whole: [], states: [], dropped: new Set(), hasContent: false };
  const isReadable = visitXml(text, copier(copy)) && copy.root === 'PAMDataset';
  if (!isReadable) return { text: null, isReadable, dropped: [] };
  const dropped = [...copy.dropped];
  return { text: copy.hasContent ? joined(copy) : null, isReadable, dropped };
}

/** What becomes of an open element: its children are looked at, all kept as they are, or all left out. */
type State = 'looked at' | 'kept' | 'dropped';

interface Copy {
  root?: string;
  /** Joined now and then, for an attribute table has millions. */
  readonly pieces: string[];
  readonly whole: string[];
  readonly states: State[];
  readonly dropped: Set<string>;
  hasContent: boolean;
}

const MOST_PIECES = 10_000;

function copier(copy: Copy): XmlVisitor {
  const { states } = copy;
  return {
    open: (tag) => {
      const state = stateOf(copy, tag);
      states.push(state);
      if (state !== 'dropped') write(copy, openingTag(tag));
    },
    text: (text) => {
      if (states.length > 0 && states.at(-1) !== 'dropped') write(copy, encodeXml(text));
    },
    close: (name) => {
      if (states.pop() !== 'dropped') write(copy, `</${name}>`);
    },
  };
}

function stateOf(copy: Copy, tag: XmlTag): State {
  const above = copy.states.at(-1);
  if (above === undefined) {
    copy.root = tag.name;
    return 'looked at';
  }
  if (above !== 'looked at') return above;
  const reason = unwanted(tag);
  if (reason !== null) {
    copy.dropped.add(reason);
    return 'dropped';
  }
  copy.hasContent = true;
  return CONTAINERS.has(tag.name.toLowerCase()) ? 'looked at' : 'kept';
}

function write(copy: Copy, piece: string): void {
  copy.pieces.push(piece);
  if (copy.pieces.length === MOST_PIECES) copy.whole.push(copy.pieces.splice(0).join(''));
}

function joined({ whole, pieces }: Copy): string {
  return [...whole, ...pieces].join('');
}

/** In lower case, because GDAL minds none. */
const CONTAINERS = new Set(['pamrasterband', 'metadata']);
const UNWANTED: ReadonlyMap<string, string> = new Map([
  ['histograms', 'histograms'],
  ['subdataset', 'subdatasets'],
]);

function unwanted(element: XmlTag): string | null {
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
