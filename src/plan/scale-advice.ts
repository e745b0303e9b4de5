import { workSeconds, type Load } from './work-estimate.ts';

/** A plan for AWS Batch and the settings that bound it. */
export interface ScalePlan extends Load {
  readonly jobs: number;
  /** The job with the most bytes. */
  readonly biggest: Load;
  readonly maxVcpus: number;
  readonly jobVcpus: number;
}

const HOUR = 3600;
const DAY = 24 * HOUR;
/** Jobs that may wait in an account. @see https://docs.aws.amazon.com/batch/latest/userguide/service_limits.html */
const MAX_WAITING_JOBS = 1_000_000;
/** Below one prefix. @see https://docs.aws.amazon.com/AmazonS3/latest/userguide/optimizing-performance.html */
const S3_WRITES_PER_SECOND = 3_500;
/** The COG and its share of the job's result. */
const WRITES_PER_FILE = 2;
/** Told from this part of a limit on. */
const NEAR = 0.5;

/** What the user should know before so much is submitted: limits that are near, and settings that would end it sooner. */
export function scaleAdvice(plan: ScalePlan): string[] {
  if (plan.jobs === 0) return [];
  return [manyJobs(plan), tooFewJobs(plan), oneLongJob(plan), longRun(plan), manyWrites(plan)].filter(
    (line) => line !== null,
  );
}

function manyJobs({ jobs, files }: ScalePlan): string | null {
  if (jobs < MAX_WAITING_JOBS * NEAR) return null;
  const filesPerJob = Math.ceil((4 * files) / MAX_WAITING_JOBS);
  return `${shown(jobs)} jobs: AWS Batch lets ${shown(MAX_WAITING_JOBS)} wait in an account; FILES_PER_JOB=${String(filesPerJob)} makes ${shown(Math.ceil(files / filesPerJob))}`;
}

function tooFewJobs(plan: ScalePlan): string | null {
  const { jobs, files } = plan;
  const slots = slotsOf(plan);
  const isWorthIt = workSeconds(plan) > HOUR && Math.min(slots, files) > jobs;
  if (!isWorthIt) return null;
  const filesPerJob = Math.max(1, Math.floor(files / slots));
  return `only ${shown(jobs)} of the ${shown(slots)} jobs that MAX_VCPUS lets run at once; FILES_PER_JOB=${String(filesPerJob)} uses them all`;
}

/** Nothing can end before its longest job; a single big raster is not cut. */
function oneLongJob(plan: ScalePlan): string | null {
  const alone = secondsOfJob(plan.biggest, plan);
  if (alone < HOUR || alone < 2 * fleetSeconds(plan)) return null;
  const mend =
    plan.biggest.files > 1 ? 'a smaller FILES_PER_JOB or JOB_MAX_GB cuts it' : 'more JOB_VCPUS shorten it';
  return `the biggest job alone takes ${hours(alone)}; spread evenly, all of it would take ${hours(fleetSeconds(plan))}: ${mend}`;
}

function longRun(plan: ScalePlan): string | null {
  const seconds = fleetSeconds(plan);
  if (seconds < DAY) return null;
  const vcpus = Math.ceil((plan.maxVcpus * seconds) / DAY / plan.jobVcpus) * plan.jobVcpus;
  return `this takes ${hours(seconds)} at MAX_VCPUS=${String(plan.maxVcpus)}; MAX_VCPUS=${String(vcpus)} (then cogconv setup) does it in a day, if the account's EC2 quota allows so many`;
}

function manyWrites(plan: ScalePlan): string | null {
  const atOnce = Math.min(slotsOf(plan), plan.jobs);
  const perFile = secondsOfJob({ files: 1, bytes: plan.bytes / plan.files }, plan);
  const writes = (atOnce * WRITES_PER_FILE) / perFile;
  if (writes < S3_WRITES_PER_SECOND * NEAR) return null;
  return `${shown(atOnce)} jobs at once write about ${shown(Math.round(writes))} objects a second; S3 takes ${shown(S3_WRITES_PER_SECOND)} below one prefix until it has split it, so some will be told to slow down and wait`;
}

function slotsOf({ maxVcpus, jobVcpus }: ScalePlan): number {
  return Math.max(1, Math.floor(maxVcpus / jobVcpus));
}

function secondsOfJob(load: Load, { jobVcpus }: ScalePlan): number {
  return workSeconds(load) / jobVcpus;
}

function fleetSeconds(plan: ScalePlan): number {
  return secondsOfJob(plan, plan) / Math.min(slotsOf(plan), plan.jobs);
}

function hours(seconds: number): string {
  const count = seconds / HOUR;
  return `about ${count < 10 ? count.toFixed(1) : shown(Math.round(count))} hours`;
}

function shown(count: number): string {
  return count.toLocaleString('en');
}
