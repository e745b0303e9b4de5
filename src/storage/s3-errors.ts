import { credentialsFault } from './credentials-fault.ts';
import { endpointFault } from './endpoint-fault.ts';
import { StorageError, type StorageFault } from './object-store.ts';
import { factsOf, type ErrorFacts } from './s3-error-facts.ts';

/** What was tried, for the message. */
export interface S3Attempt {
  /** The API's name: `GetObject`. */
  readonly operation: string;
  readonly bucket: string;
  readonly key?: string;
}

interface Explained {
  readonly fault: StorageFault;
  readonly text: string;
  readonly hint?: string;
}

/** @see https://docs.aws.amazon.com/service-authorization/latest/reference/list_amazons3.html (HEAD has no action of its own) */
const IAM_ACTIONS: Readonly<Record<string, string>> = {
  ListObjectsV2: 's3:ListBucket on the bucket',
  HeadBucket: 's3:ListBucket on the bucket',
  HeadObject:
    's3:GetObject on the object (and s3:ListBucket on the bucket: without it a missing object is refused too)',
  GetObject:
    's3:GetObject on the object (and s3:ListBucket on the bucket: without it a missing object is refused too)',
  PutObject: 's3:PutObject on the object',
  Upload: 's3:PutObject and s3:AbortMultipartUpload on the object',
  CopyObject: 's3:GetObject on the source and s3:PutObject on the target',
  DeleteObject: 's3:DeleteObject on the object',
};

const BY_CODE: Readonly<Record<string, Explained>> = {
  NoSuchBucket: {
    fault: 'missing-bucket',
    text: 'there is no such bucket',
    hint: 'check S3_BUCKET and the account',
  },
  InvalidBucketName: { fault: 'missing-bucket', text: 'it is no valid bucket name', hint: 'check S3_BUCKET' },
  NoSuchKey: { fault: 'missing', text: 'there is no such object' },
  NoSuchUpload: { fault: 'unavailable', text: 'the upload was ended by someone else' },
  NotFound: { fault: 'missing', text: 'there is no such object' },
  PreconditionFailed: { fault: 'precondition', text: 'the object there is not the expected one' },
  ConditionalRequestConflict: { fault: 'unavailable', text: 'others keep writing the same object' },
  KeyTooLongError: { fault: 'bad-key', text: 'the key is too long' },
  InvalidObjectState: {
    fault: 'denied',
    text: 'the object is archived',
    hint: 'restore it from Glacier first',
  },
  BadDigest: { fault: 'changed', text: 'the bytes that arrived are not the ones sent' },
  InvalidDigest: { fault: 'changed', text: 'the bytes that arrived are not the ones sent' },
  XAmzContentSHA256Mismatch: { fault: 'changed', text: 'the bytes that arrived are not the ones sent' },
  XAmzContentChecksumMismatch: { fault: 'changed', text: 'the bytes that arrived are not the ones sent' },
  ENOTFOUND: {
    fault: 'unavailable',
    text: 'the host name does not resolve',
    hint: 'check network, region and endpoint',
  },
  ECONNREFUSED: { fault: 'unavailable', text: 'the connection was refused', hint: 'check AWS_ENDPOINT_URL' },
};

const WRONG_REGION = new Set([
  'PermanentRedirect',
  'AuthorizationHeaderMalformed',
  'IllegalLocationConstraintException',
]);
const TROUBLE_ON_THE_WAY = new Set([
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'EAI_AGAIN',
  'TimeoutError',
  'SlowDown',
]);
const DISK = new Set(['ENOSPC', 'EDQUOT']);

/** Any failure of an S3 call as a StorageError whose message names the call, the HTTP status and the request id. */
export function toStorageError(error: unknown, attempt: S3Attempt): StorageError {
  if (error instanceof StorageError) return error;
  const facts = factsOf(error);
  const { fault, text, hint } = explain(facts, attempt);
  const where =
    attempt.key === undefined ? `s3://${attempt.bucket}` : `s3://${attempt.bucket}/${attempt.key}`;
  const parts = [
    attempt.operation,
    ...(facts.status === undefined ? [] : [`HTTP ${String(facts.status)}`]),
    ...(facts.requestId === undefined ? [] : [`request ${facts.requestId}`]),
  ];
  const options = hint === undefined ? { cause: error } : { cause: error, hint };
  return new StorageError(fault, `${where}: ${text} (${parts.join(', ')})`, options);
}

function explain(facts: ErrorFacts, attempt: S3Attempt): Explained {
  if (facts.code === 'AbortError') return { fault: 'aborted', text: 'interrupted' };
  if (isWrongRegion(facts)) return wrongRegion(facts.region);
  const credentials = credentialsFault(facts.code, facts.message, facts.profile);
  if (credentials !== null) return { fault: 'credentials', ...credentials };
  const endpoint = endpointFault(facts.code, facts.message);
  if (endpoint !== null) return { fault: 'other', ...endpoint };
  const known = BY_CODE[facts.code];
  if (known !== undefined) return known;
  if (DISK.has(facts.code)) return { fault: 'disk-full', text: 'no space left for the download' };
  if (facts.message.startsWith('Checksum mismatch')) {
    return { fault: 'changed', text: 'the bytes that arrived do not have the checksum of the object' };
  }
  return byStatus(facts, attempt);
}

function byStatus({ status, code, message }: ErrorFacts, { operation }: S3Attempt): Explained {
  if (status === 403 || status === 401) return denied(message, operation);
  if (status === 404) return { fault: 'missing', text: 'there is no such object' };
  if (status === 412) return { fault: 'precondition', text: 'the object there is not the expected one' };
  if (status === 429 || (status !== undefined && status >= 500) || TROUBLE_ON_THE_WAY.has(code)) {
    return { fault: 'unavailable', text: `S3 does not answer as it should: ${code} ${message}`.trim() };
  }
  return { fault: 'other', text: `${code} ${message}`.trim() };
}

function denied(message: string, operation: string): Explained {
  const action = IAM_ACTIONS[operation] ?? `s3:${operation}`;
  // HEAD has no body, and the SDK puts a word of its own into its place
  const said = /^(?:UnknownError|Forbidden)?$/.test(message) ? '' : `: ${message}`;
  const hint = `the credentials need ${action}; \`cogconv iam-policy\` prints all permissions that are needed`;
  return { fault: 'denied', text: `access denied${said}`, hint };
}

function isWrongRegion({ code, status, region }: ErrorFacts): boolean {
  return (
    WRONG_REGION.has(code) || ((status === 301 || status === 307) && region !== undefined) || status === 301
  );
}

function wrongRegion(region: string | undefined): Explained {
  if (region === undefined) {
    return {
      fault: 'wrong-region',
      text: 'the bucket is in another region',
      hint: 'set AWS_REGION to its region',
    };
  }
  return { fault: 'wrong-region', text: `the bucket is in ${region}`, hint: `set AWS_REGION=${region}` };
}
