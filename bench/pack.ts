import { packJobs } from '../src/plan/pack.ts';
import type { PlannedFile } from '../src/plan/planned-rows.ts';
import { rowsOf } from '../src/plan/rows.ts';
import { lowerBound, makeFleet, makespan, type SlotTimes } from './fleet.ts';
import { heavyTailedSizes, randomNumbers } from './random.ts';

/** One fleet and its rasters. */
export interface PackScenario {
  readonly files: number;
  readonly maxVcpus: number;
  readonly jobVcpus: number;
  readonly filesPerJob: number;
  /** null = no instance is lost. */
  readonly meanLifeHours: number | null;
}

/** Makespans in units of the lower bound. */
export interface PackRatios {
  readonly cogconv: number;
  /** The same, all jobs equal to the last. */
  readonly equalJobs: number;
  /** The Python tool: the files in key order, cut every `filesPerJob`. */
  readonly keyOrder: number;
}

/** Rasters of 20 MB in the middle, a few of many GB. */
const SIZES = { medianBytes: 20e6, sigma: 2, maxBytes: 30e9 };
/** What a job of 2 vCPUs does, by order of magnitude; the ratios hardly depend on it. */
const FILE_OVERHEAD_SECONDS = 1.5;
const BYTES_PER_SECOND = 12e6;
const BOOT_SECONDS = 180;
const HORIZON_SECONDS = 5e6;

/** Simulates one conversion with rasters and fleet of this seed. */
export function simulatePacking(scenario: PackScenario, seed: number): PackRatios {
  const { files, maxVcpus, jobVcpus, filesPerJob, meanLifeHours } = scenario;
  const random = randomNumbers(seed);
  const sizes = heavyTailedSizes(files, SIZES, random);
  const slots = Math.floor(maxVcpus / jobVcpus);
  const meanLifeSeconds = meanLifeHours === null ? null : meanLifeHours * 3600;
  const fleet = makeFleet(
    { slots, maxBootSeconds: BOOT_SECONDS, meanLifeSeconds, horizonSeconds: HORIZON_SECONDS },
    random,
  );
  const bound = lowerBound(Array.from(sizes, secondsOf), Math.ceil(files / filesPerJob), fleet);
  const ratioOf = (jobs: readonly (readonly number[])[]): number => ratio(jobs, fleet, bound);
  return {
    cogconv: ratioOf(packed(sizes, filesPerJob, slots)),
    equalJobs: ratioOf(packed(sizes, filesPerJob, null)),
    keyOrder: ratioOf(chunks(sizes, filesPerJob)),
  };
}

function secondsOf(bytes: number): number {
  return FILE_OVERHEAD_SECONDS + bytes / BYTES_PER_SECOND;
}

function ratio(jobs: readonly (readonly number[])[], fleet: readonly SlotTimes[], bound: number): number {
  return (
    makespan(
      jobs.map((sizes) => sizes.map(secondsOf)),
      fleet,
    ) / bound
  );
}

function packed(sizes: Float64Array, filesPerJob: number, slots: number | null): number[][] {
  const rows = rowsOf(sizes.length, (at): PlannedFile => ({
    source: '',
    size: sizes[at] ?? 0,
    etag: '',
    target: '',
  }));
  return Array.from(packJobs(rows, { filesPerJob, maxJobBytes: null, slots }), (job) =>
    job.map(({ size }) => size),
  );
}

function chunks(sizes: Float64Array, filesPerJob: number): number[][] {
  const jobs = Math.ceil(sizes.length / filesPerJob);
  return Array.from({ length: jobs }, (_, job) => [
    ...sizes.subarray(job * filesPerJob, (job + 1) * filesPerJob),
  ]);
}
