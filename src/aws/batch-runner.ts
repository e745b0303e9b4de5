import type { BatchSubmission, RunRecord } from '../contract/run-record.ts';
import { InterruptedError, RunEndedError } from '../errors.ts';
import { activeCount } from '../plan/batch-observations.ts';
import { isActive } from '../plan/job-states.ts';
import { planSubmissions } from '../plan/submissions.ts';
import type { Clock, Runner, StartHooks } from '../ports.ts';
import { describeJobs, terminateJob } from './batch-jobs.ts';
import { observeSubmissions } from './batch-observe.ts';
import { findSubmitted, submitOnce, type SubmitSettings } from './batch-submit.ts';
import { terminateChildren } from './batch-cancel.ts';
import type { AwsClients } from './clients.ts';

/** Longest reason that Batch takes. */
const MAX_REASON = 1_024;

/** Runs jobs on AWS Batch (docs/batch.md). */
export function batchRunner(clients: AwsClients, clock: Clock, settings: SubmitSettings): Runner {
  const settingsOf = (run: RunRecord): SubmitSettings => ({
    ...settings,
    queue: run.queue ?? settings.queue,
  });
  return {
    name: 'batch',
    start: (run, hooks) => start(clients, clock, run, settingsOf(run), hooks),
    observe: async (run, finished) =>
      observeSubmissions(
        clients,
        settingsOf(run).queue,
        await knownSubmissions(clients, run, settingsOf(run)),
        finished,
        clock.now().getTime(),
      ),
    cancel: async (run, reason) =>
      cancel(
        clients,
        clock,
        await knownSubmissions(clients, run, settingsOf(run)),
        reason.slice(0, MAX_REASON),
      ),
  };
}

/** The record is in the bucket before the first submit and is written after each, so that whoever reads it later finds what was submitted. */
async function start(
  clients: AwsClients,
  clock: Clock,
  run: RunRecord,
  settings: SubmitSettings,
  hooks: StartHooks,
): Promise<void> {
  const world = { clients, clock, stop: hooks.stop };
  await hooks.save({ queue: settings.queue });
  let submissions: readonly BatchSubmission[] = [];
  for (const planned of planSubmissions(run.run, run.jobs)) {
    if (hooks.stop.aborted) throw interrupted(run, submissions);
    const made = await submitOnce(world, run, planned, settings);
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

/** Those of the record, and those that a submitter could not write down any more. */
async function knownSubmissions(
  clients: AwsClients,
  run: RunRecord,
  settings: SubmitSettings,
): Promise<readonly BatchSubmission[]> {
  if (run.state !== 'published') return run.submissions;
  const known = new Set(run.submissions.map(({ jobName }) => jobName));
  const lost = planSubmissions(run.run, run.jobs).filter(({ jobName }) => !known.has(jobName));
  return lost.length === 0
    ? run.submissions
    : [...run.submissions, ...(await findSubmitted(clients, run, lost, settings))];
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
  const arrays: BatchSubmission[] = [];
  for (const submission of submissions) {
    const job = jobs.get(submission.jobId);
    // one that Batch does not tell of may be too new; an unknown id is no error
    if (job !== undefined && !isActive(job.status)) continue;
    told += activeCount(job?.children ?? {}, submission.jobs);
    await terminateJob(clients, submission.jobId, reason);
    if (submission.jobs > 1) arrays.push(submission);
  }
  if (arrays.length > 0) await terminateChildren(clients, clock, arrays, reason);
  return told;
}

function interrupted({ jobs }: RunRecord, submissions: readonly BatchSubmission[]): InterruptedError {
  const done = submissions.reduce((sum, one) => sum + one.jobs, 0);
  return new InterruptedError(`stopped with ${String(done)} of ${String(jobs)} jobs submitted`, {
    hint: 'run cogconv convert again for the files of the others, or cogconv cancel to end those jobs',
  });
}
