import {
  DescribeJobsCommand,
  ListJobsCommand,
  paginateListJobs,
  SubmitJobCommand,
  TerminateJobCommand,
  type JobDetail,
  type JobSummary,
  type SubmitJobCommandInput,
} from '@aws-sdk/client-batch';
import type { BatchJobFacts, StateCounts } from '../plan/batch-observations.ts';
import type { EndFacts } from '../plan/batch-reasons.ts';
import { JOB_STATES, type JobState } from '../plan/job-states.ts';
import type { AwsClients } from './clients.ts';

/** DescribeJobs takes no more ids. @see https://docs.aws.amazon.com/batch/latest/APIReference/API_DescribeJobs.html */
const MAX_IDS = 100;

/** A job with what only a description tells. */
export interface DescribedJob extends BatchJobFacts {
  readonly jobName: string;
  /** Of an array job; null for others. */
  readonly children: StateCounts | null;
  readonly detail: JobDetail;
}

/** Submits; sent again only after throttling. Gives Batch's id. */
export async function submitJob(clients: AwsClients, input: SubmitJobCommandInput): Promise<string> {
  const client = await clients.batchOnce();
  const { jobId } = await client.send(new SubmitJobCommand(input));
  return jobId ?? '';
}

/** Describes jobs, 100 a call; those that Batch does not know (any more) are absent. */
export async function describeJobs(
  clients: AwsClients,
  ids: readonly string[],
): Promise<ReadonlyMap<string, DescribedJob>> {
  const client = await clients.batch();
  const found = new Map<string, DescribedJob>();
  for (let at = 0; at < ids.length; at += MAX_IDS) {
    const { jobs = [] } = await client.send(new DescribeJobsCommand({ jobs: ids.slice(at, at + MAX_IDS) }));
    for (const detail of jobs) found.set(detail.jobId ?? '', describedJob(detail));
  }
  return found;
}

/** Jobs of a queue whose name begins so, in every state; array children are not among them. */
export async function listByName(
  clients: AwsClients,
  jobQueue: string,
  prefix: string,
): Promise<readonly { readonly jobId: string; readonly jobName: string }[]> {
  const client = await clients.batch();
  const filters = [{ name: 'JOB_NAME', values: [`${prefix}*`] }];
  const found: { jobId: string; jobName: string }[] = [];
  for await (const { jobSummaryList = [] } of paginateListJobs({ client }, { jobQueue, filters })) {
    for (const { jobId = '', jobName = '' } of jobSummaryList) found.push({ jobId, jobName });
  }
  // the filter does not tell upper from lower case, and emulators list children too
  return found.filter(({ jobId, jobName }) => jobName.startsWith(prefix) && !jobId.includes(':'));
}

/** An array's children in one state, from at most so many pages of a thousand. */
export async function listChildren(
  clients: AwsClients,
  arrayJobId: string,
  jobStatus: JobState,
  maxPages = Infinity,
): Promise<{ readonly children: readonly BatchJobFacts[]; readonly pages: number }> {
  const client = await clients.batch();
  const children: BatchJobFacts[] = [];
  let pages = 0;
  let nextToken: string | undefined;
  while (pages < maxPages && (pages === 0 || nextToken !== undefined)) {
    const answer = await client.send(new ListJobsCommand({ arrayJobId, jobStatus, nextToken }));
    children.push(...(answer.jobSummaryList ?? []).map(listedJob));
    nextToken = answer.nextToken;
    pages += 1;
  }
  return { children, pages };
}

/** Ends a job in whatever state; of an array job, all children. An unknown id is no error. */
export async function terminateJob(clients: AwsClients, jobId: string, reason: string): Promise<void> {
  const client = await clients.batch();
  await client.send(new TerminateJobCommand({ jobId, reason }));
}

function describedJob(detail: JobDetail): DescribedJob {
  const { container, attempts = [], jobName = '', arrayProperties } = detail;
  return {
    ...timesAndState(detail),
    jobName,
    end: endFacts(detail.statusReason, container),
    attempts: attempts.map((attempt) => endFacts(attempt.statusReason, attempt.container)),
    children: arrayProperties?.size === undefined ? null : stateCounts(arrayProperties.statusSummary),
    detail,
  };
}

function listedJob(summary: JobSummary): BatchJobFacts {
  return {
    ...timesAndState(summary),
    end: endFacts(summary.statusReason, summary.container),
    attempts: null,
  };
}

type Times = Pick<JobSummary, 'jobId' | 'status' | 'createdAt' | 'startedAt' | 'stoppedAt'>;

function timesAndState({ jobId = '', status, createdAt, startedAt, stoppedAt }: Times) {
  return {
    jobId,
    status: stateOf(status),
    createdAt: createdAt ?? null,
    startedAt: startedAt ?? null,
    stoppedAt: stoppedAt ?? null,
  };
}

/** A state that a later Batch may add counts as under way. */
function stateOf(status: string | undefined): JobState {
  return JOB_STATES.find((state) => state === status) ?? 'PENDING';
}

function endFacts(
  statusReason: string | undefined,
  container: { readonly reason?: string | undefined; readonly exitCode?: number | undefined } | undefined,
): EndFacts {
  return {
    statusReason: statusReason ?? null,
    reason: container?.reason ?? null,
    exitCode: container?.exitCode ?? null,
  };
}

function stateCounts(summary: Readonly<Record<string, number>> = {}): StateCounts {
  return Object.fromEntries(JOB_STATES.map((state) => [state, summary[state] ?? 0]));
}
