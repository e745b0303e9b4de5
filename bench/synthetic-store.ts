import type { ObjectInfo, ObjectStore } from '../src/storage/object-store.ts';

const PAGE_KEYS = 1000;
const NAME_DIGITS = 8;
const KIB = 1024;

/** Prefixes of the synthetic bucket; the Python tool's own. */
export const SYNTHETIC = {
  sourcePrefix: 'cartodb_exports/rasters/',
  cogPrefix: 'cartodb_exports/cogs/',
} as const;

/** Sources `public_raster_00000000.tif` ... and the COGs of the first of them, made page by page while they are listed. */
export function syntheticStore(sources: number, cogs: number): Pick<ObjectStore, 'list' | 'maxNameBytes'> {
  return {
    maxNameBytes: Infinity,
    list: (prefix) =>
      prefix === SYNTHETIC.cogPrefix
        ? pages(cogs, (name) => `${SYNTHETIC.cogPrefix}raster_${name}_cog.tif`)
        : pages(sources, (name) => `${SYNTHETIC.sourcePrefix}public_raster_${name}.tif`),
  };
}

async function* pages(count: number, keyOf: (name: string) => string): AsyncGenerator<ObjectInfo[]> {
  for (let from = 0; from < count; from += PAGE_KEYS) {
    const length = Math.min(PAGE_KEYS, count - from);
    yield await Promise.resolve(Array.from({ length }, (_, at) => objectOf(from + at, keyOf)));
  }
}

function objectOf(index: number, keyOf: (name: string) => string): ObjectInfo {
  return {
    key: keyOf(String(index).padStart(NAME_DIGITS, '0')),
    sizeBytes: KIB * (1 + (index % 50_000)),
    etag: etagOf(index),
    modifiedMs: 1_700_000_000_000 + (index % 100_000) * 1000,
  };
}

/** 32 hexadecimal digits that look random, as MD5 does. */
export function etagOf(index: number): string {
  const words = [1, 2, 3, 4].map(
    (salt) => Math.imul(index + salt, 0x9e3779b1) ^ Math.imul(index, 0x85ebca6b * salt),
  );
  return words.map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
}
