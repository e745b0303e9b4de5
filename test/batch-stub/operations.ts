import {
  createComputeEnvironment,
  deleteComputeEnvironment,
  describeComputeEnvironments,
  updateComputeEnvironment,
} from './compute-environments.ts';
import { deregisterJobDefinition, describeJobDefinitions, registerJobDefinition } from './job-definitions.ts';
import { createJobQueue, deleteJobQueue, describeJobQueues, updateJobQueue } from './job-queues.ts';
import { describeJobs, getJobQueueSnapshot, listJobs } from './read-jobs.ts';
import { cancelJob, inBulk, terminateJob } from './stop-jobs.ts';
import { submitJob } from './submit-job.ts';
import { listTags, tagResource, untagResource } from './tags.ts';
import type { StubState } from './stub-state.ts';

type Handler = (state: StubState, input: Readonly<Record<string, unknown>>) => object;

/** The SDK serialises its own input types, so the body of a call has the operation's shape: `never` takes any of them. */
function handler(handle: (state: StubState, input: never) => object): Handler {
  return (state, input) => handle(state, input as never);
}

/** Everything that the stub answers. */
export const OPERATIONS: Readonly<Record<string, Handler>> = {
  CancelJob: handler(cancelJob),
  CancelJobs: handler(inBulk(cancelJob)),
  CreateComputeEnvironment: handler(createComputeEnvironment),
  CreateJobQueue: handler(createJobQueue),
  DeleteComputeEnvironment: handler(deleteComputeEnvironment),
  DeleteJobQueue: handler(deleteJobQueue),
  DeregisterJobDefinition: handler(deregisterJobDefinition),
  DescribeComputeEnvironments: handler(describeComputeEnvironments),
  DescribeJobDefinitions: handler(describeJobDefinitions),
  DescribeJobQueues: handler(describeJobQueues),
  DescribeJobs: handler(describeJobs),
  GetJobQueueSnapshot: handler(getJobQueueSnapshot),
  ListJobs: handler(listJobs),
  ListTagsForResource: handler(listTags),
  RegisterJobDefinition: handler(registerJobDefinition),
  SubmitJob: handler(submitJob),
  TagResource: handler(tagResource),
  TerminateJob: handler(terminateJob),
  TerminateJobs: handler(inBulk(terminateJob)),
  UntagResource: handler(untagResource),
  UpdateComputeEnvironment: handler(updateComputeEnvironment),
  UpdateJobQueue: handler(updateJobQueue),
};
