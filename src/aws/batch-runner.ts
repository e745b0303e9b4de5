import type { BatchSubmission, RunRecord } from '../contract/run-record.ts';
import { InterruptedError, RunEndedError } from '../errors.ts';
import { activeCount } from '../plan/batch-observations.ts';
import { isActive } from '../plan/job-states.ts';
import { planSubmissions, type PlannedSubmission } from '../plan/submissions.ts';
import type { Clock, Runner, StartHooks } from '../ports.ts';
import { describeJobs, listByName, terminateJob } from './batch-jobs.ts';
import { observeSubmissions } from './batch-observe.ts';
import { findSubmitted, submitOnce, type SubmitSettings } from './batch-submit.ts';
import { terminateChildren } from './batch-cancel.ts';
import type { AwsClients } from './clients.ts';

/** Longest reason that Batch takes. */
const MAX_REASON = 1_024;

/** Runs jobs on AWS Batch (docs/batch.md). */
export function batchRunner(clients: AwsClients, clock: Clock, settings: SubmitSettings): Runner {
  const queueOf = (run: RunRecord): string => run.queue ?? settings.queue;
  return {
    name: 'batch',
    start: (run, hooks) => start(clients, clock, run, { ...settings, queue: queueOf(run) }, hooks),
    observe: async (run, finished) =>
      observeSubmissions(
        clients,
        queueOf(run),
        await knownSubmissions(clients, queueOf(run), run),
        finished,
        clock.now().getTime(),
      ),
    cancel: async (run, reason) =>
      cancel(clients, clock, await knownSubmissions(clients, queueOf(run), run), reason.slice(0, MAX_REASON)),
  };
}

/**
 * The record is in the bucket before the first submit and is written after each: names are the run's own, so that whoever
 * reads it later finds what was submitted, and goes on with the rest.
 */
async function start(
  clients: AwsClients,
  clock: Clock,
  run: RunRecord,
  settings: SubmitSettings,
  hooks: StartHooks,
): Promise<void> {
  const world = { clients, clock, stop: hooks.stop };
  if (run.queue === undefined) await hooks.save({ queue: settings.queue });
  let submissions = run.submissions;
  for (const planned of missing(run)) {
    if (hooks.stop.aborted) throw interrupted(run, submissions);
    const found = await findSubmitted(clients, settings.queue, planned.jobName);
    const made =
      found === null ? await submitOnce(world, run, planned, settings) : { ...planned, jobId: found };
    submissions = [...submissions, made];
    await saveOrTakeBack(clients, hooks, submissions, made);
  }
  await hooks.save({ state: 'submitted' });
}

/** A run that was ended from elsewhere has lost its files: nobody would watch this job. */
async function saveOrTakeBack(
  clients: AwsClients,
  hooks: StartHooks,
  submissions: readonly BatchSubmission[],
  made: BatchSubmission,
): Promise<void> {
  try {
    await hooks.save({ submissions });
  } catch (error) {
    if (error instanceof RunEndedError) {
      await terminateJob(clients, made.jobId, 'its run was ended before it began');
    }
    throw error;
  }
}

/** Submits that the record has no id of. */
function missing({ run, jobs, submissions }: RunRecord): readonly PlannedSubmission[] {
  const known = new Set(submissions.map(({ jobName }) => jobName));
  return planSubmissions(run, jobs).filter(({ jobName }) => !known.has(jobName));
}

/** Those of the record, and those that a submitter could not write down any more. */
async function knownSubmissions(
  clients: AwsClients,
  queue: string,
  run: RunRecord,
): Promise<readonly BatchSubmission[]> {
  const lost = run.state === 'published' ? missing(run) : [];
  if (lost.length === 0) return run.submissions;
  const ids = new Map<string, string>();
  for (const { jobName, jobId } of (await listByName(clients, queue, `${run.run}-`)).toReversed()) {
    ids.set(jobName, jobId);
  }
  const found = lost.flatMap((planned) => {
    const jobId = ids.get(planned.jobName);
    return jobId === undefined ? [] : [{ ...planned, jobId }];
  });
  return [...run.submissions, ...found];
}

async function cancel(
  clients: AwsClients,
  clock: Clock,
  submissions: readonly BatchSubmission[],
  reason: string,
): Promise<number> {
  const jobs = await describeJobs(
    clients,
    submissions.map(({ jobId }) => jobId),
  );
  let told = 0;
  const arrays: string[] = [];
  for (const { jobId, status, children } of jobs.values()) {
    const active = children === null ? Number(isActive(status)) : activeCount(children);
    if (active === 0) continue;
    told += active;
    await terminateJob(clients, jobId, reason);
    if (children !== null) arrays.push(jobId);
  }
  if (arrays.length > 0) await terminateChildren(clients, clock, arrays, reason);
  return told;
}

function interrupted({ jobs }: RunRecord, submissions: readonly BatchSubmission[]): InterruptedError {
  const done = submissions.reduce((sum, one) => sum + one.jobs, 0);
  return new InterruptedError(`stopped with ${String(done)} of ${String(jobs)} jobs submitted`, {
    hint: 'run cogconv convert again to submit the rest, or cogconv cancel to end them',
  });
}
