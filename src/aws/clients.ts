import type { BatchClient } from '@aws-sdk/client-batch';
import type { CloudWatchLogsClient } from '@aws-sdk/client-cloudwatch-logs';
import type { EC2Client } from '@aws-sdk/client-ec2';
import type { ECRClient } from '@aws-sdk/client-ecr';
import type { IAMClient } from '@aws-sdk/client-iam';
import type { STSClient } from '@aws-sdk/client-sts';
import type { Clock } from '../ports.ts';
import { noteProfile } from '../storage/sought-profile.ts';
import { toAwsError } from './aws-error.ts';
import { untilInterrupted, type CallSignals } from './interrupted-calls.ts';
import { patientRetry, type RetryKind } from './patient-retry.ts';

/** Where and as whom to speak to AWS. */
export interface AwsAccess {
  readonly region: string;
  readonly profile: string | null;
}

/** Whose calls they are. */
export interface ClientOptions extends CallSignals {
  readonly clock: Clock;
  /** Ends waits between retries. */
  readonly stop?: AbortSignal;
  /** The subcommand, for the hint of an access error: `cogconv iam-policy --for setup`. */
  readonly command?: string;
}

/**
 * One client per service, made (and its module loaded) when first asked for. Endpoint overrides (`AWS_ENDPOINT_URL`,
 * `AWS_ENDPOINT_URL_BATCH` ..., a profile's `endpoint_url`) work as the SDK reads them. Every call throws `AwsError`,
 * `AccessError` or `NotSetUpError` with the SDK's error as `cause`, never a bare SDK error.
 */
export interface AwsClients {
  readonly region: string;
  readonly batch: () => Promise<BatchClient>;
  /** Sends nothing again but what was throttled: for SubmitJob, which has no client token. */
  readonly batchOnce: () => Promise<BatchClient>;
  readonly ecr: () => Promise<ECRClient>;
  readonly ec2: () => Promise<EC2Client>;
  readonly iam: () => Promise<IAMClient>;
  readonly sts: () => Promise<STSClient>;
  readonly logs: () => Promise<CloudWatchLogsClient>;
  /** Releases sockets. */
  close(): void;
}

const CONNECTION_TIMEOUT_MS = 5_000;
/** Of silence on a connection. */
const SOCKET_TIMEOUT_MS = 60_000;

/** Clients for one region and profile. */
export function createClients(access: AwsAccess, options: ClientOptions): AwsClients {
  const made: { destroy(): void }[] = [];
  const open = <C extends AnyClient>(load: (config: CommonConfig) => Promise<C>, kind: RetryKind = 'all') =>
    once(async () => {
      const client = await load(commonConfig(access, options, kind));
      mapErrors(client, access.profile, options);
      made.push(client);
      return client;
    });
  return {
    region: access.region,
    batch: open(loadBatch),
    batchOnce: open(loadBatch, 'throttling'),
    ecr: open(async (config) => new (await import('@aws-sdk/client-ecr')).ECRClient(config)),
    ec2: open(async (config) => new (await import('@aws-sdk/client-ec2')).EC2Client(config)),
    iam: open(async (config) => new (await import('@aws-sdk/client-iam')).IAMClient(config)),
    sts: open(async (config) => new (await import('@aws-sdk/client-sts')).STSClient(config)),
    logs: open(
      async (config) => new (await import('@aws-sdk/client-cloudwatch-logs')).CloudWatchLogsClient(config),
    ),
    close: () => {
      for (const client of made) client.destroy();
    },
  };
}

async function loadBatch(config: CommonConfig): Promise<BatchClient> {
  return new (await import('@aws-sdk/client-batch')).BatchClient(config);
}

type CommonConfig = ReturnType<typeof commonConfig>;

function commonConfig({ region, profile }: AwsAccess, { clock, stop }: ClientOptions, kind: RetryKind) {
  return {
    region,
    ...(profile === null ? {} : { profile }),
    userAgentAppId: 'cogconv',
    retryStrategy: patientRetry({ clock, stop, kind }),
    requestHandler: { connectionTimeout: CONNECTION_TIMEOUT_MS, socketTimeout: SOCKET_TIMEOUT_MS },
  };
}

type Next = (args: never) => Promise<never>;
type Middleware = (
  next: Next,
  context: { readonly clientName?: string; readonly commandName?: string },
) => (args: never) => Promise<never>;

/** What all SDK clients have in common; their stacks differ only in inputs and outputs, which nothing here touches. */
interface AnyClient {
  readonly middlewareStack: { add(...args: never[]): void };
  destroy(): void;
}

interface AnyStack {
  add(middleware: Middleware, options: { step: 'initialize'; priority: 'high'; name: string }): void;
}

/** The outermost step of every call: it ends with the user's patience, and whatever the SDK throws is told in our words. */
function mapErrors(client: AnyClient, profile: string | null, { command, ...signals }: ClientOptions): void {
  // each client's stack takes a middleware over its own inputs; this one takes whatever comes
  const stack: AnyStack = client.middlewareStack;
  stack.add(
    (next, context) => async (args) => {
      const service = (context.clientName ?? 'AWS').replace(/Client$/, '');
      const operation = (context.commandName ?? 'call').replace(/Command$/, '');
      const call = { service, operation, command };
      return await untilInterrupted(signals, call, async () => {
        try {
          return await next(args);
        } catch (error) {
          noteProfile(error, profile);
          throw toAwsError(error, call);
        }
      });
    },
    { step: 'initialize', priority: 'high', name: 'cogconvErrors' },
  );
}

function once<T>(make: () => Promise<T>): () => Promise<T> {
  let made: Promise<T> | null = null;
  return () => (made ??= make());
}
