/** One request to AWS, as a proxy on the way sees it, with its answer. */
export interface Exchange {
  /** The access key: whoever signed it. */
  readonly signer: string;
  /** `batch`, `s3` ... and the region, out of the signature's scope. */
  readonly service: string;
  readonly region: string;
  readonly method: string;
  /** Decoded, without the query. */
  readonly path: string;
  readonly query: URLSearchParams;
  readonly headers: Readonly<Record<string, string | string[] | undefined>>;
  /** Of S3 only short ones. */
  readonly body: string;
  status: number;
  answer: string;
}

const SCOPE = /Credential=([^/]+)\/\d{8}\/([^/]+)\/([^/]+)\/aws4_request/;

/** Signer, region and service of a request; null when it is not signed. */
export function scopeOf(
  authorization: string | undefined,
): Pick<Exchange, 'signer' | 'region' | 'service'> | null {
  const [, signer, region, service] = SCOPE.exec(authorization ?? '') ?? [];
  return signer === undefined || region === undefined || service === undefined
    ? null
    : { signer, region, service };
}

/** The operation by its API name: `SubmitJob`; S3's have no name in the request. */
export function operationOf({ service, path, method, headers, body }: Exchange): string {
  if (service === 'batch') return batchOperation(path, method);
  const target = headers['x-amz-target'];
  if (typeof target === 'string') return target.split('.').at(-1) ?? target;
  return new URLSearchParams(body).get('Action') ?? `${method} ${path}`;
}

/** What is asked: of JSON services the body, of query services its fields. */
export function inputOf({ service, path, headers, body }: Exchange): Readonly<Record<string, unknown>> {
  const isJson = service === 'batch' || headers['x-amz-target'] !== undefined;
  if (!isJson) return Object.fromEntries(new URLSearchParams(body));
  const input = (body === '' ? {} : JSON.parse(body)) as Record<string, unknown>;
  const tagged = /^\/v1\/tags\/(.+)$/.exec(path);
  return tagged === null ? input : { ...input, resourceArn: tagged[1] };
}

const BATCH_NAMES = [
  ...[
    'CancelJob',
    'CreateComputeEnvironment',
    'CreateJobQueue',
    'DeleteComputeEnvironment',
    'DeleteJobQueue',
  ],
  ...[
    'DeregisterJobDefinition',
    'DescribeComputeEnvironments',
    'DescribeJobDefinitions',
    'DescribeJobQueues',
  ],
  ...[
    'DescribeJobs',
    'GetJobQueueSnapshot',
    'ListJobs',
    'RegisterJobDefinition',
    'SubmitJob',
    'TerminateJob',
  ],
  ...['UpdateComputeEnvironment', 'UpdateJobQueue'],
];

/** `/v1/submitjob` -> SubmitJob; of tags the method tells. */
function batchOperation(path: string, method: string): string {
  if (path.startsWith('/v1/tags/')) return method === 'POST' ? 'TagResource' : `${method} tags`;
  const name = path.replace(/^\/v1\//, '');
  return BATCH_NAMES.find((one) => one.toLowerCase() === name) ?? path;
}
