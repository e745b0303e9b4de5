import type { ContainerOverrides, SubmitJobRequest, SubmitJobResponse } from '@aws-sdk/client-batch';
import { demandRetryStrategy, resolveDefinition } from './job-definitions.ts';
import { findQueue } from './job-queues.ts';
import { demand, demandName, nextId, stubArn, type StubJob, type StubState } from './stub-state.ts';

const MAX_PAYLOAD_BYTES = 30 * 1024;
const MAX_OVERRIDE_CHARACTERS = 8_192;
const MIN_ARRAY = 2;
const MAX_ARRAY = 10_000;

/** SubmitJob with AWS's refusals; any name may be used again and again: there is no client token. */
export function submitJob(state: StubState, request: SubmitJobRequest): SubmitJobResponse {
  const jobName = demandName(request.jobName, 'jobName');
  const definition = resolveDefinition(state, request.jobDefinition);
  const queue = findQueue(state, request.jobQueue);
  demand(
    queue.detail.state === 'ENABLED' && queue.detail.status === 'VALID',
    `Cannot submit job, jobQueue ${String(queue.detail.jobQueueName)} is not ENABLED and VALID`,
  );
  demandSubmit(request, definition.containerProperties?.resourceRequirements !== undefined);
  const job = accept(state, request, { definition, queue: queue.detail.jobQueueArn ?? '' });
  state.jobs.set(job.jobId, job);
  return { jobArn: stubArn(state, 'job', job.jobId), jobId: job.jobId, jobName };
}

function demandSubmit(request: SubmitJobRequest, usesRequirements: boolean): void {
  demand(JSON.stringify(request).length <= MAX_PAYLOAD_BYTES, 'the request is larger than 30 KiB');
  const { arrayProperties, timeout, tags = {} } = request;
  const size = arrayProperties?.size ?? MIN_ARRAY;
  demand(
    size >= MIN_ARRAY && size <= MAX_ARRAY,
    `Error executing request, Exception : Array size must be between ${String(MIN_ARRAY)} and ${String(MAX_ARRAY)}`,
  );
  demandOverrides(request.containerOverrides ?? {}, usesRequirements);
  demand((timeout?.attemptDurationSeconds ?? 60) >= 60, 'attemptDurationSeconds must be at least 60');
  demand(Object.keys(tags).length <= 50, 'a job takes at most 50 tags');
  demandRetryStrategy(request.retryStrategy);
}

function demandOverrides(overrides: ContainerOverrides, usesRequirements: boolean): void {
  demand(
    !usesRequirements || !('vcpus' in overrides || 'memory' in overrides),
    'vcpus and memory were submitted in a deprecated key: the job definition uses resourceRequirements',
  );
  demand(
    (overrides.environment ?? []).every((one) => !(one.name ?? '').startsWith('AWS_BATCH')),
    'Environment variables cannot start with AWS_BATCH',
  );
}

type Basis = Pick<StubJob, 'definition' | 'queue'>;

function accept(state: StubState, request: SubmitJobRequest, basis: Basis): StubJob {
  const children: StubJob[] = [];
  const parent = newJob(state, request, basis, { jobId: nextId(state), parent: null, index: null, children });
  for (let index = 0; index < (request.arrayProperties?.size ?? 0); index++) {
    children.push(
      newJob(state, request, basis, {
        jobId: `${parent.jobId}:${String(index)}`,
        parent,
        index,
        children: [],
      }),
    );
  }
  return parent;
}

function newJob(
  state: StubState,
  request: SubmitJobRequest,
  basis: Basis,
  place: Pick<StubJob, 'jobId' | 'parent' | 'index' | 'children'>,
): StubJob {
  return {
    ...basis,
    ...place,
    request,
    createdAt: state.now,
    status: 'SUBMITTED',
    statusReason: undefined,
    startedAt: undefined,
    stoppedAt: undefined,
    since: state.now,
    attempts: [],
    outcome: null,
    stopReason: undefined,
    isCancelled: false,
    isTerminated: false,
  };
}

/** ECS's limit: the job is accepted and fails later. */
export function exceedsOverrideLimit(request: SubmitJobRequest): boolean {
  return JSON.stringify(request.containerOverrides ?? {}).length > MAX_OVERRIDE_CHARACTERS;
}
