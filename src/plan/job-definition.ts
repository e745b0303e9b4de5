/** Attempts of a job that Batch may make; spot losses use them up. */
export const ATTEMPTS = 5;
/** The image's own user (Dockerfile). */
const USER = '10001:10001';

/**
 * Which ends are tried again. Rules are read in order, fields of one rule must all match, and what matches none is
 * retried: hence the last one. Worker exit codes: docs/batch.md.
 * @see https://docs.aws.amazon.com/batch/latest/userguide/job_retries.html
 */
export const RETRY_RULES = [
  // a spot instance was taken back, or its host died
  { onStatusReason: 'Host EC2*', action: 'RETRY' },
  { onReason: 'CannotPull*', action: 'RETRY' },
  { onStatusReason: 'Task failed to start*', action: 'RETRY' },
  // EX_TEMPFAIL of the worker: SIGTERM, throttling, a full disk
  { onExitCode: '75', action: 'RETRY' },
  { onReason: '*', action: 'EXIT' },
] as const;

/** What the job definition is made from. */
export interface JobDefinitionFacts {
  readonly name: string;
  /** `repo@sha256:...`, or what `deploy --image` was given. */
  readonly image: string;
  readonly jobRoleArn: string;
  readonly logGroup: string;
  readonly region: string;
  readonly vcpus: number;
  readonly memoryMiB: number;
  /** null: none here; every submit brings its own, derived from its bytes. */
  readonly timeoutSeconds: number | null;
  readonly tags: Readonly<Record<string, string>>;
  /** Facts that `deploy` and `convert` read back: hashes and versions. */
  readonly parameters: Readonly<Record<string, string>>;
}

/** A job definition in the words of RegisterJobDefinition. */
export interface JobDefinition {
  readonly jobDefinitionName: string;
  readonly type: 'container';
  readonly platformCapabilities: 'EC2'[];
  readonly propagateTags: boolean;
  readonly tags: Record<string, string>;
  readonly parameters: Record<string, string>;
  readonly retryStrategy: { attempts: number; evaluateOnExit: RetryRule[] };
  readonly timeout?: { attemptDurationSeconds: number };
  readonly containerProperties: ContainerProperties;
}

type RetryRule = (typeof RETRY_RULES)[number];

interface ContainerProperties {
  readonly image: string;
  readonly command: string[];
  readonly jobRoleArn: string;
  readonly user: string;
  readonly readonlyRootFilesystem: boolean;
  readonly privileged: boolean;
  readonly resourceRequirements: { type: 'VCPU' | 'MEMORY'; value: string }[];
  readonly linuxParameters: { initProcessEnabled: boolean };
  readonly logConfiguration: { logDriver: 'awslogs'; options: Record<string, string> };
}

/** The job definition for these facts; sizes are defaults that each submit overrides. */
export function jobDefinition(facts: JobDefinitionFacts): JobDefinition {
  return {
    jobDefinitionName: facts.name,
    type: 'container',
    platformCapabilities: ['EC2'],
    propagateTags: true,
    tags: { ...facts.tags },
    parameters: { ...facts.parameters },
    retryStrategy: { attempts: ATTEMPTS, evaluateOnExit: RETRY_RULES.map((rule) => ({ ...rule })) },
    ...(facts.timeoutSeconds === null ? {} : { timeout: { attemptDurationSeconds: facts.timeoutSeconds } }),
    containerProperties: container(facts),
  };
}

function container({
  image,
  jobRoleArn,
  logGroup,
  region,
  vcpus,
  memoryMiB,
  name,
}: JobDefinitionFacts): ContainerProperties {
  return {
    image,
    // the image's entry point takes no arguments
    command: [],
    jobRoleArn,
    user: USER,
    // the image declares /scratch a volume of that user: all that can be written (docs/batch.md)
    readonlyRootFilesystem: true,
    privileged: false,
    resourceRequirements: resourceRequirements({ vcpus, memoryMiB }),
    // without an init process Node is PID 1, to which the kernel delivers no default SIGTERM
    linuxParameters: { initProcessEnabled: true },
    logConfiguration: {
      logDriver: 'awslogs',
      options: { 'awslogs-group': logGroup, 'awslogs-region': region, 'awslogs-stream-prefix': name },
    },
  };
}

/** vCPUs and memory as Batch wants them since `vcpus` and `memory` are deprecated: text. */
export function resourceRequirements({
  vcpus,
  memoryMiB,
}: {
  readonly vcpus: number;
  readonly memoryMiB: number;
}): { type: 'VCPU' | 'MEMORY'; value: string }[] {
  return [
    { type: 'VCPU', value: String(vcpus) },
    { type: 'MEMORY', value: String(memoryMiB) },
  ];
}
