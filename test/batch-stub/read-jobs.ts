import type {
  DescribeJobsRequest,
  DescribeJobsResponse,
  GetJobQueueSnapshotRequest,
  GetJobQueueSnapshotResponse,
  JobDetail,
  JobSummary,
  KeyValuesPair,
  ListJobsRequest,
  ListJobsResponse,
} from '@aws-sdk/client-batch';
import { environmentOf, leaves, statusSummary } from './job-life.ts';
import { findQueue } from './job-queues.ts';
import { page } from './paging.ts';
import { demand, stubArn, type StubJob, type StubState } from './stub-state.ts';

const MAX_IDS = 100;
const FILTER_PAGE = 100;
const STATUS_PAGE = 1_000;
const SNAPSHOT_SIZE = 100;

/** DescribeJobs: 100 ids at most, unknown and forgotten ones are absent, and the order is not that of the request. */
export function describeJobs(state: StubState, request: DescribeJobsRequest): DescribeJobsResponse {
  const ids = request.jobs ?? [];
  demand(ids.length <= MAX_IDS, `Job list size should be <= ${String(MAX_IDS)}`);
  const found = [...new Set(ids)].flatMap((id) => findJob(state, id) ?? []).map((job) => detail(state, job));
  return { jobs: found.reverse() };
}

/** ListJobs: with a filter all states, newest first, 100 a page; else one state (RUNNING unless given), 1,000 a page. */
export function listJobs(state: StubState, request: ListJobsRequest): ListJobsResponse {
  const scopes = [request.jobQueue, request.arrayJobId, request.multiNodeJobId].filter(
    (one) => one !== undefined,
  );
  demand(scopes.length === 1, 'Exactly one of jobQueue, arrayJobId, multiNodeJobId must be given');
  demand((request.filters?.length ?? 0) <= 1, 'Only one filter can be used at a time');
  const [filter] = request.arrayJobId === undefined ? (request.filters ?? []) : [];
  const chosen =
    filter === undefined
      ? scope(state, request).filter((job) => job.status === (request.jobStatus ?? 'RUNNING'))
      : scope(state, request)
          .filter((job) => passes(job, filter))
          .reverse();
  const { items, nextToken } = page(chosen, filter === undefined ? STATUS_PAGE : FILTER_PAGE, request);
  const jobSummaryList = items.map((job) => summary(state, job));
  return { jobSummaryList, ...(nextToken === undefined ? {} : { nextToken }) };
}

/** GetJobQueueSnapshot: the first 100 RUNNABLE jobs. */
export function getJobQueueSnapshot(
  state: StubState,
  request: GetJobQueueSnapshotRequest,
): GetJobQueueSnapshotResponse {
  const queue = findQueue(state, request.jobQueue);
  const jobs = leaves(state)
    .filter((job) => job.queue === queue.detail.jobQueueArn && job.status === 'RUNNABLE')
    .slice(0, SNAPSHOT_SIZE)
    .map((job) => ({ jobArn: stubArn(state, 'job', job.jobId), earliestTimeAtPosition: job.since }));
  return { frontOfQueue: { jobs, lastUpdatedAt: state.now } };
}

/** A job or an array child by its id; undefined when Batch knows none. */
export function findJob(state: StubState, id: string): StubJob | undefined {
  const [parentId = '', index] = id.replace(/^arn:.*:job\//, '').split(':');
  const job = state.jobs.get(parentId);
  if (index === undefined || job === undefined) return job;
  return isSpawned(state, job) ? job.children[Number(index)] : undefined;
}

/** An array's children come some moments after it. */
function isSpawned(state: StubState, { createdAt }: StubJob): boolean {
  return state.now - createdAt >= state.spawnLagMs;
}

function scope(state: StubState, request: ListJobsRequest): readonly StubJob[] {
  if (request.multiNodeJobId !== undefined) return [];
  if (request.arrayJobId !== undefined) return findJob(state, request.arrayJobId)?.children ?? [];
  const { jobQueueArn } = findQueue(state, request.jobQueue).detail;
  return [...state.jobs.values()].filter((job) => job.queue === jobQueueArn);
}

function passes(job: StubJob, { name, values = [] }: KeyValuesPair): boolean {
  const [value = ''] = values;
  switch (name) {
    case 'JOB_NAME':
      return nameMatches(job.request.jobName ?? '', value);
    case 'JOB_DEFINITION':
      return nameMatches(job.definition.jobDefinitionName ?? '', value);
    case 'BEFORE_CREATED_AT':
      return job.createdAt < Number(value);
    case 'AFTER_CREATED_AT':
      return job.createdAt > Number(value);
    case undefined:
    default:
      demand(false, `${String(name)} is not a filter`);
      return false;
  }
}

/** Case does not count; a trailing * makes it a prefix. */
function nameMatches(name: string, pattern: string): boolean {
  const [text, wanted] = [name.toLowerCase(), pattern.toLowerCase()];
  return wanted.endsWith('*') ? text.startsWith(wanted.slice(0, -1)) : text === wanted;
}

function stated(
  job: StubJob,
): Pick<JobDetail, 'status' | 'statusReason' | 'createdAt' | 'stoppedAt'> & object {
  return {
    status: job.status,
    createdAt: job.createdAt,
    ...(job.statusReason ? { statusReason: job.statusReason } : {}),
    ...(job.startedAt === undefined ? {} : { startedAt: job.startedAt }),
    ...(job.stoppedAt === undefined ? {} : { stoppedAt: job.stoppedAt }),
    ...(job.isCancelled ? { isCancelled: true } : {}),
    ...(job.isTerminated ? { isTerminated: true } : {}),
  };
}

function arrayPart(state: StubState, job: StubJob): Pick<JobDetail, 'arrayProperties'> {
  if (job.index !== null) return { arrayProperties: { index: job.index } };
  if (job.children.length === 0) return {};
  return {
    arrayProperties: {
      size: job.children.length,
      statusSummary: isSpawned(state, job) ? statusSummary(job) : {},
      statusSummaryLastUpdatedAt: state.now,
    },
  };
}

function summary(state: StubState, job: StubJob): JobSummary {
  const { exitCode, reason } = job.attempts.at(-1)?.container ?? {};
  const size = job.children.length;
  return {
    jobArn: stubArn(state, 'job', job.jobId),
    jobId: job.jobId,
    jobName: job.request.jobName,
    jobDefinition: job.definition.jobDefinitionArn,
    ...stated(job),
    ...(job.attempts.length === 0
      ? {}
      : {
          container: {
            ...(exitCode === undefined ? {} : { exitCode }),
            ...(reason === undefined ? {} : { reason }),
          },
        }),
    ...(job.index === null ? {} : { arrayProperties: { index: job.index } }),
    ...(size === 0 ? {} : { arrayProperties: { size } }),
  };
}

function detail(state: StubState, job: StubJob): JobDetail {
  const { jobName, retryStrategy, timeout, tags, propagateTags, parameters } = job.request;
  const { definition } = job;
  const effectiveTimeout = timeout ?? definition.timeout;
  return {
    jobArn: stubArn(state, 'job', job.jobId),
    jobId: job.jobId,
    jobName,
    jobQueue: job.queue,
    jobDefinition: definition.jobDefinitionArn,
    startedAt: undefined,
    attempts: job.attempts,
    retryStrategy: retryStrategy ?? definition.retryStrategy,
    ...stated(job),
    ...(effectiveTimeout === undefined ? {} : { timeout: effectiveTimeout }),
    parameters: { ...definition.parameters, ...parameters },
    tags: { ...tags },
    propagateTags: propagateTags ?? definition.propagateTags ?? false,
    ...arrayPart(state, job),
    ...(job.children.length === 0 ? { container: container(job) } : {}),
  };
}

function container(job: StubJob): JobDetail['container'] {
  const { image, jobRoleArn, resourceRequirements, logConfiguration } =
    job.definition.containerProperties ?? {};
  const environment = Object.entries(environmentOf(job)).filter(([name]) => !name.startsWith('AWS_BATCH'));
  return {
    image,
    jobRoleArn,
    logConfiguration,
    resourceRequirements: job.request.containerOverrides?.resourceRequirements ?? resourceRequirements,
    environment: environment.map(([name, value]) => ({ name, value })),
    ...job.attempts.at(-1)?.container,
  };
}
