import { AccessError, AwsError, InterruptedError, NotSetUpError, type CogconvError } from '../errors.ts';
import { credentialsFault } from '../storage/credentials-fault.ts';
import { endpointFault } from '../storage/endpoint-fault.ts';
import { soughtProfile } from '../storage/sought-profile.ts';

/** Which call failed. */
export interface FailedCall {
  readonly service: string;
  readonly operation: string;
  /** The subcommand that made it; tells which policy to look at. */
  readonly command?: string | undefined;
}

/** What is known of an SDK error. */
export interface AwsFacts {
  /** `EntityAlreadyExistsException`, `ClientException`; `Unknown` for answers without a body. */
  readonly code: string;
  readonly message: string;
  /** HTTP status; null: there was no answer. */
  readonly status: number | null;
  readonly requestId: string | null;
}

/** Any error that a call of the SDK throws, in our words; `cause` is the SDK's error. */
export function toAwsError(error: unknown, call: FailedCall): CogconvError {
  const facts = factsOf(error);
  hideResponse(error);
  if (facts.code === 'AbortError') return new InterruptedError('interrupted', { cause: error });
  return (
    credentialsError(facts, error) ??
    deniedError(facts, error, call) ??
    missingError(facts, error) ??
    otherError(facts, error, call)
  );
}

/** The raw answer, sockets and all, would fill every log and stack. */
function hideResponse(error: unknown): void {
  if (error instanceof Error && '$response' in error) {
    Object.defineProperty(error, '$response', { enumerable: false });
  }
}

/** The SDK error's name behind an error of ours (or itself): `awsCode(error) === 'NoSuchEntityException'`. */
export function awsCode(error: unknown): string | null {
  return error instanceof Error ? factsOf(error.cause ?? error).code : null;
}

/** The SDK error's own text; '' when it is none. Batch tells its failures apart by nothing else. */
export function awsMessage(error: unknown): string {
  return error instanceof Error ? factsOf(error.cause ?? error).message : '';
}

/** Name, text, HTTP status and request id of an SDK error. */
export function factsOf(error: unknown): AwsFacts {
  if (!(error instanceof Error)) {
    return { code: 'Unknown', message: String(error), status: null, requestId: null };
  }
  const { httpStatusCode, requestId } = metadataOf(error);
  const code = 'code' in error && typeof error.code === 'string' ? error.code : 'Error';
  return {
    code: error.name === 'Error' ? code : error.name,
    message: error.message,
    status: typeof httpStatusCode === 'number' ? httpStatusCode : null,
    requestId: typeof requestId === 'string' ? requestId : null,
  };
}

function metadataOf(error: Error): { readonly httpStatusCode?: unknown; readonly requestId?: unknown } {
  return '$metadata' in error && typeof error.$metadata === 'object' ? (error.$metadata ?? {}) : {};
}

function credentialsError({ code, message }: AwsFacts, cause: unknown): AccessError | null {
  const fault = credentialsFault(code, message, soughtProfile(cause));
  return fault === null ? null : new AccessError(fault.text, { cause, hint: fault.hint });
}

const DENIED = [
  'AccessDenied',
  'AccessDeniedException',
  'UnauthorizedOperation',
  'UnauthorizedException',
  'NotAuthorized',
];

function deniedError(
  { code, message, status }: AwsFacts,
  cause: unknown,
  { service, operation, command }: FailedCall,
): AccessError | null {
  const named = /not authorized to perform:? ([a-z0-9-]+:\w+)/i.exec(message)?.[1];
  if (named === undefined && status !== 403 && !DENIED.includes(code)) return null;
  const action = named ?? `${IAM_PREFIXES[service] ?? service.toLowerCase()}:${operation}`;
  const resource = /on resource: (\S+)/.exec(message)?.[1];
  return new AccessError(
    `access denied: your credentials may not ${action}${resource === undefined ? '' : ` on ${resource}`}`,
    {
      cause,
      hint: `\`cogconv iam-policy --for ${command ?? 'all'}\` prints the permissions that are needed`,
    },
  );
}

const IAM_PREFIXES: Readonly<Record<string, string>> = { CloudWatchLogs: 'logs' };

/** Things that `setup` and `deploy` make, told apart by text: Batch models only ClientException. */
function missingError({ code, message }: AwsFacts, cause: unknown): NotSetUpError | null {
  const part = /(job-queue|compute-environment)\/([\w-]+)\S* does not exist/i.exec(message);
  const queue = /job queue (\S+) does not exist/i.exec(message)?.[1];
  const name = part?.[2] ?? queue;
  if (name !== undefined) {
    const kind = part?.[1] === 'compute-environment' ? 'compute environment' : 'job queue';
    return new NotSetUpError(`there is no ${kind} ${name}`, { cause, hint: 'run `cogconv setup` first' });
  }
  if (code === 'RepositoryNotFoundException') {
    return new NotSetUpError('there is no such ECR repository', { cause, hint: 'run `cogconv setup` first' });
  }
  if (code === 'ClientException' && /job ?definition.*(?:does not exist|not active)/i.test(message)) {
    return new NotSetUpError('there is no such job definition', {
      cause,
      hint: 'run `cogconv deploy` first',
    });
  }
  return null;
}

const UNREACHABLE = [
  'ENOTFOUND',
  'ECONNREFUSED',
  'ECONNRESET',
  'EAI_AGAIN',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'TimeoutError',
];
const THROTTLED = ['TooManyRequestsException', 'ThrottlingException', 'Throttling', 'RequestLimitExceeded'];

function otherError(facts: AwsFacts, cause: unknown, { service, operation }: FailedCall): AwsError {
  const { code, message, status, requestId } = facts;
  const called = `${service} ${operation}`;
  const endpoint = endpointFault(code, message);
  if (endpoint !== null) return new AwsError(`${called}: ${endpoint.text}`, { cause, hint: endpoint.hint });
  if (UNREACHABLE.includes(code)) {
    const hint = 'check the network, AWS_REGION and AWS_ENDPOINT_URL';
    return new AwsError(`${called}: AWS cannot be reached (${code})`, { cause, hint });
  }
  if (status === 429 || THROTTLED.includes(code)) {
    const hint = 'too many calls in this account right now; try again in some minutes';
    return new AwsError(`${called}: throttled for too long (${code})`, { cause, hint });
  }
  const details = [
    ...(status === null ? [] : [`HTTP ${String(status)}`]),
    ...(requestId === null ? [] : [requestId]),
  ];
  const where = details.length === 0 ? '' : ` (${details.join(', ')})`;
  return new AwsError(`${called} failed: ${code}: ${message}${where}`, { cause });
}
