import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { budgetOf, planFile, slotsOf, tooLarge, workOrder, type Resources } from '../../worker/schedule.ts';
import { makesPlainOverviews } from '../../worker/overview-memory.ts';
import { bandOf, headerOf } from './headers.ts';

const budget: Resources = { threads: 4, memoryMiB: 8000 };
const bands = (count: number, type = 'Byte'): { bands: readonly ReturnType<typeof bandOf>[] } => ({
  bands: Array.from({ length: count }, () => bandOf({ type })),
});
const large = headerOf({ width: 40_000, height: 40_000 });

describe('budgetOf', () => {
  it('keeps memory back for the worker itself', () => {
    expect(budgetOf({ vcpus: 2, memoryMiB: 4096 })).toEqual({ threads: 2, memoryMiB: 3896 });
  });

  it('leaves enough for one small raster in the smallest job', () => {
    const smallest = budgetOf({ vcpus: 1, memoryMiB: 1 });
    const plan = planFile(headerOf({ width: 10, height: 10 }), {
      budget: smallest,
      filesLeft: 1,
      fileTimeoutSeconds: null,
      sourceBytes: 100,
      pamBytes: 0,
      resampling: 'AVERAGE',
    });
    expect(smallest.threads).toBe(1);
    expect(plan.memoryMiB).toBeLessThanOrEqual(smallest.memoryMiB + 1);
  });
});

describe('planFile', () => {
  const plan = (
    header: Parameters<typeof planFile>[0],
    job: Partial<Parameters<typeof planFile>[1]> = {},
  ): ReturnType<typeof planFile> =>
    planFile(header, {
      budget,
      filesLeft: 100,
      fileTimeoutSeconds: null,
      sourceBytes: 1e12,
      pamBytes: 0,
      resampling: 'AVERAGE',
      ...job,
    });

  it('gives a small raster among many one thread', () => {
    expect(plan(headerOf()).threads).toBe(1);
  });

  it('gives a large one all threads, however many files are left', () => {
    expect(plan(large).threads).toBe(4);
  });

  it('shares the threads between the last files, but gives none more threads than it has tiles', () => {
    const middling = headerOf({ width: 5000, height: 5000 });
    expect(plan(middling, { filesLeft: 2 }).threads).toBe(2);
    expect(plan(middling, { filesLeft: 1 }).threads).toBe(4);
    expect(plan(headerOf({ width: 600, height: 512 }), { filesLeft: 1 }).threads).toBe(2);
  });

  it('gives up threads where their tiles would not fit the memory', () => {
    const manyBands = headerOf({ width: 3000, height: 3000, ...bands(500, 'Float32') });
    const fitted = plan(manyBands, { budget: { threads: 16, memoryMiB: 4000 } });
    expect(fitted.memoryMiB).toBeLessThanOrEqual(4000);
    expect(fitted.threads).toBe(1);
  });

  it('refuses no raster for its overviews alone, but gives it all memory', () => {
    const one = { budget: { threads: 4, memoryMiB: 3896 } };
    const hyperspectral = headerOf({ width: 3000, height: 3000, ...bands(1000, 'Float32') });
    expect(plan(hyperspectral, one)).toMatchObject({ threads: 1, memoryMiB: 3896 });
    const tooMany = headerOf({ width: 3000, height: 3000, ...bands(1500, 'Float32') });
    expect(plan(tooMany, one).memoryMiB).toBeGreaterThan(3896);
  });

  it('counts what overviews take of a method that weighs more pixels, and none where none are made', () => {
    const need = (resampling: string | null, side = 3000): number =>
      plan(headerOf({ width: side, height: side, ...bands(3) }), { resampling }).memoryMiB;
    expect(need('CUBIC')).toBeGreaterThan(need('AVERAGE') + 40);
    expect(need(null)).toBeLessThan(need('AVERAGE'));
    expect(need('CUBIC', 512)).toBe(need(null, 512));
  });

  it('gives a compressed raster the cache that holds it decoded, within its share of the memory', () => {
    const landsat = headerOf({ width: 3474, height: 3474, compression: 'DEFLATE', ...bands(6) });
    const rawMiB = (3474 * 3474 * 6) / 2 ** 20;
    const whole = plan(landsat);
    expect(whole.cacheMiB).toBeGreaterThan(1.2 * rawMiB);
    expect(makesPlainOverviews(landsat, whole.cacheMiB)).toBe(true);
    const narrow = plan(landsat, { budget: { threads: 4, memoryMiB: 800 } });
    expect(narrow.cacheMiB).toBeLessThan(rawMiB);
    expect(narrow.memoryMiB).toBeLessThanOrEqual(200);
    // each of its blocks would be decoded six times
    expect(makesPlainOverviews(landsat, narrow.cacheMiB)).toBe(false);
    expect(makesPlainOverviews(headerOf({ compression: 'DEFLATE', ...bands(1) }), narrow.cacheMiB)).toBe(
      true,
    );
  });

  it('caches no more than rows of tiles of what is large, or costs nothing to read again', () => {
    const uncompressed = headerOf({ width: 3474, height: 3474, ...bands(6) });
    const [plain, compressed] = [plan(uncompressed), plan({ ...large, compression: 'LZW' })];
    expect(plain.cacheMiB).toBeLessThan(40);
    expect(makesPlainOverviews(uncompressed, plain.cacheMiB)).toBe(true);
    expect(compressed.cacheMiB).toBe(plan(large).cacheMiB);
  });

  it('says why', () => {
    const because = (option: string, ...job: Parameters<typeof plan>): string | undefined =>
      plan(...job).decisions.find((one) => one.option === option)?.because;
    const threads = because.bind(null, 'NUM_THREADS');
    const two = headerOf({ width: 600, height: 512 });
    const manyBands = headerOf({ width: 3000, height: 3000, ...bands(500, 'Float32') });
    expect(threads(headerOf())).toBe('other files keep the other threads busy');
    expect(threads(large)).toBe('a large raster');
    expect(threads(headerOf({ width: 5000, height: 5000 }), { filesLeft: 1 })).toBe('few files are left');
    expect(threads(two, { filesLeft: 1 })).toBe('one for each of its blocks');
    const crowded = { budget: { threads: 16, memoryMiB: 4000 } };
    expect(threads(manyBands, crowded)).toBe('the tiles of more threads would not fit the memory');
  });

  it('says where its memory goes and what its time is', () => {
    const [, memory, timeout] = plan(large, { filesLeft: 1 }).decisions;
    expect(memory?.value).toBe(`${String(plan(large, { filesLeft: 1 }).memoryMiB)} MiB`);
    expect(memory?.because).toMatch(/^GDAL 64, tiles or overviews in the making \d+, cache \d+$/);
    expect(timeout).toEqual({
      option: 'FILE_TIMEOUT',
      value: '1363 s',
      because: '600 s, and one for each 2 MiB of 1526 MiB of pixels',
    });
    const set = plan(large, { fileTimeoutSeconds: 7 }).decisions.at(-1);
    expect(set).toEqual({ option: 'FILE_TIMEOUT', value: '7 s', because: 'set' });
    const hundreds = plan(headerOf({ width: 3000, height: 3000, ...bands(1500, 'Float32') }));
    expect(hundreds.decisions[1]).toEqual({
      option: 'memory',
      value: `${String(budget.memoryMiB)} MiB`,
      because: 'all of the job, for its overviews or attribute table may need so much',
    });
  });

  it('says by its memory that a raster fits with no number of threads', () => {
    const tooMany = headerOf({ width: 3000, height: 3000, ...bands(5000, 'Float32') });
    expect(plan(tooMany).memoryMiB).toBeGreaterThan(budget.memoryMiB);
  });

  it('tells what does not fit, and into what', () => {
    const header = headerOf({ bands: [bandOf({ block: [9000, 8000] })] });
    expect(tooLarge(header, { threads: 1, memoryMiB: 9001 }, budget)).toMatchObject({
      code: 'does-not-fit',
      message: 'needs 9001 MiB (bands: 1, blocks of 9000 x 8000 pixels), the job has 8000',
    });
  });

  it('allows more time for more pixels, within what a timer can count, unless a limit is set', () => {
    expect(plan(headerOf()).timeoutMs).toBeLessThan(plan(large).timeoutMs);
    const huge = headerOf({ width: 10_000_000, height: 10_000_000 });
    expect(plan(huge).timeoutMs).toBe(2 ** 31 - 1);
    expect(plan(huge, { fileTimeoutSeconds: 30 }).timeoutMs).toBe(30_000);
  });

  it('never plans more memory or threads than the job has for rasters of few bands', () => {
    const anyPlan = fc.record({
      width: fc.integer({ min: 1, max: 300_000 }),
      height: fc.integer({ min: 1, max: 300_000 }),
      count: fc.integer({ min: 1, max: 40 }),
      type: fc.constantFrom('Byte', 'UInt16', 'Float32', 'CFloat64'),
      vcpus: fc.integer({ min: 1, max: 96 }),
      filesLeft: fc.integer({ min: 0, max: 1000 }),
    });
    fc.assert(
      fc.property(anyPlan, ({ width, height, count, type, vcpus, filesLeft }) => {
        const job = budgetOf({ vcpus, memoryMiB: 2048 * vcpus });
        const planned = plan(headerOf({ width, height, ...bands(count, type) }), { budget: job, filesLeft });
        expect(planned.threads).toBeGreaterThanOrEqual(1);
        expect(planned.threads).toBeLessThanOrEqual(job.threads);
        expect(planned.memoryMiB).toBeLessThanOrEqual(job.memoryMiB);
        expect(planned.cacheMiB).toBeLessThan(planned.memoryMiB);
      }),
      { seed: 7, numRuns: 300 },
    );
  });
});

describe('workOrder', () => {
  const order = (sizes: readonly number[]): readonly string[] => {
    const files = sizes.map((size, at) => ({ name: 'abcdef'.charAt(at), size }));
    const given = [...files];
    const names = workOrder(files, { threads: 2, memoryMiB: 1000 }).map(({ name }) => name);
    expect(files).toEqual(given);
    return names;
  };

  it('puts the smallest first, one for each thread, then the largest', () => {
    expect(order([1, 5, 4, 3, 2, 6])).toEqual(['a', 'e', 'f', 'b', 'c', 'd']);
  });

  it('keeps the order of equals', () => {
    expect(order([7, 7, 7, 7])).toEqual(['a', 'b', 'c', 'd']);
    expect(order([7])).toEqual(['a']);
  });
});

describe('slotsOf', () => {
  it('keeps more files in flight than convert', () => {
    expect(slotsOf(budget)).toBeGreaterThan(budget.threads);
  });
});
