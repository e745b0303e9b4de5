import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packJobs as packWithin, type PackedJobs, type PackLimits } from '../../src/plan/pack.ts';
import type { PlannedFile } from '../../src/plan/planned-rows.ts';

function filesOf(sizes: readonly number[]): PlannedFile[] {
  return sizes.map((size, at) => {
    const name = String(at).padStart(6, '0');
    return { source: `src/${name}.tif`, size, etag: name, target: `cogs/${name}_cog.tif` };
  });
}

function packJobs(
  files: readonly PlannedFile[],
  filesPerJob: number,
  more: Partial<PackLimits> = {},
): PackedJobs {
  return packWithin(files, { filesPerJob, maxJobBytes: null, slots: null, ...more });
}

const bytesOf = (files: readonly PlannedFile[]): number => files.reduce((sum, { size }) => sum + size, 0);

describe('packJobs', () => {
  it('makes as many jobs as the files need', () => {
    const jobs = packJobs(filesOf(Array.from({ length: 101 }, () => 1)), 50);
    expect([...jobs].map((files) => files.length)).toEqual([34, 34, 33]);
  });

  it('makes no job of nothing', () => {
    expect([...packJobs([], 50)]).toEqual([]);
  });

  it('spreads the bytes, biggest job and biggest file first', () => {
    const jobs = packJobs(filesOf([1, 2, 3, 9, 10, 12]), 2);
    expect([...jobs].map((files) => files.map(({ size }) => size))).toEqual([
      [12, 1],
      [10, 2],
      [9, 3],
    ]);
  });

  it('keeps key order where sizes are equal', () => {
    const [job] = packJobs(filesOf([5, 5, 5]), 3);
    expect(job?.map(({ source }) => source)).toEqual(['src/000000.tif', 'src/000001.tif', 'src/000002.tif']);
  });

  it('tells files and bytes of a job without making its files', () => {
    const jobs = packJobs(filesOf([4, 1, 1]), 2);
    expect([jobs.length, jobs.filesIn(0), jobs.bytesIn(0), jobs.filesIn(1), jobs.bytesIn(1)]).toEqual([
      2, 1, 4, 2, 2,
    ]);
    expect(jobs.at(2)).toBeUndefined();
  });

  it('makes more jobs where the bytes of one would be too many', () => {
    const jobs = packJobs(filesOf([40, 30, 30, 20, 10]), 50, { maxJobBytes: 50 });
    expect([...jobs].map((files) => files.map(({ size }) => size))).toEqual([[30, 20], [40], [30, 10]]);
  });

  it('gives a file above the limit a job of its own', () => {
    const jobs = packJobs(filesOf([900, 10, 10]), 50, { maxJobBytes: 50 });
    expect([...jobs].map(bytesOf)).toEqual([900, 20]);
  });

  it('lets the last jobs shrink where several run at once, so that no slot waits long for another', () => {
    const files = filesOf(Array.from({ length: 1000 }, (_, at) => 1 + (at % 10)));
    const loads = [...packJobs(files, 50, { slots: 4 })].map(bytesOf);
    expect(loads).toHaveLength(20);
    expect(loads.slice(0, 11).every((load) => Math.abs(load - (loads[0] ?? 0)) <= 10)).toBe(true);
    expect(loads.at(-1)).toBeLessThan((loads[0] ?? 0) / 2);
    expect(loads).toEqual(loads.toSorted((a, b) => b - a));
  });

  it('keeps the bytes even where one job runs at a time', () => {
    const files = filesOf(Array.from({ length: 1000 }, (_, at) => 1 + (at % 10)));
    expect([...packJobs(files, 50, { slots: 1 })].map(bytesOf)).toEqual(
      Array.from({ length: 20 }, () => 275),
    );
  });

  const sizes = fc.array(fc.oneof(fc.nat(5), fc.nat(2 ** 40)), { maxLength: 200 });
  const perJob = fc.integer({ min: 1, max: 60 });

  it('puts every file into exactly one job, never more than allowed', () => {
    fc.assert(
      fc.property(sizes, perJob, (all, filesPerJob) => {
        const files = filesOf(all);
        const jobs = [...packJobs(files, filesPerJob)];
        expect(jobs).toHaveLength(Math.ceil(files.length / filesPerJob));
        expect(jobs.every((job) => job.length > 0 && job.length <= filesPerJob)).toBe(true);
        expect(jobs.flat().sort((a, b) => (a.source < b.source ? -1 : 1))).toEqual(files);
      }),
    );
  });

  it('exceeds no limit of bytes but for a single file, whatever the limits', () => {
    fc.assert(
      fc.property(
        sizes,
        perJob,
        fc.integer({ min: 1, max: 2 ** 41 }),
        fc.integer({ min: 1, max: 20 }),
        (all, filesPerJob, maxJobBytes, slots) => {
          const files = filesOf(all);
          const jobs = [...packJobs(files, filesPerJob, { maxJobBytes, slots })];
          expect(jobs.every((job) => job.length === 1 || bytesOf(job) <= maxJobBytes)).toBe(true);
          expect(jobs.every((job) => job.length > 0 && job.length <= filesPerJob)).toBe(true);
          expect(jobs.flat().sort((a, b) => (a.source < b.source ? -1 : 1))).toEqual(files);
        },
      ),
    );
  });

  it('spreads a file by its time where that is known to be long, and still by its bytes within the limit', () => {
    const files = filesOf([900, 800, 100, 100]);
    const known = { slowSeconds: (source: string) => (source === 'src/000003.tif' ? 3_600 : null) };
    const limits = { filesPerJob: 3, maxJobBytes: null, slots: null };
    const sizesIn = (jobs: PackedJobs): number[][] => [...jobs].map((job) => job.map(({ size }) => size));
    expect(sizesIn(packWithin(files, limits, known))).toEqual([[100], [900, 800, 100]]);
    expect(sizesIn(packWithin(files, { ...limits, maxJobBytes: 1_000 }, known))).toEqual([
      [100],
      [900],
      [800, 100],
    ]);
  });

  it('exceeds no limit whatever is known of the work', () => {
    const seconds = fc.array(fc.option(fc.nat(100_000)), { minLength: 200, maxLength: 200 });
    fc.assert(
      fc.property(
        sizes,
        seconds,
        perJob,
        fc.integer({ min: 1, max: 2 ** 41 }),
        (all, times, filesPerJob, most) => {
          const files = filesOf(all);
          const known = { slowSeconds: (_: string, etag: string) => times[Number(etag)] ?? null };
          const jobs = [...packWithin(files, { filesPerJob, maxJobBytes: most, slots: 4 }, known)];
          expect(jobs.every((job) => job.length === 1 || bytesOf(job) <= most)).toBe(true);
          expect(jobs.every((job) => job.length > 0 && job.length <= filesPerJob)).toBe(true);
          expect(jobs.flat().sort((a, b) => (a.source < b.source ? -1 : 1))).toEqual(files);
        },
      ),
    );
  });

  it('tells of each job what it holds', () => {
    fc.assert(
      fc.property(sizes, perJob, (all, filesPerJob) => {
        const jobs = packJobs(filesOf(all), filesPerJob);
        [...jobs].forEach((files, at) => {
          expect([jobs.filesIn(at), jobs.bytesIn(at)]).toEqual([files.length, bytesOf(files)]);
        });
      }),
    );
  });

  it('leaves no two jobs further apart than one file where there is room to move it', () => {
    fc.assert(
      fc.property(sizes, perJob, (all, filesPerJob) => {
        const jobs = [...packJobs(filesOf(all), filesPerJob)];
        const open = jobs.filter((files) => files.length < filesPerJob);
        for (const light of open) {
          for (const heavy of jobs) {
            const smallest = Math.min(...heavy.map(({ size }) => size));
            expect(bytesOf(heavy) - smallest).toBeLessThanOrEqual(bytesOf(light));
          }
        }
      }),
    );
  });
});
