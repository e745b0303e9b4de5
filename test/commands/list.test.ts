import { describe, expect, it } from 'vitest';
import { list } from '../../src/commands/list.ts';
import { configOf, Lab } from './lab.ts';

const ALWAYS = { condition: 'always', contentType: 'image/tiff' } as const;

async function labWith(...keys: readonly string[]): Promise<Lab> {
  const lab = new Lab();
  for (const key of keys) await lab.store.writeText(key, 'raster', ALWAYS);
  return lab;
}

describe('list', () => {
  it('writes and counts what the filters let through, and shows the first ten', async () => {
    const wanted = Array.from({ length: 12 }, (_, at) => `src/public_${String(at + 10)}.tif`);
    const lab = await labWith(...wanted, 'src/cdb_importer_1.tif', 'src/notes.txt', 'cogs/public_10_cog.tif');
    const { report } = await list({ ...lab.deps }, configOf({ RASTER_TYPE: 'public' }));
    expect(report.total).toEqual({ count: 12, bytes: 12 * 'raster'.length });
    expect(report.first.map(({ key }) => key)).toEqual(wanted.slice(0, 10));
    expect(lab.lists.get('raw_tiffs.txt')).toEqual(wanted);
  });

  it('takes no COG and no empty file for a source', async () => {
    const lab = await labWith('src/a.tif', 'src/cogs/a_cog.tif');
    await lab.store.writeText('src/empty.tif', '', ALWAYS);
    const config = configOf({ COG_PREFIX: 'src/cogs/' });
    expect((await list({ ...lab.deps }, config)).report.first).toEqual([{ key: 'src/a.tif', sizeBytes: 6 }]);
  });
});
