import type {
  ListTagsForResourceRequest,
  ListTagsForResourceResponse,
  TagResourceRequest,
  UntagResourceRequest,
} from '@aws-sdk/client-batch';
import { demand, type StubState } from './stub-state.ts';

/** ListTagsForResource. */
export function listTags(state: StubState, request: ListTagsForResourceRequest): ListTagsForResourceResponse {
  return { tags: taggable(state, request.resourceArn).tags ?? {} };
}

/** TagResource: adds to what is there. */
export function tagResource(state: StubState, request: TagResourceRequest): object {
  const target = taggable(state, request.resourceArn);
  target.tags = { ...target.tags, ...request.tags };
  return {};
}

/** UntagResource. */
export function untagResource(state: StubState, request: UntagResourceRequest): object {
  const target = taggable(state, request.resourceArn);
  const kept = Object.entries(target.tags ?? {}).filter(([key]) => !(request.tagKeys ?? []).includes(key));
  target.tags = Object.fromEntries(kept);
  return {};
}

function taggable(state: StubState, arn: string | undefined): { tags?: Record<string, string> | undefined } {
  const found =
    [...state.environments.values()].find((one) => one.detail.computeEnvironmentArn === arn)?.detail ??
    [...state.queues.values()].find((one) => one.detail.jobQueueArn === arn)?.detail ??
    state.definitions.find((one) => one.jobDefinitionArn === arn);
  demand(found !== undefined, `Error executing request, Exception : ${String(arn)} does not exist`);
  return found;
}
