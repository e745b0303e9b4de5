/** A stretch of time (seconds) in which a slot can work: from the end of a boot to the loss of the instance. */
export interface UpTime {
  readonly from: number;
  readonly to: number;
}

/** What runs one job at a time; its instance boots, may be lost to others who pay more, and boots again. */
export type SlotTimes = readonly UpTime[];

/** How a fleet behaves. */
export interface FleetSettings {
  readonly slots: number;
  /** Each boot takes between half and all of this. */
  readonly maxBootSeconds: number;
  /** Mean life of an instance; null = none is lost. */
  readonly meanLifeSeconds: number | null;
  /** Up-times are made for so long. */
  readonly horizonSeconds: number;
}

/** From a job's start to its first file: image, container, manifest. */
export const JOB_START_SECONDS = 8;

/** When each slot is up; a given `random` gives the same fleet to every packing that is compared. */
export function makeFleet(settings: FleetSettings, random: () => number): SlotTimes[] {
  return Array.from({ length: settings.slots }, () => slotTimes(settings, random));
}

function slotTimes(
  { maxBootSeconds, meanLifeSeconds, horizonSeconds }: FleetSettings,
  random: () => number,
): UpTime[] {
  const ups: UpTime[] = [];
  for (let at = 0; at < horizonSeconds; at = ups.at(-1)?.to ?? Infinity) {
    const from = at + (maxBootSeconds * (1 + random())) / 2;
    ups.push({
      from,
      to: meanLifeSeconds === null ? Infinity : from - Math.log(1 - random()) * meanLifeSeconds,
    });
  }
  return ups;
}

/** A job waiting to start: its files' seconds, and the first that is not done yet. */
interface WaitingJob {
  readonly files: readonly number[];
  readonly next: number;
  readonly readyAt: number;
}

/** One slot as the simulation goes on. */
class Slot {
  freeAt = 0;
  readonly #ups: SlotTimes;
  #up = 0;

  constructor(ups: SlotTimes) {
    this.#ups = ups;
    this.waitUntil(0);
  }

  waitUntil(time: number): void {
    this.freeAt = Math.max(this.freeAt, time);
    while (this.freeAt >= this.#current().to) this.#up++;
    this.freeAt = Math.max(this.freeAt, this.#current().from);
  }

  /** Works on a job to its end, or to the loss of the instance: then what is left of it is given back. */
  work({ files, next }: WaitingJob): WaitingJob | null {
    const lostAt = this.#current().to;
    let time = this.freeAt + JOB_START_SECONDS;
    for (let at = next; at < files.length; at++) {
      time += files[at] ?? 0;
      // COGs that are done stay; only the file under way is lost.
      if (time > lostAt) {
        this.waitUntil(lostAt);
        return { files, next: at, readyAt: lostAt };
      }
    }
    this.waitUntil(time);
    return null;
  }

  #current(): UpTime {
    return this.#ups[this.#up] ?? { from: 0, to: Infinity };
  }
}

/** Seconds until all jobs are done, when free slots take the next job in order, lost ones first. */
export function makespan(jobs: readonly (readonly number[])[], fleet: readonly SlotTimes[]): number {
  const slots = fleet.map((ups) => new Slot(ups));
  const lost: WaitingJob[] = [];
  let started = 0;
  let end = 0;
  while (started < jobs.length || lost.length > 0) {
    const slot = slots.reduce((first, other) => (other.freeAt < first.freeAt ? other : first));
    const again = lost.findIndex(({ readyAt }) => readyAt <= slot.freeAt);
    if (again === -1 && started === jobs.length) {
      slot.waitUntil(Math.min(...lost.map(({ readyAt }) => readyAt)));
      continue;
    }
    const job =
      again === -1 ? { files: jobs[started++] ?? [], next: 0, readyAt: 0 } : lost.splice(again, 1)[0];
    const back = job === undefined ? null : slot.work(job);
    if (back === null) end = Math.max(end, slot.freeAt);
    else lost.push(back);
  }
  return end;
}

/**
 * No packing ends sooner on this fleet: all work spread over all up-time without a gap and nothing done twice, in the fewest jobs;
 * nor before the biggest file is done.
 */
export function lowerBound(
  fileSeconds: readonly number[],
  leastJobs: number,
  fleet: readonly SlotTimes[],
): number {
  const work = fileSeconds.reduce((sum, seconds) => sum + seconds, leastJobs * JOB_START_SECONDS);
  const biggest = fileSeconds.reduce((most, seconds) => Math.max(most, seconds), 0);
  const firstUp = Math.min(...fleet.map((ups) => ups[0]?.from ?? 0));
  let [low, high] = [0, firstUp + work + Math.max(...fleet.map((ups) => ups[0]?.from ?? 0))];
  while (upSeconds(fleet, high) < work) high *= 2;
  while (high - low > 0.01) {
    const middle = (low + high) / 2;
    if (upSeconds(fleet, middle) >= work) high = middle;
    else low = middle;
  }
  return Math.max(low, firstUp + JOB_START_SECONDS + biggest);
}

function upSeconds(fleet: readonly SlotTimes[], until: number): number {
  let sum = 0;
  for (const ups of fleet) {
    for (const { from, to } of ups) sum += Math.max(0, Math.min(to, until) - from);
  }
  return sum;
}
