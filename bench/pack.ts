import { packJobs } from '../src/plan/pack.ts';
import type { PlannedFile } from '../src/plan/planned-rows.ts';
import { rowsOf } from '../src/plan/rows.ts';
import { lowerBound, makeFleet, makespan, type SlotTimes } from './fleet.ts';
import { heavyTailedSizes, median, randomNumbers } from './random.ts';

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
const BAR = 1.05;

const DEFAULTS = { maxVcpus: 16, jobVcpus: 2, filesPerJob: 50 };
const SCENARIOS: readonly PackScenario[] = [null, 2].flatMap((meanLifeHours) => [
  { ...DEFAULTS, files: 2321, meanLifeHours },
  { ...DEFAULTS, files: 20_000, meanLifeHours },
  { ...DEFAULTS, files: 20_000, maxVcpus: 128, meanLifeHours },
  { ...DEFAULTS, files: 100_000, maxVcpus: 256, meanLifeHours },
]);

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

/** Prints the table; exit code 1 when a bar is missed. */
export function run({ small }: { readonly small: boolean }): void {
  const seeds = small ? [1] : [1, 2, 3, 4, 5];
  process.stdout
    .write(`makespan in units of the lower bound, median of ${String(seeds.length)}; bar ${String(BAR)}
`);
  print('files', 'slots', 'mean life', 'cogconv', 'equal jobs', 'key order (Python tool)');
  for (const scenario of small ? SCENARIOS.slice(0, 1) : SCENARIOS) {
    const all = seeds.map((seed) => simulatePacking(scenario, seed));
    const of = (name: keyof PackRatios): number => median(all.map((ratios) => ratios[name]));
    const life = scenario.meanLifeHours === null ? 'no loss' : `${String(scenario.meanLifeHours)} h`;
    const slots = String(scenario.maxVcpus / scenario.jobVcpus);
    print(
      String(scenario.files),
      slots,
      life,
      ...[of('cogconv'), of('equalJobs'), of('keyOrder')].map((value) => value.toFixed(3)),
    );
    if (of('cogconv') > BAR) process.exitCode = 1;
  }
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

function print(...cells: string[]): void {
  process.stdout.write(
    `${cells
      .map((cell) => cell.padEnd(12))
      .join('')
      .trimEnd()}\n`,
  );
}
