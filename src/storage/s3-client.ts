import { S3Client } from '@aws-sdk/client-s3';
import { noteProfile } from './sought-profile.ts';
import { untilAborted } from './until-aborted.ts';

/** Where and as whom to speak to S3. */
export interface S3Access extends CredentialsPatience {
  readonly region: string;
  readonly profile?: string;
}

/** What ends waits for credentials: the SDK fetches them by a client of its own, which heeds no call's signal. */
export interface CredentialsPatience {
  /** Ends the wait for the first ones: without them nothing was done yet. */
  readonly stop?: AbortSignal;
  /** Ends every wait, also the one for those that take the place of expired ones. */
  readonly kill?: AbortSignal;
}

const CONNECTION_TIMEOUT_MS = 5_000;
/** Of silence on a connection, also in the middle of a body. */
const SOCKET_TIMEOUT_MS = 60_000;
/** The SDK queues above this many and warns from twice as many. */
const MAX_SOCKETS = 32;
const MAX_ATTEMPTS = 5;

/**
 * An S3 client with bounds: by default the SDK waits for ever. Endpoint overrides (`AWS_ENDPOINT_URL`,
 * `AWS_ENDPOINT_URL_S3`, a profile's `endpoint_url`) get path style, because `bucket.localhost` is no host.
 */
export function createS3Client({ region, profile, ...patience }: S3Access): S3Client {
  const agent = { keepAlive: true, maxSockets: MAX_SOCKETS };
  const client = new S3Client({
    region,
    ...(profile === undefined ? {} : { profile }),
    maxAttempts: MAX_ATTEMPTS,
    userAgentAppId: 'cogconv',
    requestHandler: {
      connectionTimeout: CONNECTION_TIMEOUT_MS,
      socketTimeout: SOCKET_TIMEOUT_MS,
      httpAgent: agent,
      httpsAgent: agent,
    },
  });
  const resolve = client.config.endpointProvider;
  client.config.endpointProvider = (parameters, context) =>
    resolve(
      parameters.Endpoint === undefined ? parameters : { ...parameters, ForcePathStyle: true },
      context,
    );
  const haveCredentials = waitingFor(() => client.config.credentials(), patience);
  client.middlewareStack.add(
    (next) => async (args) => {
      try {
        await haveCredentials();
        return await next(args);
      } catch (error) {
        noteProfile(error, profile ?? null);
        throw error;
      }
    },
    { step: 'initialize', priority: 'high', name: 'cogconvCredentials' },
  );
  return client;
}

/** @throws what `fetch` throws, the reason of the signal that ended the wait */
function waitingFor(fetch: () => Promise<unknown>, { stop, kill }: CredentialsPatience): () => Promise<void> {
  let end = stop ?? kill;
  return async () => {
    await untilAborted(end, fetch, ({ reason }) => reason as Error);
    end = kill;
  };
}
