import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { cogKey } from '../../src/contract/naming.ts';
import { InventoryBuilder, type Inventory } from '../../src/plan/inventory.ts';
import { finished } from './finished.ts';
import type { ListedObject } from '../../src/plan/page-cursor.ts';
import { EXAMPLES_KEPT } from '../../src/plan/rows.ts';
import type { Selection } from '../../src/plan/select.ts';

const everything: Selection = {
  sourcePrefix: 'src/',
  cogPrefix: 'cogs/',
  rasterType: 'both',
  filenameFilter: null,
  keys: null,
};

function object(key: string, change: Partial<ListedObject> = {}): ListedObject {
  return { key, sizeBytes: 100, etag: `etag of ${key}`, modifiedMs: 1_000, ...change };
}

function inventoryOf(objects: readonly ListedObject[], selection: Selection = everything): Inventory {
  const builder = new InventoryBuilder(selection);
  const sorted = objects.toSorted((a, b) => Buffer.compare(Buffer.from(a.key), Buffer.from(b.key)));
  builder.addSources(sorted.filter(({ key }) => key.startsWith(selection.sourcePrefix)));
  builder.addCogs(sorted.filter(({ key }) => key.startsWith(selection.cogPrefix)));
  return finished(builder);
}

const sourcesOf = (rows: Iterable<{ readonly source: string }>): string[] =>
  [...rows].map(({ source }) => source);

describe('InventoryBuilder', () => {
  it('plans a source without COG with its size, ETag and target', () => {
    const { pending, converted } = inventoryOf([object('src/africa/public_rain.TIF', { sizeBytes: 7 })]);
    expect([...pending]).toEqual([
      {
        source: 'src/africa/public_rain.TIF',
        size: 7,
        etag: 'etag of src/africa/public_rain.TIF',
        target: 'cogs/africa/rain_cog.tif',
      },
    ]);
    expect(pending.bytes).toBe(7);
    expect(converted).toBe(0);
  });

  it('counts a source as converted when its COG exists', () => {
    const { sources, pending, converted, existing, cogs } = inventoryOf([
      object('src/a.tif'),
      object('src/b.tif'),
      object('cogs/a_cog.tif', { sizeBytes: 40 }),
      object('cogs/of-nobody_cog.tif', { sizeBytes: 2 }),
    ]);
    expect({ sources, converted, cogs }).toEqual({
      sources: { count: 2, bytes: 200 },
      converted: 1,
      cogs: { count: 2, bytes: 42 },
    });
    expect(sourcesOf(pending)).toEqual(['src/b.tif']);
    expect(sourcesOf(existing)).toEqual(['src/a.tif']);
  });

  it('names a source newer than its COG, with the ETag of the COG to replace', () => {
    const { stale, converted, pending } = inventoryOf([
      object('src/new.tif', { modifiedMs: 2_001 }),
      object('src/same.tif', { modifiedMs: 2_000 }),
      object('cogs/new_cog.tif', { modifiedMs: 2_000, etag: 'old cog' }),
      object('cogs/same_cog.tif', { modifiedMs: 2_000 }),
    ]);
    expect([...stale]).toMatchObject([{ source: 'src/new.tif', replaces: 'old cog' }]);
    expect(converted).toBe(2);
    expect(pending.length).toBe(0);
  });

  it('keeps all sources of one target out of pending and names them', () => {
    const { collisions, collided, pending, converted } = inventoryOf([
      object('src/cdb_importer_x.tif'),
      object('src/other/x.tif'),
      object('src/public_x.tif'),
      object('src/x.TIFF'),
      object('cogs/x_cog.tif', { modifiedMs: 1 }),
    ]);
    expect([...collisions]).toEqual([
      {
        target: 'cogs/x_cog.tif',
        sources: ['src/cdb_importer_x.tif', 'src/public_x.tif', 'src/x.TIFF'],
        selected: 3,
      },
    ]);
    expect(sourcesOf(collided)).toEqual(collisions.at(0)?.sources);
    expect(sourcesOf(pending)).toEqual(['src/other/x.tif']);
    expect(converted).toBe(0);
  });

  it('keeps sources apart of which no COG can be written, as its key would be too long', () => {
    const folder = 'f/'.repeat(400);
    const fits = `src/${folder}${'x'.repeat(1024 - 'cogs/_cog.tif'.length - folder.length)}.tif`;
    const [long, collided, converted] = ['y', 'z', 'w'].map((letter) => fits.replace('x', `${letter}x`));
    const { unnameable, pending, existing, sources } = inventoryOf([
      ...[fits, long, collided, converted].map((key) => object(String(key))),
      object(String(collided).replace(/zx+/, 'public_$&')),
      object(cogKey(String(converted), everything), { modifiedMs: 5_000 }),
    ]);
    expect(sourcesOf(unnameable)).toEqual([long]);
    expect(sourcesOf(pending)).toEqual([fits]);
    expect(sourcesOf(existing)).toEqual([converted]);
    expect(sources.count).toBe(5);
  });

  it('finds a collision with a source that the selection leaves out', () => {
    const selection: Selection = { ...everything, rasterType: 'public' };
    const { collisions, pending, leftOut } = inventoryOf(
      [object('src/public_x.tif'), object('src/x.tif'), object('src/public_y.tif')],
      selection,
    );
    expect([...collisions]).toMatchObject([{ target: 'cogs/x_cog.tif', selected: 1 }]);
    expect(sourcesOf(pending)).toEqual(['src/public_y.tif']);
    expect(leftOut.count).toBe(1);
  });

  it('counts and names rasters of 0 bytes but never plans them', () => {
    const { sources, empty, leftOut } = inventoryOf([
      object('src/folder/', { sizeBytes: 0 }),
      object('src/nothing.tif', { sizeBytes: 0 }),
      object('src/readme.txt'),
    ]);
    expect(sources.count).toBe(0);
    expect(leftOut.count).toBe(0);
    expect(empty).toMatchObject({ count: 1, examples: ['src/nothing.tif'] });
  });

  it('names the wanted keys that are no source', () => {
    const keys = new Set(['src/a.tif', 'src/gone.tif', 'src/a.txt']);
    const { sources, notFound } = inventoryOf([object('src/a.tif'), object('src/b.tif')], {
      ...everything,
      keys,
    });
    expect(sources.count).toBe(1);
    expect(notFound).toMatchObject({ count: 2, examples: ['src/gone.tif', 'src/a.txt'] });
  });

  it('caps the examples, not the count', () => {
    const many = Array.from({ length: 50 }, (_, at) => object(`src/${String(at)}.tif`, { sizeBytes: 0 }));
    const { empty } = inventoryOf(many);
    expect(empty.count).toBe(50);
    expect(empty.examples).toHaveLength(EXAMPLES_KEPT);
  });

  it('adds the sidecars to the planned file', () => {
    const { pending } = inventoryOf(
      ['src/a.tfw', 'src/a.tif', 'src/a.tif.aux.xml', 'src/b.tif'].map((key) => object(key)),
    );
    expect([...pending].map(({ sidecars }) => sidecars)).toEqual([
      ['src/a.tfw', 'src/a.tif.aux.xml'],
      undefined,
    ]);
  });

  it('takes both from one listing when the COG prefix lies inside the source prefix', () => {
    const builder = new InventoryBuilder({ ...everything, cogPrefix: 'src/cogs/' });
    builder.addAll(
      ['src/a.tif', 'src/b.tif', 'src/cogs/a_cog.tif', 'src/cogs/manifests/r-1.json', 'src/cogs/raw.tif'].map(
        (key) => object(key),
      ),
    );
    const { sources, converted, pending } = finished(builder);
    expect({ count: sources.count, converted }).toEqual({ count: 2, converted: 1 });
    expect(sourcesOf(pending)).toEqual(['src/b.tif']);
  });

  it('finds the COGs of a source folder called manifests', () => {
    const { converted, cogs } = inventoryOf([
      object('src/manifests/a.tif'),
      object('cogs/manifests/a_cog.tif'),
      object('cogs/manifests/run-1.json'),
    ]);
    expect(converted).toBe(1);
    expect(cogs.count).toBe(1);
  });

  it('tells the bytes of a pending source without making its row', () => {
    const { pending } = inventoryOf([object('src/a.tif', { sizeBytes: 7 })]);
    expect([pending.sizeAt(0), pending.sizeAt(1), pending.at(1)]).toEqual([7, 0, undefined]);
  });

  it('gives collisions in key order of their first source', () => {
    const { collisions } = inventoryOf(
      ['src/a.tif', 'src/a.tiff', 'src/b.tif', 'src/b.tiff', 'src/b.TIF', 'src/public_a.tif'].map((key) =>
        object(key),
      ),
    );
    expect([...collisions].map(({ sources }) => sources)).toEqual([
      ['src/a.tif', 'src/a.tiff', 'src/public_a.tif'],
      ['src/b.TIF', 'src/b.tif', 'src/b.tiff'],
    ]);
  });

  it('lists selected sources and COGs in key order', () => {
    const inventory = inventoryOf([object('src/b.tif'), object('src/a.tif'), object('cogs/a_cog.tif')]);
    expect([...inventory.sourceRows].map(({ key }) => key)).toEqual(['src/a.tif', 'src/b.tif']);
    expect([...inventory.cogRows].map(({ key }) => key)).toEqual(['cogs/a_cog.tif']);
  });
});

const pieces = ['a', 'b', 'public_', 'cdb_importer_', '/', '.', 'é', '😀', '\uffff', ' ', '_cog', '\n'];
const names = fc.array(fc.constantFrom(...pieces), { maxLength: 4 }).map((parts) => parts.join(''));
const sourceKeys = fc
  .tuple(names, fc.constantFrom('.tif', '.TIFF', '.tiff', '.tfw', '.txt'))
  .map(([name, suffix]) => `src/${name}${suffix}`);
const cogKeys = names.map((name) => `cogs/${name}_cog.tif`);
const objects = fc
  .uniqueArray(fc.oneof(sourceKeys, cogKeys), { maxLength: 60 })
  .chain((keys) =>
    fc.tuple(
      ...keys.map((key) =>
        fc.record({ sizeBytes: fc.nat(3), modifiedMs: fc.nat(3) }).map((change) => object(key, change)),
      ),
    ),
  );

const isSource = ({ key, sizeBytes }: ListedObject): boolean =>
  sizeBytes > 0 && /^src\/.*\.tiff?$/is.test(key);

/** The same decisions over plain lists. */
function plainInventory(all: readonly ListedObject[]): Record<string, string[]> {
  const sources = all.filter(isSource);
  const cogOf = (source: ListedObject): ListedObject | undefined =>
    all.find(({ key }) => key === cogKey(source.key, everything));
  const isAlone = (source: ListedObject): boolean =>
    sources.filter(({ key }) => cogKey(key, everything) === cogKey(source.key, everything)).length === 1;
  const alone = sources.filter(isAlone);
  const existing = alone.filter((source) => cogOf(source) !== undefined);
  const found = {
    pending: alone.filter((source) => cogOf(source) === undefined),
    existing,
    stale: existing.filter((source) => source.modifiedMs > (cogOf(source)?.modifiedMs ?? Infinity)),
    collided: sources.filter((source) => !isAlone(source)),
  };
  return Object.fromEntries(
    Object.entries(found).map(([name, rows]) => [name, rows.map(({ key }) => key).sort()]),
  );
}

/** COGs that no source becomes, over plain lists. */
function plainSourceless(all: readonly ListedObject[]): string[] {
  const targets = new Set(all.filter(isSource).map(({ key }) => cogKey(key, everything)));
  return all.map(({ key }) => key).filter((key) => /^cogs\/.*_cog\.tif$/s.test(key) && !targets.has(key));
}

describe('an inventory of random keys', () => {
  it('finds the COGs whose source is not there', () => {
    fc.assert(
      fc.property(objects, (all) => {
        expect([...inventoryOf(all).sourceless].sort()).toEqual(plainSourceless(all).sort());
      }),
    );
  });

  it('equals one made with plain Maps', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const { pending, stale, existing, collided } = inventoryOf(all);
        const compact = Object.fromEntries(
          Object.entries({ pending, stale, existing, collided }).map(([name, rows]) => [
            name,
            sourcesOf(rows).sort(),
          ]),
        );
        expect(compact).toEqual(plainInventory(all));
      }),
    );
  });

  it('puts every selected source into exactly one place', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const { sources, pending, converted, collided } = inventoryOf(all);
        expect(converted + pending.length + collided.length).toBe(sources.count);
      }),
    );
  });

  it('gives pending sources targets that no two share', () => {
    fc.assert(
      fc.property(objects, (all) => {
        const targets = [...inventoryOf(all).pending].map(({ target }) => target);
        expect(new Set(targets).size).toBe(targets.length);
      }),
    );
  });
});
