import type { SubmitJobCommandInput } from '@aws-sdk/client-batch';
import { encodeArray, encodeJob } from '../contract/job-env.ts';
import { manifestKey } from '../contract/naming.ts';
import type { BatchSubmission, RunRecord } from '../contract/run-record.ts';
import { AwsError } from '../errors.ts';
import { resourceRequirements } from '../plan/job-definition.ts';
import { attemptTimeoutSeconds } from '../plan/job-timeout.ts';
import type { PlannedSubmission } from '../plan/submissions.ts';
import type { Clock } from '../ports.ts';
import { factsOf } from './aws-error.ts';
import { describeJobs, listByName, submitJob, type DescribedJob } from './batch-jobs.ts';
import type { AwsClients } from './clients.ts';

/** Where jobs are submitted to and with what. */
export interface SubmitSettings {
  readonly queue: string;
  /** Name without revision: Batch takes the latest ACTIVE one. */
  readonly definition: string;
  readonly bucket: string;
  readonly cogPrefix: string;
  /** null: from the work of the run's largest job. */
  readonly jobTimeout: number | null;
  readonly tags: Readonly<Record<string, string>>;
}

/** What a submit needs of the world. */
export interface SubmitWorld {
  readonly clients: AwsClients;
  readonly clock: Clock;
  readonly stop: AbortSignal;
}

/** How long after a lost answer the job is looked for; a listing may lag behind a submit. */
const LOOKS_MS = [0, 1_000, 3_000, 6_000] as const;
const ROUNDS = 3;

/** The request of one submit. */
export function submitRequest(
  run: RunRecord,
  planned: PlannedSubmission,
  settings: SubmitSettings,
): SubmitJobCommandInput {
  const environment = Object.entries(environmentOf(run, planned, settings));
  return {
    jobName: planned.jobName,
    jobQueue: settings.queue,
    jobDefinition: settings.definition,
    ...(planned.jobs === 1 ? {} : { arrayProperties: { size: planned.jobs } }),
    containerOverrides: {
      environment: environment.map(([name, value]) => ({ name, value })),
      resourceRequirements: resourceRequirements(run.options),
    },
    parameters: { [COGS]: cogsOf(settings) },
    timeout: { attemptDurationSeconds: settings.jobTimeout ?? largestTimeout(run) },
    tags: { ...settings.tags, run: run.run },
    propagateTags: true,
  };
}

/**
 * Submits once, whatever happens: Batch has no client token, so that a submit of which the answer is lost is looked for before it is
 * sent again.
 * @throws AwsError, AccessError, NotSetUpError
 */
export async function submitOnce(
  world: SubmitWorld,
  run: RunRecord,
  planned: PlannedSubmission,
  settings: SubmitSettings,
): Promise<BatchSubmission> {
  const request = submitRequest(run, planned, settings);
  for (let round = 1; ; round++) {
    try {
      return { ...planned, jobId: await submitJob(world.clients, request) };
    } catch (error) {
      if (!isAmbiguous(error)) throw error;
      const found = await lookFor(world, run, planned, settings);
      if (found !== null) return found;
      if (round === ROUNDS || world.stop.aborted) throw unanswered(error, planned.jobName);
    }
  }
}

/** What of these submits Batch has, by the jobs' names. A name is a run's own below one COG prefix alone, so jobs tell whose COGs they make. */
export async function findSubmitted(
  clients: AwsClients,
  run: RunRecord,
  planned: readonly PlannedSubmission[],
  settings: SubmitSettings,
): Promise<readonly BatchSubmission[]> {
  const listed = await listByName(clients, settings.queue, `${run.run}-`);
  const named = listed.filter(({ jobName }) => planned.some((one) => one.jobName === jobName));
  const details = await describeJobs(
    clients,
    named.map(({ jobId }) => jobId),
  );
  return planned.flatMap((one) => {
    const found = named.find(
      ({ jobName, jobId }) => jobName === one.jobName && !isForeign(details.get(jobId), settings),
    );
    return found === undefined ? [] : [{ ...one, jobId: found.jobId }];
  });
}

/** Whether the job says that it is for other COGs; one that Batch does not describe yet has only its name. */
function isForeign(job: DescribedJob | undefined, settings: SubmitSettings): boolean {
  const told = job?.detail.parameters?.[COGS];
  return told !== undefined && told !== cogsOf(settings);
}

/** Parameters come back with a description, that of an array too, which has no environment. */
const COGS = 'cogconv-cogs';

function cogsOf({ bucket, cogPrefix }: SubmitSettings): string {
  return `${bucket}/${cogPrefix}`;
}

async function lookFor(
  { clients, clock }: SubmitWorld,
  run: RunRecord,
  planned: PlannedSubmission,
  settings: SubmitSettings,
): Promise<BatchSubmission | null> {
  for (const pauseMs of LOOKS_MS) {
    // without a signal: to stop here would leave a job that nobody knows
    if (pauseMs > 0) await clock.sleep(pauseMs);
    const [found] = await findSubmitted(clients, run, [planned], settings);
    if (found !== undefined) return found;
  }
  return null;
}

/** Before these the request did not leave this machine. */
const NEVER_SENT = ['ENOTFOUND', 'ECONNREFUSED', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'];

/** Whether Batch may have taken the job though the call failed. */
function isAmbiguous(error: unknown): boolean {
  if (!(error instanceof AwsError)) return false;
  const { status, code } = factsOf(error.cause);
  return status === null ? !NEVER_SENT.includes(code) : status >= 500;
}

function unanswered(cause: unknown, jobName: string): AwsError {
  return new AwsError(`Batch did not take ${jobName}: its answers failed, and no such job is in the queue`, {
    cause,
    hint: 'run cogconv convert again: it goes on where this one stopped',
  });
}

function environmentOf(
  { run }: RunRecord,
  { firstJob, jobs }: PlannedSubmission,
  { bucket, cogPrefix }: SubmitSettings,
): Record<string, string> {
  if (jobs === 1) return encodeJob({ bucket, manifest: manifestKey(cogPrefix, run, firstJob) });
  return encodeArray({ bucket, cogPrefix, run, firstJob });
}

/** All children of an array share one timeout. */
function largestTimeout({ jobSizes, files, bytes }: RunRecord): number {
  if (jobSizes.length === 0) return attemptTimeoutSeconds({ files, bytes });
  return jobSizes.reduce((most, [ofFiles, ofBytes]) => {
    return Math.max(most, attemptTimeoutSeconds({ files: ofFiles, bytes: ofBytes }));
  }, 0);
}
