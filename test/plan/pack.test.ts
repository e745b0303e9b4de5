import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { packJobs } from '../../src/plan/pack.ts';
import type { PlannedFile } from '../../src/plan/planned-rows.ts';

function filesOf(sizes: readonly number[]): PlannedFile[] {
  return sizes.map((size, at) => {
    const name = String(at).padStart(6, '0');
    return { source: `src/${name}.tif`, size, etag: name, target: `cogs/${name}_cog.tif` };
  });
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
