import { describe, expect, it } from 'vitest';
import { readProvenance } from '../../src/bucket/provenance.ts';
import { serialiseResult, type FileResult } from '../../src/contract/result.ts';
import { MemoryObjectStore } from '../fakes/memory-object-store.ts';
import { COGS, fileResult, jobResult, RUN } from '../fakes/runs.ts';

const A = 'cogs/a_cog.tif';

/** A store with results, the last one the newest. */
async function storeOf(...results: readonly (readonly FileResult[])[]): Promise<MemoryObjectStore> {
  const store = new MemoryObjectStore();
  let now = 0;
  store.now = () => (now += 1000);
  for (const [at, files] of results.entries()) {
    const job = results.length - at;
    const text = serialiseResult(jobResult([...files], { job }));
    const key = `cogs/manifests/${RUN}-${String(job)}.result.json`;
    await store.writeText(key, text, { condition: 'always', contentType: 'application/json' });
  }
  return store;
}

describe('readProvenance', () => {
  it('tells the source of the newest conversion', async () => {
    const store = await storeOf(
      [fileResult('src/a.tif', { sourceEtag: 'old' })],
      [fileResult('src/a.tif', { sourceEtag: 'new' }), fileResult('src/b.tif')],
      [fileResult('src/a.tif', { outcome: 'skipped', sourceEtag: 'seen' })],
    );
    expect(await readProvenance(store, COGS, new Set([A, 'cogs/unknown_cog.tif']))).toEqual(
      new Map([[A, { source: 'src/a.tif', sourceEtag: 'new' }]]),
    );
  });

  it('tells of a result that cannot be read, and reads none when nothing is asked', async () => {
    const store = await storeOf([fileResult('src/a.tif')]);
    await store.writeText(`cogs/manifests/${RUN}-9.result.json`, '{', {
      condition: 'always',
      contentType: 'x',
    });
    const problems: string[] = [];
    const onUnreadable = (problem: string): unknown => problems.push(problem);
    expect((await readProvenance(store, COGS, new Set([A]), { onUnreadable })).size).toBe(1);
    expect(problems).toHaveLength(1);
    expect((await readProvenance(store, COGS, new Set(), { onUnreadable })).size).toBe(0);
    expect(problems).toHaveLength(1);
  });
});
