import type {
  DeregisterJobDefinitionRequest,
  DescribeJobDefinitionsRequest,
  DescribeJobDefinitionsResponse,
  JobDefinition,
  RegisterJobDefinitionRequest,
  RegisterJobDefinitionResponse,
  RetryStrategy,
} from '@aws-sdk/client-batch';
import { page } from './paging.ts';
import { demand, demandName, stubArn, type StubState } from './stub-state.ts';

const MAX_DEFINITION_BYTES = 24 * 1024;

/** The rules that both definitions and submits obey. */
export function demandRetryStrategy(strategy: RetryStrategy | undefined): void {
  const { attempts = 1, evaluateOnExit = [] } = strategy ?? {};
  demand(attempts >= 1 && attempts <= 10, 'retryStrategy.attempts must be from 1 to 10');
  demand(evaluateOnExit.length <= 5, 'evaluateOnExit takes at most 5 rules');
  for (const rule of evaluateOnExit) {
    const patterns = [rule.onStatusReason, rule.onReason, rule.onExitCode].filter((one) => one !== undefined);
    demand(patterns.length > 0, 'a rule of evaluateOnExit needs a pattern');
    for (const pattern of patterns)
      demand(!pattern.slice(0, -1).includes('*'), 'only a trailing * is a wildcard');
    demand(/^(?:\d+\*?|\*|)$/.test(rule.onExitCode ?? ''), 'onExitCode must be digits');
  }
}

/** RegisterJobDefinition: a name that exists gets the next revision. */
export function registerJobDefinition(
  state: StubState,
  request: RegisterJobDefinitionRequest,
): RegisterJobDefinitionResponse {
  const name = demandName(request.jobDefinitionName, 'jobDefinitionName');
  const container = request.containerProperties;
  demand(request.type === 'container' && container !== undefined, 'containerProperties is required');
  demand(JSON.stringify(request).length <= MAX_DEFINITION_BYTES, 'the definition is larger than 24 KiB');
  demand((container.image ?? '').length <= 255, 'image must have at most 255 characters');
  demand(
    container.ephemeralStorage === undefined && container.networkConfiguration === undefined,
    'ephemeralStorage and networkConfiguration are for Fargate only',
  );
  demand(
    container.resourceRequirements !== undefined || 'vcpus' in container,
    'Container properties should specify vCPUs and memory',
  );
  demand((request.timeout?.attemptDurationSeconds ?? 60) >= 60, 'attemptDurationSeconds must be at least 60');
  demandRetryStrategy(request.retryStrategy);
  const known = state.definitions.filter((one) => one.jobDefinitionName === name);
  const revision = Math.max(0, ...known.map((one) => one.revision ?? 0)) + 1;
  const jobDefinitionArn = stubArn(state, 'job-definition', `${name}:${String(revision)}`);
  const definition: JobDefinition = {
    ...request,
    jobDefinitionName: name,
    jobDefinitionArn,
    revision,
    status: 'ACTIVE',
  };
  state.definitions.push(definition);
  return { jobDefinitionName: name, jobDefinitionArn, revision };
}

/** DescribeJobDefinitions: 100 a page, in no useful order. */
export function describeJobDefinitions(
  state: StubState,
  request: DescribeJobDefinitionsRequest,
): DescribeJobDefinitionsResponse {
  const wanted = request.jobDefinitions;
  demand((wanted?.length ?? 0) <= 100, 'jobDefinitions takes at most 100 names');
  const found = state.definitions.filter(
    (one) =>
      (wanted === undefined || wanted.some((name) => isNamed(one, name))) &&
      (request.jobDefinitionName === undefined || one.jobDefinitionName === request.jobDefinitionName) &&
      (request.status === undefined || one.status === request.status),
  );
  // revisions 1, 2, 3 ... come as 2, 4 ... 1, 3 ...: whoever takes the last for the latest is wrong
  const shuffled = [...found.filter((_, i) => i % 2 === 1), ...found.filter((_, i) => i % 2 === 0)];
  const { items, nextToken } = page(shuffled, 100, request);
  return { jobDefinitions: [...items], ...(nextToken === undefined ? {} : { nextToken }) };
}

/** DeregisterJobDefinition: the revision becomes INACTIVE. */
export function deregisterJobDefinition(state: StubState, request: DeregisterJobDefinitionRequest): object {
  const target = state.definitions.find(
    (one) => request.jobDefinition !== undefined && isRevision(one, request.jobDefinition),
  );
  demand(target !== undefined, `JobDefinition ${String(request.jobDefinition)} does not exist`);
  state.definitions = state.definitions.map((one) => (one === target ? { ...one, status: 'INACTIVE' } : one));
  return {};
}

/** What a submit means by `name`, `name:revision` or an ARN; a bare name is the latest ACTIVE revision. */
export function resolveDefinition(state: StubState, text: string | undefined): JobDefinition {
  const named = state.definitions
    .filter((one) => one.status === 'ACTIVE' && text !== undefined && isNamed(one, text))
    .sort((a, b) => (b.revision ?? 0) - (a.revision ?? 0));
  const [definition] = named;
  demand(definition !== undefined, `JobDefinition does not exist or is not ACTIVE: ${String(text)}`);
  return definition;
}

function isNamed(definition: JobDefinition, text: string): boolean {
  const bare = text.replace(/^arn:.*:job-definition\//, '');
  return definition.jobDefinitionName === bare || isRevision(definition, text);
}

function isRevision(definition: JobDefinition, text: string): boolean {
  const bare = text.replace(/^arn:.*:job-definition\//, '');
  return `${String(definition.jobDefinitionName)}:${String(definition.revision)}` === bare;
}
