import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_OPTIONS } from '../../src/contract/options.ts';
import {
  estimateJobs,
  planConvert,
  type ConvertPlan,
  type ConvertRequest,
} from '../../src/plan/convert-plan.ts';
import { FileHistory } from '../../src/plan/file-history.ts';
import { InventoryBuilder } from '../../src/plan/inventory.ts';
import type { ListedObject } from '../../src/plan/page-cursor.ts';
import { finished } from './finished.ts';

/** `b` is stale, `c` converted, `x` collides; `a`, `d` and `e` are pending. */
const SOURCES = ['a', 'b', 'c', 'd', 'e', 'public_x', 'x'];

function requestOf(change: Partial<ConvertRequest> = {}, pages = [SOURCES]): ConvertRequest {
  const builder = new InventoryBuilder({
    sourcePrefix: 'src/',
    cogPrefix: 'cogs/',
    rasterType: 'both',
    filenameFilter: null,
    keys: null,
  });
  const object = (key: string, modifiedMs: number): ListedObject => ({
    key,
    sizeBytes: 10,
    etag: `of ${key}`,
    modifiedMs,
  });
  builder.addCogs([object('cogs/b_cog.tif', 1), object('cogs/c_cog.tif', 3)]);
  for (const page of pages) builder.addSources(page.map((name) => object(`src/${name}.tif`, 2)));
  return {
    inventory: finished(builder),
    options: DEFAULT_OPTIONS,
    inFlight: new Set(),
    history: new FileHistory(),
    stale: false,
    retryFailed: false,
    limit: null,
    filesPerJob: 50,
    maxJobBytes: null,
    slots: null,
    ...change,
  };
}

const namesIn = ({ jobs }: ConvertPlan): string[] =>
  [...jobs]
    .flat()
    .map(({ source }) => source.slice('src/'.length, -'.tif'.length))
    .sort();
const leftOutOf = ({ leftOut }: ConvertPlan): [string, number, readonly string[]][] =>
  leftOut.map(({ why, count, examples }) => [why, count, examples]);

describe('planConvert', () => {
  it('takes what is pending and names what it leaves out', () => {
    const plan = planConvert(requestOf());
    expect(namesIn(plan)).toEqual(['a', 'd', 'e']);
    expect({ files: plan.files, bytes: plan.bytes }).toEqual({ files: 3, bytes: 30 });
    expect(leftOutOf(plan)).toEqual([
      ['collision', 2, ['src/public_x.tif', 'src/x.tif']],
      ['stale', 1, ['src/b.tif']],
    ]);
  });

  it('leaves out what can have no COG, whatever is asked', () => {
    const long = 'd'.repeat(1_020);
    for (const overwrite of [true, false]) {
      const options = { ...DEFAULT_OPTIONS, overwrite };
      const plan = planConvert(requestOf({ options, stale: true }, [['a', long]]));
      expect(namesIn(plan)).toEqual(['a']);
      expect(leftOutOf(plan)).toEqual([['key-too-long', 1, [`src/${long}.tif`]]]);
    }
  });

  it('converts stale sources again when asked, each to replace the COG that was seen', () => {
    const plan = planConvert(requestOf({ stale: true }));
    expect(namesIn(plan)).toEqual(['a', 'b', 'd', 'e']);
    expect([...plan.jobs].flat().find(({ source }) => source === 'src/b.tif')?.replaces).toBe(
      'of cogs/b_cog.tif',
    );
    expect(plan.leftOut.map(({ why }) => why)).toEqual(['collision']);
  });

  it('takes everything but collisions with OVERWRITE', () => {
    const plan = planConvert(requestOf({ options: { ...DEFAULT_OPTIONS, overwrite: true } }));
    expect(namesIn(plan)).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect(plan.leftOut.map(({ why }) => why)).toEqual(['collision']);
  });

  it('passes over what was done a moment ago, without a word', () => {
    const options = { ...DEFAULT_OPTIONS, overwrite: true };
    const plan = planConvert(requestOf({ options, without: new Set(['src/a.tif', 'src/c.tif']), limit: 2 }));
    expect(namesIn(plan)).toEqual(['b', 'd']);
    expect(leftOutOf(plan).at(-1)).toEqual(['beyond-limit', 1, ['src/e.tif']]);
  });

  it('does not submit files that are under way', () => {
    const plan = planConvert(requestOf({ inFlight: new Set(['src/a.tif', 'src/gone.tif']) }));
    expect(namesIn(plan)).toEqual(['d', 'e']);
    expect(leftOutOf(plan)[0]).toEqual(['in-flight', 1, ['src/a.tif']]);
  });

  it('leaves out what would fail again, unless asked to try', () => {
    const history: ConvertRequest['history'] = {
      hasSlow: false,
      slowSeconds: () => null,
      failures: { size: 1 },
      isKnownFailure: (source, etag, options) =>
        source === 'src/d.tif' && etag === 'of src/d.tif' && options === DEFAULT_OPTIONS,
    };
    const plan = planConvert(requestOf({ history }));
    expect(namesIn(plan)).toEqual(['a', 'e']);
    expect(leftOutOf(plan)[0]).toEqual(['known-failure', 1, ['src/d.tif']]);
    expect(namesIn(planConvert(requestOf({ history, retryFailed: true })))).toEqual(['a', 'd', 'e']);
  });

  it('takes the first files in key order with a limit, after all other rules', () => {
    const plan = planConvert(requestOf({ limit: 2, stale: true, inFlight: new Set(['src/a.tif']) }));
    expect(namesIn(plan)).toEqual(['b', 'd']);
    expect(leftOutOf(plan).at(-1)).toEqual(['beyond-limit', 1, ['src/e.tif']]);
  });

  it('plans nothing with limit 0, and no job', () => {
    const plan = planConvert(requestOf({ limit: 0 }));
    expect({ files: plan.files, jobs: plan.jobs.length }).toEqual({ files: 0, jobs: 0 });
  });

  it('is the same however the listing was cut into pages', () => {
    const whole = planConvert(requestOf({ filesPerJob: 2 }));
    fc.assert(
      fc.property(fc.array(fc.nat(SOURCES.length)), (cuts) => {
        const bounds = [0, ...cuts.sort((a, b) => a - b), SOURCES.length];
        const pages = bounds.slice(1).map((to, at) => SOURCES.slice(bounds[at], to));
        const plan = planConvert(requestOf({ filesPerJob: 2 }, pages));
        expect([...plan.jobs]).toEqual([...whole.jobs]);
        expect(plan.leftOut).toEqual(whole.leftOut);
      }),
    );
  });
});

describe('estimateJobs', () => {
  it('rounds up', () => {
    expect([0, 1, 50, 51, 2321].map((files) => estimateJobs(files, 50))).toEqual([0, 1, 1, 2, 47]);
  });
});
