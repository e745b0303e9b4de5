import type { JobDefinition } from './plan/job-definition.ts';

/** What the worker image is built from besides its own files. */
export interface BaseImages {
  readonly gdalImage: string;
  readonly nodeImage: string;
}

/** Credentials of a registry; only ever handed to the engine. */
export interface RegistryLogin {
  readonly username: string;
  readonly password: string;
  /** `https://123456789012.dkr.ecr.us-east-1.amazonaws.com`. */
  readonly serverAddress: string;
}

/** Builds and pushes the worker image with the Docker engine of this machine. */
export interface ImageBuilder {
  /** Names what would be built: the same files and base images give the same 16 hex digits. No engine is needed. */
  contentHash(bases: BaseImages): Promise<string>;
  /** @throws DockerError that says how to start or find the engine */
  ping(): Promise<void>;
  /** Builds for linux/amd64 and tags `reference` (`repo:tag`). @throws DockerError also for failures inside the engine's 200 answer */
  build(reference: string, bases: BaseImages): Promise<void>;
  /** Pushes; the digest as the registry told it to the engine, null when it did not. @throws DockerError */
  push(reference: string, login: RegistryLogin): Promise<string | null>;
}

/** The ECR repository of the worker image. */
export interface ImageRegistry {
  /** `123456789012.dkr.ecr.us-east-1.amazonaws.com/cog-converter`. @throws NotSetUpError when `setup` has not made it */
  repositoryUri(): Promise<string>;
  /** `sha256:...`; null when no image has that tag. */
  digestOf(tag: string): Promise<string | null>;
  login(): Promise<RegistryLogin>;
}

/** A revision of the job definition as Batch has it. */
export interface DeployedDefinition {
  readonly arn: string;
  readonly revision: number;
  readonly image: string;
  readonly parameters: Readonly<Record<string, string>>;
  readonly jobRoleArn: string | null;
  readonly logGroup: string | null;
}

/** The revisions of the job definition. */
export interface JobDefinitions {
  /** The latest ACTIVE revision, over all pages; null when there is none. */
  latest(): Promise<DeployedDefinition | null>;
  /** Registers the next revision. */
  register(definition: JobDefinition): Promise<{ readonly arn: string; readonly revision: number }>;
}

/** What `setup` made and `deploy` and `convert` need. */
export interface Foundations {
  /** ARN of the job role. @throws NotSetUpError */
  jobRoleArn(): Promise<string>;
  /** @throws NotSetUpError when there is no queue, CogconvError when it is disabled */
  requireQueue(): Promise<void>;
}

/** One attempt of a job and where its log is. */
export interface LoggedAttempt {
  /** null: its container never ran. */
  readonly stream: string | null;
  readonly exitCode: number | null;
  readonly reason: string | null;
  readonly ended: boolean;
}

/** A Batch job as `logs` needs it. */
export interface LoggedJob {
  readonly jobId: string;
  readonly jobName: string;
  readonly active: boolean;
  readonly group: string;
  /** Oldest first. */
  readonly attempts: readonly LoggedAttempt[];
}

/** One line of a log. */
export interface LogLine {
  /** ISO 8601. */
  readonly at: string;
  readonly message: string;
}

/** Some lines, and the token behind them; the same token again means the end for now. */
export interface LogPage {
  readonly lines: readonly LogLine[];
  readonly token: string;
}

/** Logs of Batch jobs in CloudWatch. */
export interface JobLogs {
  /** null: Batch does not know the job (any more). */
  find(jobId: string): Promise<LoggedJob | null>;
  /** The next page behind `token` (null: from the beginning); null when group or stream do not exist (yet). */
  read(group: string, stream: string, token: string | null): Promise<LogPage | null>;
}
